"""Every mass and field model by its name."""

from .burst_ensemble import BurstEnsemble
from .corticothalamic_field import CorticothalamicField
from .dynamic_mean_field import DynamicMeanField
from .empirical_mass import EmpiricalMass
from .jansen_rit import JansenRit
from .liley import Liley
from .montbrio_pazo_roxin import MontbrioPazoRoxin
from .wilson_cowan import WilsonCowan
from .wong_wang import WongWang

MODELS = {
    "wilson_cowan": WilsonCowan,
    "jansen_rit": JansenRit,
    "liley": Liley,
    "wong_wang": WongWang,
    "dynamic_mean_field": DynamicMeanField,
    "corticothalamic_field": CorticothalamicField,
    "montbrio_pazo_roxin": MontbrioPazoRoxin,
    "burst_ensemble": BurstEnsemble,
    "empirical_mass": EmpiricalMass,
}
