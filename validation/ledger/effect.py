"""An effect: what an experiment measured for one observable in one domain, or the reason why there is no number."""

from dataclasses import dataclass

from ..verdict import Measurement


@dataclass(frozen=True, kw_only=True)
class Course:
    """The change of one quantity over time from which an effect was read: what it is, its SI unit, bins and changes."""

    quantity: str
    unit: str
    time: tuple[float, ...]
    changes: tuple[Measurement, ...]


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One measured effect.

    Parameters
    ----------
    observable : str
        What was measured; statements ask for it by this name.
    domain : str
        Population, background and drive in which it was measured.
    unit : str
        SI unit of the measurement; "1" for logarithms of ratios.
    measurement : Measurement, optional
        The effect with its standard error; for a series its total change.
    steps : tuple of Measurement
        The changes from each member of a series to the next; empty for anything but a series.
    reason : str
        Why there is no measurement.
    course : Course, optional
        What it was read from, if that is worth to be seen.
    """

    observable: str
    domain: str
    unit: str
    measurement: Measurement | None = None
    steps: tuple[Measurement, ...] = ()
    reason: str = ""
    course: Course | None = None

    def __post_init__(self) -> None:
        if self.measurement is None and not self.reason:
            raise ValueError(f"Effect {self.observable!r} in {self.domain!r} has neither number nor reason; give one.")
