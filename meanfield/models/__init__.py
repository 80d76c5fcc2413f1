"""Mass and field models, one a file, each with its published parameter sets as data beside it."""

from .corticothalamic_field import CorticothalamicField as CorticothalamicField
from .jansen_rit import JansenRit as JansenRit
from .model import MassModel as MassModel
from .wilson_cowan import WilsonCowan as WilsonCowan
