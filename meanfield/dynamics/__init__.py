"""What can be asked of any rate model: steady states, stability with delays, spectra, simulation, continuation."""

from .branch_events import SpecialPoint as SpecialPoint
from .continuation import Branches as Branches
from .fixed_points import FixedPoint as FixedPoint
from .fixed_points import Stability as Stability
from .fixed_points import SteadyCurve as SteadyCurve
from .linearisation import Linearisation as Linearisation
from .network import MassNetwork as MassNetwork
from .system import Delayed as Delayed
from .system import System as System
from .system import Variable as Variable
