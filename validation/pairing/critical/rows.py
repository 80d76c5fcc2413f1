"""Verdicts on critical points: whether both sides jump, where, and how far modulations move the jumps."""

from collections.abc import Iterator, Sequence

import numpy as np

from ...verdict import Measurement
from ..verdicts import Judged, judged, margins
from .points import CriticalPoint, critical_points, fold_shift, shift
from .sweep import Sweep


def critical_rows(sweeps: Sequence[Sweep]) -> Iterator[Judged]:
    """Judge the critical points of every condition and their shifts against the first one."""
    found = [critical_points(sweep) for sweep in sweeps]
    for points in found:
        yield _number_of_jumps(points)
        for point in points:
            yield from _point_rows(point)
    for points in found[1:]:
        for before, after in zip(found[0], points, strict=True):
            yield from _shift_rows(before, after)


def _number_of_jumps(points: tuple[CriticalPoint, CriticalPoint]) -> Judged:
    """Judge whether network and mean field have the same jumps at all: without them there is nothing to measure."""
    measured = float(sum(point.network is not None for point in points))
    predicted = float(sum(point.infinite is not None for point in points))
    return judged(
        "hysteresis", "jumps on the way up and down", points[0].condition, (measured, 0.0), (predicted, 0.0), "1", 0.5
    )


def _point_rows(point: CriticalPoint) -> Iterator[Judged]:
    if point.network is None:
        return
    sides = {"critical point": ("infinite", point.fold), "jump": ("finite", point.finite)}
    for kind, (word, predicted) in sides.items():
        if predicted is not None:
            yield judged(
                kind, f"{point.name}, {word} mean field", point.condition, _pair(point.network), _pair(predicted), "1",
                margins()["critical"],
            )  # fmt: skip


def _shift_rows(before: CriticalPoint, after: CriticalPoint) -> Iterator[Judged]:
    measured, predicted = shift(before, after), fold_shift(before, after)
    if measured is None or predicted is None:
        return
    margin = max(margins()["critical_shift"] * abs(measured.value), margins()["critical_shift_least"])
    yield judged(
        "critical shift", f"shift of the {after.name}", after.condition, _pair(measured), _pair(predicted), "1", margin
    )


def _pair(found: Measurement) -> tuple[float, float]:
    return found.value, found.standard_error if np.isfinite(found.standard_error) else 1e3
