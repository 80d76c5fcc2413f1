"""Features of one condition together with their values when each group of cells is left out: errors and paired errors.

Cells are independent given the drive, so groups of cells are
independent replicates; conditions that share a seed share their groups, so the error of a change is that of a pair.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..bridge.replicates import jackknife_values
from .verdict import Measurement

Features = dict[str, float]
Scale = Literal["linear", "log"]


@dataclass(frozen=True, kw_only=True)
class Replicated:
    """Features from all cells, and with each group left out; a feature that one of them lacks has no error."""

    whole: Features
    left_out: tuple[Features, ...]

    def measure(self, name: str) -> Measurement | None:
        """Return the feature with its jackknife error, or None if it could not be estimated."""
        return _jackknife(self.whole.get(name), [part.get(name) for part in self.left_out])

    def change_from(self, base: "Replicated", name: str) -> Measurement | None:
        """Return the feature minus that of ``base``, paired group by group."""
        return _jackknife(
            _minus(self.whole.get(name), base.whole.get(name)),
            [_minus(a.get(name), b.get(name)) for a, b in self._pairs(base)],
        )

    def log_ratio_to(self, base: "Replicated", name: str) -> Measurement | None:
        """Return ln(feature / that of ``base``), paired group by group."""
        return _jackknife(
            _log_ratio(self.whole.get(name), base.whole.get(name)),
            [_log_ratio(a.get(name), b.get(name)) for a, b in self._pairs(base)],
        )

    def _pairs(self, base: "Replicated") -> list[tuple[Features, Features]]:
        """Return both conditions without the same group; nothing if one of them was refused and has no groups."""
        if not self.left_out or not base.left_out:
            return []
        return list(zip(self.left_out, base.left_out, strict=True))


def contrast(terms: Sequence[tuple[float, Replicated]], name: str, scale: Scale = "linear") -> Measurement | None:
    """Return the weighted sum of a feature over several conditions, paired group by group.

    Parameters
    ----------
    terms : sequence of (weight, Replicated)
        The conditions, which share their groups.
    name : str
        The feature.
    scale : {"linear", "log"}
        Of the feature itself or of the logarithm of its size; a logarithm asks for one sign throughout.

    Returns
    -------
    Measurement or None
        None if one of the conditions lacks the feature, or its sign differs.
    """
    counts = {len(condition.left_out) for _, condition in terms}
    if len(counts) > 1:
        return None
    weights = [weight for weight, _ in terms]
    parts = [[condition.left_out[g].get(name) for _, condition in terms] for g in range(counts.pop())]
    whole = [condition.whole.get(name) for _, condition in terms]
    return _jackknife(weighted(weights, whole, scale), [weighted(weights, part, scale) for part in parts])


def weighted(weights: Sequence[float], values: Sequence[float | None], scale: Scale) -> float | None:
    """Return the weighted sum of numbers or of the logarithms of their size; None without a number or a common sign."""
    present = [value for value in values if value is not None]
    if len(present) < len(values):
        return None
    if scale == "log":
        if not (min(present) > 0 or max(present) < 0):
            return None
        present = [math.log(abs(value)) for value in present]
    return sum(weight * value for weight, value in zip(weights, present, strict=True))


def _minus(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _log_ratio(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None or a <= 0 or b <= 0 else math.log(a / b)


def _jackknife(whole: float | None, left_out: list[float | None]) -> Measurement | None:
    parts = [{"x": part} for part in left_out if part is not None]
    if whole is None or len(parts) < len(left_out) or len(parts) < 3:
        return None
    found = jackknife_values({"x": whole}, parts)["x"]
    return Measurement(value=whole, standard_error=found.standard_error, degrees_of_freedom=len(parts) - 1)
