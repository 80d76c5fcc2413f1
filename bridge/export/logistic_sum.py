"""Any sigmoid as a sum of logistic curves: for formats whose formulas know exp and nothing beyond."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import expit

from ...meanfield import CappedSigmoid, EmpiricalMass, MassModel, Sigmoid, TabulatedSigmoid
from ..calibration.calibrated_model import Misfit
from .equations import Constant, Equations, equations_of
from .export import NotExpressible
from .expression import Call, Part, Symbol, calls_of, replaced

Array = NDArray[np.float64]

_CURVES = 6
_POINTS = 300
_LEAST = 1e-4
_LOG_HEIGHTS, _LOG_SCALES = (-30.0, 5.0), (-12.0, 5.0)
# Weight of errors of the slope, times the potential over which the rate rises, against errors of the rate.
_SLOPES = 0.1
# Of the maximal rate, and of the slope at the operating point: a sum that misses by more is refused.
_WORST_RATE, _WORST_GAIN = 0.01, 0.1
_CURVED = ("gaussian_sigmoid", "ex_gaussian_sigmoid", "tabulated_sigmoid")
_OPAQUE = (*_CURVED, "minimum")
_OWN = ("q_max", "theta", "sigma", "kappa", "nu")


def elementary_equations(instance: MassModel | EmpiricalMass) -> tuple[Equations, tuple[Misfit, ...]]:
    """Return a model as equations, in SI, whose formulas know exp only, with what that costs.

    A logistic or a Richards sigmoid stays what it is. Any other becomes the sum of six logistic curves nearest to it.
    """
    equations = equations_of(instance)
    calls = set().union(*(calls_of(part) for part in _all_parts(equations)))
    if equations.sigmoid is None or not calls & set(_OPAQUE) or not isinstance(instance, EmpiricalMass):
        return equations, ()
    sigmoid = equations.sigmoid
    capped: tuple[Misfit, ...] = ()
    if isinstance(sigmoid, CappedSigmoid):
        capped = (_cap_lost(sigmoid),)
        equations = _uncapped(equations)
        sigmoid = sigmoid.inner
    if not calls & set(_CURVED):
        return equations, capped
    curves = logistic_sum(sigmoid)
    constants = [one for one in equations.constants if one.name not in _OWN]
    for k, row in enumerate(curves, start=1):
        constants += [
            Constant(f"{name}_{k}", float(value), unit)
            for name, value, unit in zip(("q", "theta", "sigma"), row, ("Hz", "V", "V"), strict=True)
        ]
    changed = replace(
        equations,
        rates=tuple(_summed(part) for part in equations.rates),
        outputs=tuple((variable, _summed(part)) for variable, part in equations.outputs),
        constants=tuple(constants),
    )
    misfit = _checked(_misfit(sigmoid, curves, instance.operating_v), float(sigmoid.q_max))
    return changed, (misfit, *capped)


def _cap_lost(sigmoid: CappedSigmoid) -> Misfit:
    sentence = f"this format's formulas know no minimum: the curve goes on to rise above {sigmoid.v_cap:.3g} V."
    return Misfit(name="cap of the sigmoid", sentence=sentence)


def _uncapped(equations: Equations) -> Equations:
    """Return the equations with min(v, cap) as v, and without the cap."""

    def change(part: Part) -> Part | None:
        return part.parts[0] if isinstance(part, Call) and part.function == "minimum" else None

    return replace(
        equations,
        rates=tuple(replaced(part, change) for part in equations.rates),
        outputs=tuple((variable, replaced(part, change)) for variable, part in equations.outputs),
        constants=tuple(one for one in equations.constants if one.name != "v_cap"),
    )


def _checked(misfit: Misfit, top: float) -> Misfit:
    poor = misfit.rate_error is None or misfit.rate_error > _WORST_RATE * top
    if poor or abs(misfit.gain_error or 0.0) > _WORST_GAIN:
        raise NotExpressible(
            f"The formulas of this format know exp only, and no sum of {_CURVES} logistic curves comes near a "
            f"{misfit.name} (errors: rate {misfit.rate_error:.3g} Hz, gain {misfit.gain_error or 0:.2g}); use "
            "tvb, which takes any sigmoid, or json."
        )
    return misfit


def _all_parts(equations: Equations) -> list[Part]:
    return [*equations.rates, *(part for _, part in equations.outputs)]


def _summed(expression: Part) -> Part:
    def change(part: Part) -> Part | None:
        return _sum_of(part.parts[0]) if isinstance(part, Call) and part.function in _CURVED else None

    return replaced(expression, change)


def _sum_of(v: Part) -> Part:
    total: Any = 0.0
    for k in range(1, _CURVES + 1):
        q, theta, sigma = (Symbol(f"{name}_{k}") for name in ("q", "theta", "sigma"))
        total = q / (1 + np.exp((theta - v) / sigma)) + total
    return total


def logistic_sum(sigmoid: Sigmoid) -> Array:
    """Return the six logistic curves (height in Hz, position in V, scale in V) whose sum is nearest to a sigmoid.

    Assumptions: nearest in the mean square over the potentials that the sigmoid rises in.
    """
    v = _grid(sigmoid)
    rate, slope = np.asarray(sigmoid(v), dtype=float), np.asarray(sigmoid.gain(v), dtype=float)
    span, top = v[-1] - v[0], float(rate.max())
    positions = np.interp((np.arange(_CURVES) + 0.5) / _CURVES, rate / top, v)
    start = np.concatenate(
        [np.full(_CURVES, np.log(1 / _CURVES)), (positions - v[0]) / span, np.full(_CURVES, np.log(0.05))]
    )

    def miss(point: Array) -> Array:
        curves = _curves(point, top, float(v[0]), float(span))
        return np.concatenate(
            [_value(curves, v) / top - rate / top, _SLOPES * (_slope(curves, v) - slope) * span / top]
        )

    found = least_squares(miss, start, method="lm", xtol=1e-8, ftol=1e-6, max_nfev=40 * start.size)
    return _curves(found.x, top, float(v[0]), float(span))


def _curves(point: Array, top: float, lowest: float, span: float) -> Array:
    heights, places, scales = np.split(point, 3)
    # A search that finds no sum runs away; what it is asked about stays finite.
    heights, scales = np.exp(np.clip(heights, *_LOG_HEIGHTS)), np.exp(np.clip(scales, *_LOG_SCALES))
    return np.stack([top * heights, lowest + span * places, span * scales], axis=1)


def _grid(sigmoid: Sigmoid) -> Array:
    """Return the potentials (V) over which the rate rises."""
    if isinstance(sigmoid, TabulatedSigmoid):
        return np.linspace(sigmoid.v[0], sigmoid.v[-1], _POINTS)
    low, high = (float(v) for v in sigmoid.quantile([_LEAST, 1 - _LEAST]))
    return np.linspace(low, high, _POINTS)


def _misfit(sigmoid: Sigmoid, curves: Array, operating_v: float) -> Misfit:
    v = _grid(sigmoid)
    error = float(np.sqrt(np.mean((_value(curves, v) - sigmoid(v)) ** 2)))
    slope = _slope(curves, np.array([operating_v]))[0]
    true = float(sigmoid.gain(operating_v))
    return Misfit(
        name=f"{type(sigmoid).__name__}",
        sentence=f"this format's formulas know exp only: it became the sum of {_CURVES} logistic curves.",
        rate_error=error,
        gain_error=float(slope / true - 1) if true else None,
    )


def _value(curves: Sequence[Sequence[float]] | Array, v: Array) -> Array:
    return np.sum([q * expit((v - theta) / sigma) for q, theta, sigma in curves], axis=0)


def _slope(curves: Array, v: Array) -> Array:
    parts = [q / sigma * expit((v - theta) / sigma) * expit((theta - v) / sigma) for q, theta, sigma in curves]
    return np.sum(parts, axis=0)
