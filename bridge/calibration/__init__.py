"""From an estimated sigmoid and kernel to the parameters of a mass model, with intervals and what is lost."""

from .calibrated_model import CalibratedModel as CalibratedModel
from .calibrated_model import CalibratedParameter as CalibratedParameter
from .calibrated_model import Calibration as Calibration
from .calibrated_model import Misfit as Misfit
from .calibrated_model import ParameterChange as ParameterChange
from .calibrated_model import Source as Source
from .corticothalamic import CORTICOTHALAMIC
from .dynamic_mean_field import DYNAMIC_MEAN_FIELD
from .empirical import EMPIRICAL
from .empirical import EmpiricalTarget as EmpiricalTarget
from .estimated_population import EstimatedPopulation as EstimatedPopulation
from .jansen_rit import JANSEN_RIT
from .liley import LILEY
from .target import Target as Target
from .wilson_cowan import WILSON_COWAN
from .wong_wang import WONG_WANG

CALIBRATIONS: dict[str, Target | EmpiricalTarget] = {
    target.name: target
    for target in (WILSON_COWAN, JANSEN_RIT, CORTICOTHALAMIC, DYNAMIC_MEAN_FIELD, WONG_WANG, LILEY, EMPIRICAL)
}
"""Every mass model that can be calibrated, by its name."""
