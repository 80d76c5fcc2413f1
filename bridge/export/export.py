"""What every export format is: a name, the models it can express, and one way to write."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..calibration.calibrated_model import Calibration

Writer = Callable[[Calibration, Path], tuple[Path, ...]]


class NotExpressible(ValueError):
    """A format cannot hold a model; the message says which, why, and what can be used instead."""


@dataclass(frozen=True)
class Export:
    """One format.

    Parameters
    ----------
    title : str
        What it is, in a few words.
    models : tuple of str
        Names of the target models it can express.
    extra : str or None
        Extra of the package that installs the simulator that reads the files; writing them never needs it.
    writer : callable
        Writes a calibration into a folder and returns the files.
    """

    title: str
    models: tuple[str, ...]
    extra: str | None
    writer: Writer

    def write(self, calibration: Calibration, folder: Path | str) -> tuple[Path, ...]:
        """Write every condition of a calibration into ``folder`` and return the files.

        Raises
        ------
        NotExpressible
            If the format cannot hold the model.
        """
        name = calibration.base.model
        if name not in self.models:
            raise NotExpressible(
                f"{self.title} cannot express the model {name!r}; it can express {', '.join(self.models)}, and json, "
                "netcdf and tvb hold every model."
            )
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        return self.writer(calibration, place)


def stem(calibration: Calibration, suffix: str) -> str:
    """Return the name of a file without its ending: it can be imported in Python."""
    return f"{calibration.base.model.replace('-', '_')}_{suffix}"
