"""One number held against another, in units of what chance alone would do."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import f, norm

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Score:
    """A measured number against a predicted one.

    Parameters
    ----------
    name : str
        What was compared.
    measured, predicted : float
        In ``unit``.
    standard_error : float
        Of their difference, from what was measured.
    floor : float
        What a perfect theory of infinite populations would still miss by (finite size, resolution of a sweep).
    unit : str
        SI.
    """

    name: str
    measured: float
    predicted: float
    standard_error: float
    floor: float
    unit: str

    @property
    def difference(self) -> float:
        """Measured minus predicted."""
        return self.measured - self.predicted

    @property
    def scale(self) -> float:
        """Standard error and floor together: what the difference is measured by."""
        return math.hypot(self.standard_error, self.floor)

    @property
    def z(self) -> float:
        """Difference over its scale, 1; infinite where nothing may differ but something does."""
        if self.scale > 0:
            return self.difference / self.scale
        return 0.0 if self.difference == 0 else math.copysign(math.inf, self.difference)

    @property
    def relative(self) -> float:
        """Size of the difference over that of the prediction, 1."""
        return abs(self.difference) / abs(self.predicted) if self.predicted else math.inf

    @property
    def p_value(self) -> float:
        """Chance of so large a difference if the prediction is right."""
        return float(2 * norm.sf(abs(self.z)))


@dataclass(frozen=True, kw_only=True)
class CurveScore:
    """A measured curve against a predicted one.

    Parameters
    ----------
    name, unit : str
        What was compared.
    error : float
        Root mean square of the difference, ``unit``.
    floor : float
        The part of it that the noise of the measurement makes, ``unit``.
    ratio : float
        Mean square of the difference over that of the noise, 1 if the prediction is right.
    degrees : float
        Degrees of freedom of ``ratio``: independent pieces of the curve.
    noise_degrees : float
        Those of the noise estimate; infinite where its size is known.
    """

    name: str
    unit: str
    error: float
    floor: float
    ratio: float
    degrees: float
    noise_degrees: float = math.inf

    @property
    def p_value(self) -> float:
        """Chance of so large a ratio if the prediction is right."""
        noise = min(self.noise_degrees, 1e9)
        return float(f.sf(self.ratio, self.degrees, noise))

    @property
    def excess(self) -> float:
        """Root mean square of the difference that noise does not explain, ``unit``."""
        return math.sqrt(max(self.error**2 - self.floor**2, 0.0))


def mean_score(
    name: str, trials: ArrayLike, predicted: float, unit: str, *, predicted_error: float = 0.0, floor: float = 0.0
) -> Score:
    """Score the mean of independent trials (n,) against a prediction.

    Parameters
    ----------
    name, unit : str
        What and in which unit.
    trials : (n,) array
        One number a trial, n at least 2.
    predicted, predicted_error : float
        The prediction and its standard error.
    floor : float
        See `Score`.

    Raises
    ------
    ValueError
        If there is only one trial.
    """
    values = np.asarray(trials, dtype=float)
    if values.ndim != 1 or values.size < 2:
        raise ValueError(f"{name}: {values.size} trials; a standard error needs at least 2.")
    own = float(values.std(ddof=1) / math.sqrt(values.size))
    return Score(
        name=name,
        measured=float(values.mean()),
        predicted=float(predicted),
        standard_error=math.hypot(own, predicted_error),
        floor=floor,
        unit=unit,
    )


def course_score(name: str, trials: ArrayLike, predicted: ArrayLike, unit: str, *, floor: float = 0.0) -> CurveScore:
    """Score the mean course of independent trials against a predicted course.

    Assumptions: trials differ by noise alone. Noise that lasts longer than a bin makes neighbours alike; the degrees of
    freedom are those of the trials' own covariance, (sum of its eigenvalues)^2 over the sum of their squares.

    Parameters
    ----------
    name, unit : str
        What and in which unit.
    trials : (n, time) array
        n at least 3.
    predicted : (time,) array
        The course of an infinite population, or of the theory with its own noise averaged out.
    floor : float
        What the theory may be off by, ``unit``.

    Raises
    ------
    ValueError
        If shapes differ, there are too few trials, or no trial differs from another.
    """
    runs, theory = np.asarray(trials, dtype=float), np.asarray(predicted, dtype=float)
    if runs.ndim != 2 or runs.shape[1:] != theory.shape or len(runs) < 3:
        raise ValueError(
            f"{name}: trials {runs.shape} and prediction {theory.shape}; give at least 3 trials of one time axis."
        )
    count = len(runs)
    deviations = runs - runs.mean(axis=0)
    variance = float(np.mean(deviations**2)) * count / (count - 1) / count
    if not variance > 0:
        raise ValueError(f"{name}: the trials do not differ at all; give trials with independent noise.")
    error = runs.mean(axis=0) - theory
    independent = _independent(deviations)
    return CurveScore(
        name=name,
        unit=unit,
        error=float(np.sqrt(np.mean(error**2))),
        floor=math.sqrt(variance + floor**2),
        ratio=float(np.mean(error**2)) / (variance + floor**2),
        degrees=independent,
        noise_degrees=independent * (count - 1),
    )


def _independent(deviations: Array) -> float:
    """Return how many independent pieces noise (n, time) has, at most the number of its bins.

    The trace of the squared covariance is estimated from pairs of different trials, so that few trials do not make the
    noise look as if it had few pieces.
    """
    count, bins = deviations.shape
    products = deviations @ deviations.T / bins
    total = float(np.trace(products)) / (count - 1)
    squares = float(np.sum(products**2) - np.sum(np.diag(products) ** 2)) / (count * (count - 1))
    # Deviations from a common mean are correlated by -1/(n - 1), which adds total^2/n^2 to every product squared.
    squares = squares - (total / count) ** 2
    if squares <= 0:
        return float(bins)
    return float(np.clip(total**2 / squares, 1.0, bins))
