"""The cellular levers of neuromodulation, each a pure function from population to population."""

from .ahp_conductance import AHP_CONDUCTANCE
from .calcium_depolarization import CALCIUM_DEPOLARIZATION
from .gaba_b_presynaptic import GABA_B_PRESYNAPTIC
from .hcn_apical_coupling import HCN_APICAL_COUPLING
from .mechanism import Mechanism as Mechanism
from .mechanism import Mode as Mode
from .mechanism import Reading as Reading
from .nmda_fraction import NMDA_FRACTION
from .receptor_density import AMPA_DENSITY, GABA_A_DENSITY, GABA_B_DENSITY
from .refractoriness import ABSOLUTE_REFRACTORINESS, RELATIVE_REFRACTORINESS
from .t_type_mode import T_TYPE_MODE
from .threshold import THRESHOLD_SHIFT, THRESHOLD_SPREAD

_ALL = (
    AMPA_DENSITY, GABA_A_DENSITY, GABA_B_DENSITY, NMDA_FRACTION, CALCIUM_DEPOLARIZATION,
    RELATIVE_REFRACTORINESS, ABSOLUTE_REFRACTORINESS, THRESHOLD_SHIFT, THRESHOLD_SPREAD, AHP_CONDUCTANCE,
    GABA_B_PRESYNAPTIC, HCN_APICAL_COUPLING, T_TYPE_MODE,
)  # fmt: skip
MECHANISMS: dict[str, Mechanism] = {mechanism.id: mechanism for mechanism in _ALL}
