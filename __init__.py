"""From cellular neuromodulation to the parameters of a neural population, with error bars.

Names are fetched when they are first used, so that ``import mesobridge`` costs nothing and loads no simulator.
"""

from importlib import import_module
from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .spiking import MECHANISMS as MECHANISMS
    from .spiking import POPULATIONS as POPULATIONS
    from .spiking import Population as Population
    from .spiking.engine import Machine as Machine
    from .spiking.engine import simulate as simulate
    from .spiking.spike_files import export_spikes as export_spikes
    from .spiking.spike_trains import spike_block as spike_block
    from .validation.calibrate import calibrate as calibrate
    from .validation.explain import explain as explain
    from .validation.fit import fit as fit
    from .validation.ledger import Ledger as Ledger
    from .validation.ledger import ledger as ledger
    from .validation.pairing.result import read_pairing as read_pairing
    from .validation.pairing.walk import pair as pair
    from .validation.report import write_report as report  # noqa: F401  (the verb of the public surface)
    from .validation.result import Result as Result
    from .validation.result import read_result as read_result
    from .validation.study import Study as Study
    from .validation.study import StudyError as StudyError
    from .validation.study import builtin_study as builtin_study
    from .validation.study import read_study as read_study
    from .validation.walk import run as run

_HOMES = {
    "MECHANISMS": ("spiking", "MECHANISMS"),
    "POPULATIONS": ("spiking", "POPULATIONS"),
    "Population": ("spiking", "Population"),
    "Machine": ("spiking.engine", "Machine"),
    "simulate": ("spiking.engine", "simulate"),
    "export_spikes": ("spiking.spike_files", "export_spikes"),
    "spike_block": ("spiking.spike_trains", "spike_block"),
    "Result": ("validation.result", "Result"),
    "read_result": ("validation.result", "read_result"),
    "Study": ("validation.study", "Study"),
    "StudyError": ("validation.study", "StudyError"),
    "builtin_study": ("validation.study", "builtin_study"),
    "read_study": ("validation.study", "read_study"),
    "run": ("validation.walk", "run"),
    "calibrate": ("validation.calibrate", "calibrate"),
    "explain": ("validation.explain", "explain"),
    "fit": ("validation.fit", "fit"),
    "ledger": ("validation.ledger", "ledger"),
    "Ledger": ("validation.ledger", "Ledger"),
    "report": ("validation.report", "write_report"),
    "pair": ("validation.pairing.walk", "pair"),
    "read_pairing": ("validation.pairing.result", "read_pairing"),
}


def __getattr__(name: str) -> Any:
    """Fetch a public name from the room where it lives."""
    if name == "__version__":
        return _version("mesobridge")
    if name not in _HOMES:
        raise AttributeError(f"mesobridge has no {name!r}; it has: {', '.join(sorted(_HOMES))}.")
    room, attribute = _HOMES[name]
    return getattr(import_module(f".{room}", __name__), attribute)


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(("__version__", *_HOMES))
