"""What is judged of a pairing: each row one number of the network against one of the mean field, with a verdict."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..verdict import Measurement, Verdict, equivalence
from .score import CurveScore


@cache
def margins() -> dict[str, float]:
    """Return the margins by name; they were fixed before the runs."""
    return tomllib.loads(Path(__file__).with_name("margins.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A number of the network (``measured``) against one of the mean field (``predicted``), both with errors."""

    kind: str
    name: str
    condition: str
    measured: float | None
    measured_error: float | None
    predicted: float | None
    predicted_error: float | None
    unit: str
    difference: float
    margin: float
    verdict: Verdict

    @property
    def title(self) -> str:
        """What it is, in words."""
        return f"{self.name} ({self.condition})"


def judged(
    kind: str,
    name: str,
    condition: str,
    measured: tuple[float, float],
    predicted: tuple[float, float],
    unit: str,
    margin: float,
) -> Judged:
    """Return a number of the network held against the mean field's; both come with their standard errors."""
    error = (measured[1] ** 2 + predicted[1] ** 2) ** 0.5
    difference = Measurement(value=measured[0] - predicted[0], standard_error=error)
    return Judged(
        kind=kind, name=name, condition=condition, measured=measured[0], measured_error=measured[1],
        predicted=predicted[0], predicted_error=predicted[1], unit=unit, difference=difference.value, margin=margin,
        verdict=equivalence(difference, margin),
    )  # fmt: skip


def judged_curve(kind: str, condition: str, score: CurveScore, margin: float) -> Judged:
    """Return a curve of the network held against the mean field's: what noise does not explain of their difference.

    Undecided if the noise alone is larger than the margin and hides what is there.
    """
    inside: Verdict = "holds" if score.floor <= margin else "undecided"
    return Judged(
        kind=kind, name=score.name, condition=condition, measured=None, measured_error=score.floor, predicted=None,
        predicted_error=None, unit=score.unit, difference=score.excess, margin=margin,
        verdict="fails" if score.excess > margin else inside,
    )  # fmt: skip


def rate_margin(rate: float) -> float:
    """Return by how much (Hz) two rates may differ."""
    return max(margins()["rate"] * rate, margins()["rate_least"])


def correlation_margin(correlation: float) -> float:
    """Return by how much two mean correlations of counts may differ, 1."""
    return max(margins()["correlation"] * abs(correlation), margins()["correlation_least"])


def shift_margin(shift: float) -> float:
    """Return by how much (Hz) two shifts of a rate may differ."""
    return max(margins()["shift"] * abs(shift), margins()["shift_least"])
