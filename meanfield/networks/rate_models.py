"""The rate of a population as a function of mean and variance of its free potentials, still or in motion."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import RectBivariateSpline

from ..arrays import GivenArray
from ..density.two_moment import DispersedSigmoid
from ..sigmoids import ExGaussianSigmoid, GaussianSigmoid, Sigmoid
from ..sigmoids.ex_gaussian import standard_height, standard_tail
from ..sigmoids.gaussian import normal_density

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_STEP = 2e-5  # V, of the second derivative behind the slope by the variance
_SILENT = 1e-12  # Hz, below which a tabulated rate is not told from 0


@runtime_checkable
class RateModel(Protocol):
    """Rate (Hz) of a population whose free potentials have a mean (V) and a variance (V^2)."""

    @property
    def q_max(self) -> float:
        """A rate that is never passed, Hz."""
        ...

    @property
    def uses_variance(self) -> bool:
        """Whether the rate depends on the variance at all."""
        ...

    def __call__(self, v: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate, Hz."""
        ...

    def slopes(self, v: ArrayLike, variance: ArrayLike) -> tuple[Array, Array]:
        """Return the derivatives by the mean (Hz/V) and by the variance (Hz/V^2)."""
        ...

    def responses(self, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
        """Return what the slopes become for a motion exp(s t) of mean and variance, at complex ``s`` (...) (1/s)."""
        ...


@dataclass(frozen=True)
class StaticRate:
    """A population that follows one sigmoid whatever the variance: its width is frozen in.

    Parameters
    ----------
    sigmoid : Sigmoid
        Rate (Hz) of the mean free potential (V).
    """

    sigmoid: Sigmoid

    @property
    def q_max(self) -> float:
        """A rate that is never passed, Hz."""
        return float(self.sigmoid.q_max)

    @property
    def uses_variance(self) -> bool:
        """Whether the rate depends on the variance at all."""
        return False

    def __call__(self, v: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate, Hz."""
        return np.asarray(self.sigmoid(np.asarray(v, dtype=float)), dtype=float)

    def slopes(self, v: ArrayLike, variance: ArrayLike) -> tuple[Array, Array]:
        """Return the derivatives by the mean (Hz/V) and by the variance (Hz/V^2)."""
        gain = np.asarray(self.sigmoid.gain(np.asarray(v, dtype=float)), dtype=float)
        return gain, np.zeros_like(gain)

    def responses(self, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
        """Return the slopes: the rate follows the potential at once."""
        return still(self, s, v, variance)


@dataclass(frozen=True)
class MemorylessRate:
    """Cells without memory of their spikes: the sigmoid, averaged over normal potentials, follows both moments exactly.

    Source: amit1997. The derivative by the variance is half the second derivative by the mean.
    Assumptions: no reset, no refractory period; potentials are normal. Spreads over cells and over time then count
    alike, and both may be part of the variance.

    Parameters
    ----------
    sigmoid : Sigmoid
        Rate (Hz) of the potential without any variance: only the spread of thresholds is in its width.
    """

    sigmoid: Sigmoid

    @property
    def q_max(self) -> float:
        """A rate that is never passed, Hz."""
        return float(self.sigmoid.q_max)

    @property
    def uses_variance(self) -> bool:
        """Whether the rate depends on the variance at all."""
        return True

    def __call__(self, v: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate, Hz."""
        mean, spread = np.broadcast_arrays(np.asarray(v, dtype=float), np.asarray(variance, dtype=float))
        if isinstance(self.sigmoid, ExGaussianSigmoid) and self.sigmoid.kappa:
            return self._saturating(self.sigmoid, mean, spread)
        if isinstance(self.sigmoid, ExGaussianSigmoid):
            plain = GaussianSigmoid(self.sigmoid.q_max, self.sigmoid.theta, self.sigmoid.sigma)
            return np.asarray(DispersedSigmoid(plain)(mean, spread))
        return np.asarray(DispersedSigmoid(self.sigmoid)(mean, spread))

    @staticmethod
    def _saturating(sigmoid: ExGaussianSigmoid, mean: Array, spread: Array) -> Array:
        """Return the rate of the exponentially modified family, whose normal part widens; `at` is it for one width."""
        width = np.sqrt(sigmoid.sigma**2 + spread)
        x = (mean - sigmoid.theta) / width * np.sign(sigmoid.kappa)
        height = standard_height(x, width / abs(sigmoid.kappa))
        return sigmoid.q_max * (height if sigmoid.kappa > 0 else 1 - height)

    def at(self, variance: float) -> Sigmoid:
        """Return the sigmoid at one variance (V^2) of the potentials, for the normal families."""
        if not isinstance(self.sigmoid, ExGaussianSigmoid | GaussianSigmoid):
            raise TypeError(f"MemorylessRate.at: a {type(self.sigmoid).__name__} does not keep its family.")
        return replace(self.sigmoid, sigma=float(np.sqrt(self.sigmoid.sigma**2 + variance)))

    def slopes(self, v: ArrayLike, variance: ArrayLike) -> tuple[Array, Array]:
        """Return the derivatives by the mean (Hz/V) and by the variance (Hz/V^2)."""
        mean, spread = np.asarray(v, dtype=float), np.asarray(variance, dtype=float)
        below, here, above = (self(mean + shift, spread) for shift in (-_STEP, 0.0, _STEP))
        # A derivative by the variance is half of the second one by the mean.
        return self._gain(mean, spread), (above - 2 * here + below) / (2 * _STEP**2)

    def _gain(self, v: Array, variance: Array) -> Array:
        mean, spread = np.broadcast_arrays(v, variance)
        sigmoid = self.sigmoid
        if not isinstance(sigmoid, ExGaussianSigmoid | GaussianSigmoid):
            points, weights = np.polynomial.hermite_e.hermegauss(64)
            spots = mean[..., None] + np.sqrt(spread)[..., None] * points
            return np.asarray(sigmoid.gain(spots)) @ (weights / weights.sum())
        width = np.sqrt(sigmoid.sigma**2 + spread)
        x = (mean - sigmoid.theta) / width
        if isinstance(sigmoid, GaussianSigmoid) or not sigmoid.kappa:
            return sigmoid.q_max / width * normal_density(x)
        ratio = width / abs(sigmoid.kappa)
        return sigmoid.q_max / width * ratio * standard_tail(x * np.sign(sigmoid.kappa), ratio)

    def responses(self, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
        """Return the slopes: the rate follows the potentials at once."""
        return still(self, s, v, variance)


@dataclass(frozen=True, eq=False)
class TabulatedRate:
    """Rates on a grid of means and standard deviations, their logarithms joined by cubic splines, held outside it.

    Assumptions: the rate follows the moments at once; the table is fine enough (features of a fifth of the grid step
    are lost).

    Parameters
    ----------
    v : (n,) array
        Mean free potentials, rising, V.
    sigma_v : (m,) array
        Standard deviations of the free potential, rising, V.
    rate : (n, m) array
        Hz.
    """

    v: GivenArray
    sigma_v: GivenArray
    rate: GivenArray
    _spline: RectBivariateSpline = field(init=False, repr=False)

    def __post_init__(self) -> None:
        v, sigma, rate = (np.array(a, dtype=float) for a in (self.v, self.sigma_v, self.rate))
        if rate.shape != (v.size, sigma.size) or min(rate.shape) < 4:
            raise ValueError(
                f"TabulatedRate.rate: shape {rate.shape} for {v.size} potentials and {sigma.size} widths; give one "
                "rate for each pair, and at least 4 of both."
            )
        if not (np.all(np.diff(v) > 0) and np.all(np.diff(sigma) > 0) and np.all(rate >= 0)):
            raise ValueError("TabulatedRate: v and sigma_v must rise, and no rate be negative; sort the table.")
        for name, value in {"v": v, "sigma_v": sigma, "rate": rate}.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_spline", RectBivariateSpline(v, sigma, np.log(np.maximum(rate, _SILENT))))

    @property
    def q_max(self) -> float:
        """The largest tabulated rate with a margin for the spline between the points, Hz."""
        return 1.05 * float(self.rate.max())

    @property
    def uses_variance(self) -> bool:
        """Whether the rate depends on the variance at all."""
        return True

    def _place(self, v: ArrayLike, variance: ArrayLike) -> tuple[Array, Array]:
        mean, spread = np.broadcast_arrays(np.asarray(v, dtype=float), np.asarray(variance, dtype=float))
        return np.clip(mean, self.v[0], self.v[-1]), np.clip(np.sqrt(spread), self.sigma_v[0], self.sigma_v[-1])

    def __call__(self, v: ArrayLike, variance: ArrayLike) -> Array:
        """Return the rate, Hz."""
        return np.minimum(np.exp(self._spline.ev(*self._place(v, variance))), self.q_max)

    def slopes(self, v: ArrayLike, variance: ArrayLike) -> tuple[Array, Array]:
        """Return the derivatives by the mean (Hz/V) and by the variance (Hz/V^2), 0 where the table is left."""
        mean, sd = self._place(v, variance)
        rate = self(v, variance)
        given, spread = np.broadcast_arrays(np.asarray(v, dtype=float), np.sqrt(np.asarray(variance, dtype=float)))
        by_mean = np.where(given == mean, rate * self._spline.ev(mean, sd, dx=1), 0.0)
        by_sd = np.where(spread == sd, rate * self._spline.ev(mean, sd, dy=1), 0.0)
        return by_mean, by_sd / (2 * np.maximum(sd, 1e-12))

    def responses(self, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
        """Return the slopes: the rate follows the moments at once."""
        return still(self, s, v, variance)


def still(model: RateModel, s: ArrayLike, v: float, variance: float) -> tuple[Complex, Complex]:
    """Return the slopes as responses that do not depend on ``s`` (...)."""
    by_mean, by_variance = model.slopes(v, variance)
    ones = np.ones(np.shape(s), dtype=np.complex128)
    return float(by_mean) * ones, float(by_variance) * ones


def rate_model(given: Sigmoid | RateModel) -> RateModel:
    """Return a rate model: a sigmoid alone becomes one of frozen width."""
    return given if isinstance(given, RateModel) else StaticRate(given)
