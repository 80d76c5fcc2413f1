"""The few numbers of a sigmoid and a kernel that mass models are made of, with their joint covariance."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ..estimate import EstimateRefused
from ..replicates import jackknife_covariance
from .curve_gradient import (
    difference,
    maximum_gradient,
    moment_gradient,
    quantile_gradient,
    rate_gradient,
    slope_gradient,
)
from .estimated_population import EstimatedPopulation

Array = NDArray[np.floating]

UPPER, LOWER = float(ndtr(1.0)), float(ndtr(-1.0))


@dataclass(frozen=True, kw_only=True)
class Landmarks:
    """What a mass model is told of a population, SI.

    Parameters
    ----------
    q_max : float
        Maximal rate as the estimate defines it, Hz.
    v50 : float
        Potential of half of it, V.
    width : float
        Half the distance between its 15.9 % and 84.1 % heights, V.
    operating_v, operating_rate, operating_slope : float
        Mean free potential (V) at the operating point, and rate (Hz) and slope (Hz/V) of the sigmoid there.
    area, mean_lag, variance : float
        Of the kernel: V s, s, s^2.
    conductance : float
        Input conductance at the operating point, S; NaN if unknown.
    area_ratio : float
        Area relative to that of the untouched population, 1.
    base_conductance : float
        Conductance of the untouched population, S; taken without error.
    operating_input : float
        Presynaptic spikes a second at the operating point, Hz; set, hence without error.
    """

    q_max: float
    v50: float
    width: float
    operating_v: float
    operating_rate: float
    operating_slope: float
    area: float
    mean_lag: float
    variance: float
    conductance: float
    area_ratio: float
    base_conductance: float
    operating_input: float

    @property
    def rest(self) -> float:
        """Mean free potential that the kernel gives without any spike of its channel, V: where potentials count from.

        The models write V as a sum of kernels, which vanishes without spikes.
        """
        return self.operating_v - self.area * self.operating_input

    @property
    def charge_ratio(self) -> float:
        """Charge of one spike relative to that in the untouched population, 1: area times conductance."""
        return self.area_ratio * self.conductance / self.base_conductance


NAMES = tuple(item.name for item in fields(Landmarks))
_KERNEL = slice(NAMES.index("area"), NAMES.index("area") + 3)


@dataclass(frozen=True, kw_only=True)
class LandmarkErrors:
    """Covariance of landmarks (k, k) from each independent experiment, with its degrees of freedom."""

    sources: tuple[tuple[Array, float], ...]

    def carried(self, jacobian: Array) -> tuple[Array, Array]:
        """Return covariance (m, m) and degrees of freedom (m,) of functions of the landmarks with this ``jacobian``.

        Source: welch1947 (the degrees of freedom of a sum of variances).
        """
        parts = [jacobian @ covariance @ jacobian.T for covariance, _ in self.sources]
        variances = np.array([np.diag(part) for part in parts])
        total = variances.sum(axis=0)
        per_degree = sum(v**2 / degrees for v, (_, degrees) in zip(variances, self.sources, strict=True))
        with np.errstate(divide="ignore", invalid="ignore"):
            degrees = np.where(per_degree > 0, total**2 / per_degree, np.inf)
        return np.sum(parts, axis=0), degrees


def landmarks_of(population: EstimatedPopulation, base: EstimatedPopulation | None = None) -> Landmarks:
    """Return the landmarks of a population.

    Parameters
    ----------
    population : EstimatedPopulation
        The condition.
    base : EstimatedPopulation, optional
        The untouched population, for the ratio of areas; left out it is ``population`` itself.

    Raises
    ------
    EstimateRefused
        If the sigmoid does not come down to its lower heights.
    """
    sigmoid, kernel = population.sigmoid, population.kernel
    try:
        low, middle, high = (float(v) for v in sigmoid.quantile([LOWER, 0.5, UPPER]))
    except ValueError as error:
        raise EstimateRefused(f"{population.condition}: {error}") from error
    v = population.operating_v
    return Landmarks(
        q_max=float(sigmoid.q_max),
        v50=middle,
        width=(high - low) / 2,
        operating_v=v,
        operating_rate=float(sigmoid(v)),
        operating_slope=float(sigmoid.gain(v)),
        area=float(kernel.area),
        mean_lag=float(kernel.mean_lag),
        variance=float(kernel.variance),
        conductance=population.conductance,
        area_ratio=1.0 if base is None else float(kernel.area / base.kernel.area),
        base_conductance=(population if base is None else base).conductance,
        operating_input=population.operating_input,
    )


def landmark_errors(population: EstimatedPopulation, base: EstimatedPopulation | None = None) -> LandmarkErrors:
    """Return the covariance of the landmarks by the delta method: steady drives, probe spikes, operating point.

    Assumptions: steady drives and probe spikes are separate simulations, hence independent; so is, to first order, the
    mean potential at the operating point, which many more cells determine than the curve.
    """
    sources = [
        (_by_sigmoid(population), population.sigmoid_degrees),
        (_by_kernel(population, base), population.kernel_degrees),
        (_by_operating_point(population), math.inf),
    ]
    return LandmarkErrors(sources=tuple(sources))


def _carried(rows: Mapping[str, Array], covariance: Array) -> Array:
    """Return the covariance of all landmarks from the gradients of some of them."""
    jacobian = np.zeros((len(NAMES), covariance.shape[0]))
    for name, gradient in rows.items():
        jacobian[NAMES.index(name)] = gradient
    return jacobian @ covariance @ jacobian.T


def _by_sigmoid(population: EstimatedPopulation) -> Array:
    sigmoid, names = population.sigmoid, population.sigmoid_names
    heights = np.array([LOWER, 0.5, UPPER])
    places = np.asarray(sigmoid.quantile(heights))
    at = np.array([population.operating_v])
    low, middle, high = quantile_gradient(sigmoid, names, heights, places)
    rows = {
        "q_max": maximum_gradient(sigmoid, names),
        "v50": middle,
        "width": (high - low) / 2,
        "operating_rate": rate_gradient(sigmoid, names, at)[0],
        "operating_slope": slope_gradient(sigmoid, names, at, float(np.ptp(places)) / 2)[0],
    }
    return _carried(rows, population.sigmoid_covariance)


def _by_kernel(population: EstimatedPopulation, base: EstimatedPopulation | None) -> Array:
    gradient = moment_gradient(population.kernel, population.kernel_names, population.kernel_values or ())
    found = _carried(
        dict(zip(NAMES[_KERNEL], gradient, strict=True)), np.asarray(population.kernel_covariance, dtype=float)
    )
    if base is None or base is population:
        return found
    return _with_ratio(found, population, base)


def _with_ratio(found: Array, population: EstimatedPopulation, base: EstimatedPopulation) -> Array:
    """Return the covariance with the ratio of areas, paired over groups of cells where conditions share them."""
    place = NAMES.index("area_ratio")
    own = [(f.get("area"), g.get("area")) for f, g in zip(population.left_out, base.left_out, strict=False)]
    paired = np.array([(a, b) for a, b in own if a is not None and b is not None])
    filled = np.array(found)
    if len(paired) >= 3 and len(paired) == len(own):
        together = jackknife_covariance(np.stack([paired[:, 0] / paired[:, 1], paired[:, 0]], -1).tolist())
        share = together[0, 1] / together[1, 1] if together[1, 1] > 0 else 0.0
        filled[place] = filled[:, place] = share * found[_KERNEL.start]
        filled[place, place] = max(together[0, 0], share**2 * found[_KERNEL.start, _KERNEL.start])
        return filled
    size = _by_kernel(base, None)[_KERNEL.start, _KERNEL.start]
    filled[place] = filled[:, place] = found[_KERNEL.start] / base.kernel.area
    ratio = population.kernel.area / base.kernel.area
    filled[place, place] = (found[_KERNEL.start, _KERNEL.start] + ratio**2 * size) / base.kernel.area**2
    return filled


def _by_operating_point(population: EstimatedPopulation) -> Array:
    """Return the covariance from the errors of potential and conductance; rate and slope move along the curve."""
    sigmoid, at = population.sigmoid, population.operating_v
    h = 1e-2 * float(np.ptp(sigmoid.quantile([LOWER, UPPER]))) / 2
    bend = float(sigmoid.gain(at + h) - sigmoid.gain(at - h)) / (2 * h)
    known = math.isfinite(population.conductance)
    rows = {
        "operating_v": np.array([1.0, 0.0]),
        "operating_rate": np.array([float(sigmoid.gain(at)), 0.0]),
        "operating_slope": np.array([bend, 0.0]),
        "conductance": np.array([0.0, 1.0 if known else 0.0]),
    }
    return _carried(rows, np.diag([population.operating_v_error**2, population.conductance_error**2]))


def without_groups(population: EstimatedPopulation, base: EstimatedPopulation) -> tuple[Landmarks, ...]:
    """Return the landmarks without each group of cells; nothing if a group lacks one.

    What the groups do not tell (the conductance) stays as it is.
    """
    whole = landmarks_of(population, base)
    pairs = list(zip(population.left_out, base.left_out, strict=False))
    return tuple(one for one in (_without(whole, own, theirs) for own, theirs in pairs) if one is not None)


_MEASURED = ("q_max", "v50", "width", "operating_v", "operating_rate", "operating_slope", "area", "mean_lag")


def _without(whole: Landmarks, own: Mapping[str, float], base: Mapping[str, float]) -> Landmarks | None:
    values: dict[str, Any] = {name: own.get(name) for name in (*_MEASURED, "sd")}
    if any(value is None for value in (*values.values(), base.get("area"))):
        return None
    values["variance"] = values.pop("sd") ** 2
    return replace(whole, **values, area_ratio=values["area"] / base["area"])


def landmark_jacobian(function: Callable[[Landmarks], Array], landmarks: Landmarks, errors: LandmarkErrors) -> Array:
    """Return the derivatives (m, k) of a function of the landmarks, by central differences of fourth order.

    The steps are a hundredth of each standard error; what carries no error is not moved.
    """
    total = sum(covariance for covariance, _ in errors.sources)
    columns = []
    size = function(landmarks).size
    for name, error in zip(NAMES, np.sqrt(np.maximum(np.diag(total), 0.0)), strict=True):
        value = getattr(landmarks, name)
        step = min(1e-2 * error, 1e-3 * abs(value)) if value else 1e-2 * error
        if not step > 0:
            columns.append(np.zeros(size))
            continue
        columns.append(difference(partial(_moved, function, landmarks, name, step)) / step)
    return np.stack(columns, -1)


def _moved(function: Callable[[Landmarks], Array], landmarks: Landmarks, name: str, step: float, count: int) -> Array:
    return function(replace(landmarks, **{name: getattr(landmarks, name) + count * step}))
