"""Where a circuit jumps as its background goes up and down, where its mean field does, and what moves both."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...verdict import Measurement
from .branches import Jump, hysteresis
from .sweep import Sweep

Array = NDArray[np.float64]

WAYS = ("up", "down")
_LEAST = 1.0  # Hz; smallest difference of the two ways that counts as hysteresis


@dataclass(frozen=True, kw_only=True)
class CriticalPoint:
    """One end of a hysteresis on all sides; all numbers are factors of the usual background.

    Parameters
    ----------
    way, condition : str
        On which way the circuit jumps there, and in which condition.
    runs : (repeat,) array
        Where each run of the network jumped; NaN where it did not within the sweep.
    step : float
        Of the sweep there.
    network : Measurement, optional
        Mean of the runs; None unless most of them jumped.
    infinite : Measurement, optional
        Where the infinite mean field jumps in the same staircase.
    finite : Measurement, optional
        The mean of mean fields with the noise of their finite populations, in the same staircase.
    fold : Measurement, optional
        Where the branch of the infinite mean field ends, with the error that the estimates leave.
    drawn : (draw,) array
        Where it ends with estimates drawn anew; NaN where it does not.
    """

    way: str
    condition: str
    runs: Array
    step: float
    network: Measurement | None
    infinite: Measurement | None
    finite: Measurement | None
    fold: Measurement | None
    drawn: Array

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"jump on the way {self.way}"


def critical_points(sweep: Sweep) -> tuple[CriticalPoint, CriticalPoint]:
    """Return both ends of the hysteresis of a sweep.

    Assumptions: a jump lies anywhere between two neighbouring values of the sweep with the same chance, so that a mean
    of runs has an error of at least a step over the square root of 12. Noise makes a finite network leave a state
    before the state ends, the more so the longer each step is held; and a state that has just ended still holds for a
    while, the more so the shorter each step is. ``finite`` shares both with the network, the fold neither.
    """
    network = [_ends(sweep, run) for run in sweep.measured]
    noisy = [_ends(sweep, run) for run in sweep.noisy]
    plain = _ends(sweep, sweep.predicted)
    found = []
    for place, way in enumerate(WAYS):
        step = _step(sweep, plain[place])
        nearest = _nearest_fold(sweep, plain[place])
        drawn = np.full(len(sweep.noisy), np.nan) if nearest is None else sweep.drawn_points[:, nearest]
        fold = None if nearest is None else _with_scatter(sweep.points[nearest].value, drawn)
        runs = _values([ends[place] for ends in network])
        found.append(
            CriticalPoint(
                way=way,
                condition=sweep.condition,
                runs=runs,
                step=step,
                network=_located(runs, step),
                infinite=_alone(plain[place]),
                finite=_blurred(_located(_values([ends[place] for ends in noisy]), step), fold),
                fold=fold,
                drawn=drawn,
            )
        )
    return found[0], found[1]


def shift(before: CriticalPoint, after: CriticalPoint) -> Measurement | None:
    """Return how far the network's critical point moves; run by run, for both have the same connections and noise."""
    if before.network is None or after.network is None:
        return None
    moved = after.runs - before.runs
    moved = moved[np.isfinite(moved)]
    if moved.size < 2:
        return None
    return _mean(moved, float(np.hypot(before.step, after.step)))


def fold_shift(before: CriticalPoint, after: CriticalPoint) -> Measurement | None:
    """Return how far the fold of the mean field moves; draw by draw, for both conditions were measured alike."""
    if before.fold is None or after.fold is None:
        return None
    return _with_scatter(after.fold.value - before.fold.value, after.drawn - before.drawn)


def _ends(sweep: Sweep, rates: Array) -> tuple[Jump | None, Jump | None]:
    up, down = rates[..., sweep.target]
    return hysteresis(sweep.factors, up, down, least=_LEAST)


def _values(jumps: Sequence[Jump | None]) -> Array:
    return np.array([np.nan if jump is None else jump.value for jump in jumps])


def _step(sweep: Sweep, jump: Jump | None) -> float:
    return float(np.median(np.diff(sweep.factors))) if jump is None else jump.high - jump.low


def _alone(jump: Jump | None) -> Measurement | None:
    return None if jump is None else Measurement(value=jump.value, standard_error=jump.error)


def _located(runs: Array, step: float) -> Measurement | None:
    there = runs[np.isfinite(runs)]
    return _mean(there, step) if there.size >= 2 and there.size > runs.size / 2 else None


def _mean(values: Array, step: float) -> Measurement:
    scatter = float(values.std(ddof=1)) / np.sqrt(values.size)
    return Measurement(value=float(values.mean()), standard_error=float(np.hypot(scatter, step / np.sqrt(12))))


def _nearest_fold(sweep: Sweep, jump: Jump | None) -> int | None:
    """Return the place of the fold next to a jump of the infinite mean field."""
    folds = [k for k, point in enumerate(sweep.points) if point.kind == "fold"]
    if jump is None or not folds:
        return None
    return min(folds, key=lambda k: abs(sweep.points[k].value - jump.value))


def _with_scatter(value: float, drawn: Array) -> Measurement:
    """Return a number with its scatter over the redrawn estimates; infinite where fewer than two have it."""
    there = drawn[np.isfinite(drawn)]
    return Measurement(value=value, standard_error=float(there.std(ddof=1)) if there.size > 1 else float("inf"))


def _blurred(finite: Measurement | None, fold: Measurement | None) -> Measurement | None:
    """Return the jump of the finite mean fields with the error of the estimates, which their mean does not average."""
    if finite is None or fold is None:
        return finite
    return Measurement(value=finite.value, standard_error=float(np.hypot(finite.standard_error, fold.standard_error)))
