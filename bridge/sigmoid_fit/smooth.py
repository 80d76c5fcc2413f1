"""The sigmoid without a family: the smoothest monotone curve that the data do not contradict.

Rates at the knots minimise chi-square + lambda * roughness subject to being non-decreasing; lambda minimises chi-square
plus twice the effective number of parameters (Mallows), each of which counts 1.4 times: without that, one sample in
some dozens is smoothed far too little and has a kink. Levels of one drive are one knot, since their potentials differ
by noise alone. Errors come from redrawing the rates around the curve.
Source: ramsay1988 (monotone smoothing); hastie2009, Sec. 5.4 and 7.6 (effective parameters); kim2004 (the 1.4).
"""

import math
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from ...meanfield.sigmoids import TabulatedSigmoid
from ..estimate import FEATURE_UNITS, EstimateRefused, symmetric_estimate
from .criteria import FamilyCriteria
from .likelihood import CountData
from .sigmoid_estimate import SigmoidEstimate

Array = NDArray[np.floating]
Labels = NDArray[np.intp]

NO_FAMILY = "No family fits; the curve is a monotone smooth and q_max is the rate at the cap."
DRAWS = 60
STIFFNESS = np.logspace(-6, 6, 25)
COUNTED = 1.4  # times each effective parameter


def _roughness(v: Array) -> Array:
    """Second divided differences (n-2, n), scaled to the mean spacing so that they are in Hz."""
    spacing = np.diff(v) / np.mean(np.diff(v))
    matrix = np.zeros((v.size - 2, v.size))
    for i in range(v.size - 2):
        a, b = spacing[i], spacing[i + 1]
        matrix[i, i : i + 3] = np.array([1 / a, -1 / a - 1 / b, 1 / b]) / np.sqrt((a + b) / 2)
    return matrix


def _monotone(rate: Array, error: Array, rough: Array, stiffness: float) -> Array:
    """Return the penalised rates, as a first rate and non-negative increments."""
    steps = np.tril(np.ones((rate.size, rate.size)))
    unit = np.median(error)
    design = np.vstack([steps / error[:, None], np.sqrt(stiffness) * rough @ steps / unit])
    goal = np.concatenate([rate / error, np.zeros(rough.shape[0])])
    increments = lsq_linear(design, goal, bounds=(0.0, np.inf), method="bvls").x
    return np.cumsum(np.maximum(increments, 0.0))  # one after the other, so that rounding cannot make it fall


def _stiffness(rate: Array, error: Array, rough: Array) -> float:
    """Return the stiffness with the least chi-square + 2 effective parameters, counted ``COUNTED`` times."""
    unit = np.median(error)
    weight = np.diag(1 / error**2)

    def criterion(stiffness: float) -> float:
        free = float(np.trace(np.linalg.solve(weight + stiffness * rough.T @ rough / unit**2, weight)))
        return float(np.sum(((_monotone(rate, error, rough, stiffness) - rate) / error) ** 2)) + 2 * COUNTED * free

    return min(STIFFNESS, key=criterion)


def _merged(drive: Array, v: Array, exposure: Array, width: float) -> Labels:
    """Return a label for every level, rising with potential; levels of one drive or closer than ``width`` share it."""
    smallest = 1e-9 * max(float(np.abs(drive).max()), 1e-300)
    _, held = np.unique(np.round(drive / smallest), return_inverse=True)
    mean = np.bincount(held, v * exposure) / np.bincount(held, exposure)
    order = np.argsort(mean)
    knots = np.empty(order.size, dtype=np.intp)
    knots[order] = np.concatenate([[0], np.cumsum(np.diff(mean[order]) > width)])
    return knots[held]


def _points(data: CountData, labels: Labels) -> tuple[Array, Array, Array]:
    """Return potential, rate and standard error at every knot."""

    def sums(x: Array) -> Array:
        return np.bincount(labels, x).astype(float)

    exposure = sums(data.exposure)
    v, rate = sums(data.v * data.exposure) / exposure, sums(data.count) / exposure
    slope = np.gradient(rate, v)[labels]
    model = np.maximum(data.count, 1.0) / data.exposure
    variance = data.dispersion(model, slope) * np.maximum(data.count, 1.0)
    return v, rate, np.sqrt(sums(variance)) / exposure


def _sigmoid(knots: Array, rates: Array, v_cap: float) -> TabulatedSigmoid:
    v: Any = np.asarray(knots, dtype=float)
    rate: Any = np.asarray(rates, dtype=float)
    curve = TabulatedSigmoid(v, rate)
    return TabulatedSigmoid(v, rate, cap=float(curve(v_cap))) if v_cap < v[-1] else curve


def _drawn_features(
    v: Array, curve: Array, error: Array, stiffness: float, v_cap: float
) -> tuple[Array, dict[str, Array]]:
    """Redraw the rates around the curve and refit: rates (draws, n) and features (draws,)."""
    rng = np.random.default_rng(v.size)
    rough = _roughness(v)
    rates, found = [], []
    for _ in range(DRAWS):
        rate = _monotone(np.maximum(curve + error * rng.standard_normal(v.size), 0.0), error, rough, stiffness)
        rates.append(rate)
        found.append(_sigmoid(v, rate, v_cap).features())
    return np.array(rates), {name: np.array([f[name] for f in found]) for name in found[0]}


def fit_tabulated(
    table: xr.Dataset, criteria: dict[str, FamilyCriteria], *, v_cap: float, level: float, errors: bool = True
) -> SigmoidEstimate:
    """Return the monotone smooth of the table; its q_max is the rate at ``v_cap`` (V), never beyond the data.

    The potential of the largest slope is not among its features: where no family holds, the slope has no distinct
    maximum. Without ``errors`` every interval is infinite, for resampling where the replicates give the error.

    Raises
    ------
    EstimateRefused
        If the data do not come down to 10 % of the rate at the cap, where the features start.
    """
    data = CountData.from_table(table)
    drive = np.asarray(table["drive"].values, dtype=float)
    v, rate, error = _points(data, _merged(drive, data.v, data.exposure, 1e-3 * float(np.ptp(data.v))))
    v_cap = min(v_cap, float(v[-1]))
    rough = _roughness(v)
    stiffness = _stiffness(rate, error, rough)
    curve = _monotone(rate, error, rough, stiffness)
    sigmoid = _sigmoid(v, curve, v_cap)
    if curve[0] > 0.1 * sigmoid.q_max:
        raise EstimateRefused(
            f"The lowest level fires at {curve[0]:.3g} Hz, above a tenth of the rate at the cap ({sigmoid.q_max:.3g} "
            "Hz), and no family fits; add levels of weaker drive.",
            table,
        )
    values = {name: value for name, value in sigmoid.features().items() if name != "v_max_slope"}
    spread, covariance = dict.fromkeys(values, math.inf), np.full((v.size, v.size), math.inf)
    if errors:
        rates, drawn = _drawn_features(v, curve, error, stiffness, v_cap)
        spread = {name: float(drawn[name].std(ddof=1)) for name in values}
        covariance = np.cov(rates, rowvar=False)
    features = {
        name: symmetric_estimate(value, spread[name], FEATURE_UNITS[name], level=level, degrees=DRAWS - 1)
        for name, value in values.items()
    }
    knots = xr.Dataset({"v_free": ("level", v), "rate": ("level", rate)}, attrs=table.attrs)
    return SigmoidEstimate(
        family="tabulated", sigmoid=sigmoid, parameters={}, features=features, working_point=curve,
        covariance=covariance, criteria=criteria, q_max_definition="at_cap", v_cap=v_cap,
        extrapolated=False, warnings=(NO_FAMILY,) if criteria else (), table=knots, level=level,
    )  # fmt: skip
