"""Physical quantities: checked and turned into SI floats once, where the user enters them."""

from .convert import UnitError as UnitError
from .convert import to_si as to_si
from .described import described as described
from .described import quantity as quantity
