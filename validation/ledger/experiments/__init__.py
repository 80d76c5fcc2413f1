"""The experiments of the ledger, one family a file; each returns effects and knows nothing of what is expected."""

from .activation import ACTIVATION
from .apical import APICAL
from .balance import BALANCE
from .burst_interaction import BURST_INTERACTION
from .cascade import CASCADE_OF_GABA_B
from .dendritic_inhibition import DENDRITIC_INHIBITION
from .experiment import Experiment as Experiment
from .gamma import GAMMA
from .gating import GATING
from .integration import INTEGRATION
from .kernels import KERNELS
from .levers import LEVERS
from .nmda import NMDA
from .paired_volleys import PAIRED_VOLLEYS
from .presynaptic import PRESYNAPTIC
from .rebound import REBOUND
from .receptor_maps import RECEPTOR_MAPS
from .relay import RELAY
from .shape import SHAPE
from .spiking_pair import SPIKING_PAIR

_ALL = (
    KERNELS,
    NMDA,
    INTEGRATION,
    BALANCE,
    PRESYNAPTIC,
    PAIRED_VOLLEYS,
    CASCADE_OF_GABA_B,
    ACTIVATION,
    GAMMA,
    LEVERS,
    SHAPE,
    APICAL,
    BURST_INTERACTION,
    DENDRITIC_INHIBITION,
    RELAY,
    REBOUND,
    SPIKING_PAIR,
    GATING,
    RECEPTOR_MAPS,
)
EXPERIMENTS: dict[str, Experiment] = {experiment.name: experiment for experiment in _ALL}
