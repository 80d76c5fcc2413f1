"""Sweeps of a parameter, up and down, on both sides: where the state jumps, and how far apart the jumps are."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..score import Score

Array = NDArray[np.float64]

_SHARE = 0.2


@dataclass(frozen=True)
class Jump:
    """A jump between two neighbouring values of the parameter: it lies between ``low`` and ``high``."""

    low: float
    high: float

    @property
    def value(self) -> float:
        """Middle of the interval."""
        return (self.low + self.high) / 2

    @property
    def error(self) -> float:
        """Standard deviation of a point anywhere in the interval."""
        return (self.high - self.low) / math.sqrt(12)


def jumps(values: ArrayLike, rates: ArrayLike, errors: ArrayLike, *, least: float) -> tuple[Jump, ...]:
    """Return where a sweep jumps, in the order of the sweep.

    Parameters
    ----------
    values : (n,) array
        Of the parameter, in the order they were visited.
    rates, errors : (n,) array
        Rate and its standard error at each, Hz.
    least : float
        Smallest change that counts as a jump, Hz; it must also be larger than 5 of its standard errors and than 5 times
        the median change of its sweep.
    """
    at, rate, error = (np.asarray(a, dtype=float) for a in (values, rates, errors))
    change = np.abs(np.diff(rate))
    noise = np.hypot(error[1:], error[:-1])
    usual = float(np.median(change)) if change.size else 0.0
    large = np.flatnonzero((change > least) & (change > 5 * noise) & (change > 5 * usual))
    return tuple(Jump(*sorted((float(at[k]), float(at[k + 1])))) for k in large)


def hysteresis(values: ArrayLike, up: ArrayLike, down: ArrayLike, *, least: float) -> tuple[Jump | None, Jump | None]:
    """Return where a sweep jumps on the way up and on the way down: the ends of the stretch where both ways differ.

    Parameters
    ----------
    values : (n,) array
        Of the parameter, rising.
    up, down : (n,) array
        Rate at each value on the way up and on the way down, Hz.
    least : float
        Smallest difference of the ways that counts, Hz; it must also be a fifth of the largest difference.

    Returns
    -------
    (Jump or None, Jump or None)
        On the way up the upper end, on the way down the lower end of the longest stretch; None where nothing differs,
        or where the stretch goes on beyond the sweep.
    """
    at = np.asarray(values, dtype=float)
    apart = np.abs(np.asarray(up, dtype=float) - np.asarray(down, dtype=float))
    differs = (apart > least) & (apart > _SHARE * float(apart.max(initial=0.0)))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], differs, [False]]).astype(int)))
    if not edges.size:
        return None, None
    first, after = max(edges.reshape(-1, 2).tolist(), key=lambda ends: ends[1] - ends[0])
    upper = Jump(float(at[after - 1]), float(at[after])) if after < at.size else None
    lower = Jump(float(at[first - 1]), float(at[first])) if first > 0 else None
    return upper, lower


def jump_scores(
    measured: tuple[tuple[Jump, ...], tuple[Jump, ...]], predicted: tuple[tuple[Jump, ...], tuple[Jump, ...]], unit: str
) -> tuple[Score, ...]:
    """Score the first jump up and the first jump down of two pairs of sweeps, and the width of the hysteresis.

    Assumptions: the resolution of the sweeps is the only error; noise of a finite network makes it leave a state before
    the state ends, by an amount that falls with its size and counts against the prediction here.

    Raises
    ------
    ValueError
        If one side jumps and the other does not.
    """
    for name, found, theory in zip(("up", "down"), measured, predicted, strict=True):
        if bool(found) != bool(theory):
            sides = (
                ("the circuit jumps", "the mean field does not")
                if found
                else ("the mean field jumps", "the circuit does not")
            )
            raise ValueError(f"jump_scores: on the way {name} {sides[0]} and {sides[1]}; there is nothing to compare.")
    scores = [
        Score(
            name=f"jump on the way {name}",
            measured=found[0].value,
            predicted=theory[0].value,
            standard_error=found[0].error,
            floor=theory[0].error,
            unit=unit,
        )
        for name, found, theory in zip(("up", "down"), measured, predicted, strict=True)
        if found
    ]
    if len(scores) < 2:
        return tuple(scores)
    up, down = scores
    width = Score(
        name="width of the hysteresis",
        measured=up.measured - down.measured,
        predicted=up.predicted - down.predicted,
        standard_error=math.hypot(up.standard_error, down.standard_error),
        floor=math.hypot(up.floor, down.floor),
        unit=unit,
    )
    return (up, down, width)


def shift_score(name: str, before: Score, after: Score) -> Score:
    """Score how far a critical point moves under a modulation, measured against predicted."""
    return Score(
        name=name,
        measured=after.measured - before.measured,
        predicted=after.predicted - before.predicted,
        standard_error=math.hypot(after.standard_error, before.standard_error),
        floor=math.hypot(after.floor, before.floor),
        unit=before.unit,
    )
