"""Physical quantities: checked and turned into SI floats once, where the user enters them."""

from .arguments import takes as takes
from .convert import UnitError as UnitError
from .convert import to_si as to_si
from .described import OptionalQuantity as OptionalQuantity
from .described import Quantity as Quantity
from .described import checked_quantity as checked_quantity
from .described import described as described
from .described import quantity as quantity
from .text import to_text as to_text
