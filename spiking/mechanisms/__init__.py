"""The cellular levers of neuromodulation, each a pure function from population to population."""

from .calcium_depolarization import CALCIUM_DEPOLARIZATION
from .mechanism import Mechanism as Mechanism
from .mechanism import Mode as Mode
from .nmda_fraction import NMDA_FRACTION
from .receptor_density import AMPA_DENSITY, GABA_A_DENSITY, GABA_B_DENSITY
from .refractoriness import ABSOLUTE_REFRACTORINESS, RELATIVE_REFRACTORINESS
from .threshold import THRESHOLD_SHIFT, THRESHOLD_SPREAD

_ALL = (
    AMPA_DENSITY, GABA_A_DENSITY, GABA_B_DENSITY, NMDA_FRACTION, CALCIUM_DEPOLARIZATION,
    RELATIVE_REFRACTORINESS, ABSOLUTE_REFRACTORINESS, THRESHOLD_SHIFT, THRESHOLD_SPREAD,
)  # fmt: skip
MECHANISMS: dict[str, Mechanism] = {mechanism.id: mechanism for mechanism in _ALL}
