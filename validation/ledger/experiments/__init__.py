"""The experiments of the ledger, one family a file; each returns effects and knows nothing of what is expected."""

from .activation import ACTIVATION
from .apical import APICAL
from .balance import BALANCE
from .experiment import Experiment as Experiment
from .gamma import GAMMA
from .gating import GATING
from .integration import INTEGRATION
from .kernels import KERNELS
from .levers import LEVERS
from .nmda import NMDA
from .presynaptic import PRESYNAPTIC
from .rebound import REBOUND
from .receptor_maps import RECEPTOR_MAPS
from .relay import RELAY
from .shape import SHAPE

_ALL = (
    KERNELS,
    NMDA,
    INTEGRATION,
    BALANCE,
    PRESYNAPTIC,
    ACTIVATION,
    GAMMA,
    LEVERS,
    SHAPE,
    APICAL,
    RELAY,
    REBOUND,
    GATING,
    RECEPTOR_MAPS,
)
EXPERIMENTS: dict[str, Experiment] = {experiment.name: experiment for experiment in _ALL}
