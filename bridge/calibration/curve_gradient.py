"""How a sigmoid and a kernel move with the coordinates that carry their errors: derivatives, exact where there are."""

import math
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from ...meanfield import (
    CappedSigmoid,
    ExGaussianSigmoid,
    GaussianSigmoid,
    Kernel,
    LogisticSigmoid,
    RichardsSigmoid,
    Sigmoid,
    TabulatedKernel,
    TabulatedSigmoid,
)
from ..kernel_fit.families import build_kernel
from ..sigmoid_fit.families import EX_GAUSSIAN, GAUSSIAN, LOGISTIC, RICHARDS, Family

Array = NDArray[np.floating]

WORKING = ("log_q_max", "location", "log_scale", "shape")
"""Coordinates in which sigmoids are fitted; for the exponentially modified Gaussian they are regular at every skew."""

# A central difference of fourth order with this relative step errs by about 1e-11 of the value, from both sides.
_STEP = 1e-3


def difference(function: Callable[[int], Array]) -> Array:
    """Return the derivative by the step of a function of the number of steps -2 to 2, right to fourth order."""
    return 2 / 3 * (function(1) - function(-1)) - (function(2) - function(-2)) / 12


def working_point(sigmoid: Sigmoid) -> tuple[Family, Array]:
    """Return the family of a sigmoid and its working coordinates, those of `sigmoid_fit.families`.

    Raises
    ------
    ValueError
        If it is of no fitted family.
    """
    match sigmoid:
        case ExGaussianSigmoid():
            width = math.hypot(sigmoid.sigma, sigmoid.kappa)
            shape = (sigmoid.kappa / width) ** 3
            return EX_GAUSSIAN, np.array(
                [math.log(sigmoid.q_max), sigmoid.theta + sigmoid.kappa, math.log(width), shape]
            )
        case RichardsSigmoid():
            return RICHARDS, np.array([*_plain_point(sigmoid), math.log(sigmoid.nu)])
        case GaussianSigmoid():
            return GAUSSIAN, _plain_point(sigmoid)
        case LogisticSigmoid():
            return LOGISTIC, _plain_point(sigmoid)
    raise ValueError(f"{type(sigmoid).__name__} has no working coordinates; state its errors in its own parameters.")


def _plain_point(sigmoid: LogisticSigmoid | GaussianSigmoid | RichardsSigmoid) -> Array:
    return np.array([math.log(sigmoid.q_max), sigmoid.theta, math.log(sigmoid.sigma)])


def rate_gradient(sigmoid: Sigmoid, names: Sequence[str], v: Array) -> Array:
    """Return the derivatives of the rate at ``v`` (n,; V) by the named coordinates, (n, p).

    Parameters
    ----------
    sigmoid : Sigmoid
        The curve; of a capped one, below its cap.
    names : sequence of str
        Fields of the sigmoid, its working coordinates, or ``rate_0``, ``rate_1``, ... of a table.
    v : (n,) array
        Potentials, V.

    Raises
    ------
    ValueError
        If the names are not coordinates of this sigmoid.
    """
    inner: Any = sigmoid.inner if isinstance(sigmoid, CappedSigmoid) else sigmoid
    potentials = np.asarray(v, dtype=float)
    if not names:
        return np.zeros((potentials.size, 0))
    if isinstance(inner, TabulatedSigmoid):
        return _table_gradient(inner, names, potentials, derivative=0)
    if tuple(names) == WORKING[: len(names)]:
        family, point = working_point(inner)
        return family.evaluate(point, potentials)[2]
    if not is_dataclass(inner) or not set(names) <= {item.name for item in fields(inner)}:
        raise ValueError(f"{type(inner).__name__} has no coordinates {', '.join(names)}; name fields of the sigmoid.")
    smooth: Any = inner
    gradient = smooth.parameter_gradient(potentials)
    return np.stack([gradient[name] for name in names], -1)


def slope_gradient(sigmoid: Sigmoid, names: Sequence[str], v: Array, scale: float) -> Array:
    """Return the derivatives of the slope dQ/dV at ``v`` (n,; V) by the named coordinates, (n, p).

    Parameters
    ----------
    scale : float
        Potential over which the curve bends, V: differences are taken over a thousandth of it.
    """
    inner: Any = sigmoid.inner if isinstance(sigmoid, CappedSigmoid) else sigmoid
    if isinstance(inner, TabulatedSigmoid) and names:
        return _table_gradient(inner, names, np.asarray(v, dtype=float), derivative=1)
    h, potentials = _STEP * scale, np.asarray(v, dtype=float)
    return difference(lambda k: rate_gradient(sigmoid, names, potentials + k * h)) / h


def _table_gradient(sigmoid: TabulatedSigmoid, names: Sequence[str], v: Array, *, derivative: int) -> Array:
    """Return derivatives by the rates at the knots: the monotone cubic is local, so all knots are moved at once."""
    if len(names) != sigmoid.rate.size:
        raise ValueError(
            f"TabulatedSigmoid: {len(names)} coordinates for {sigmoid.rate.size} knots; name one per knot."
        )
    step = 1e-6 * float(sigmoid.rate[-1])
    moved = step * np.eye(sigmoid.rate.size)
    above, below = (PchipInterpolator(sigmoid.v, sigmoid.rate[:, None] + sign * moved) for sign in (1, -1))
    at = np.clip(v, sigmoid.v[0], sigmoid.v[-1])
    return (above(at, derivative) - below(at, derivative)) / (2 * step)


def maximum_gradient(sigmoid: Sigmoid, names: Sequence[str]) -> Array:
    """Return the derivatives (p,) of q_max: of the asymptote, or of the rate at the cap."""
    match sigmoid:
        case CappedSigmoid():
            return rate_gradient(sigmoid, names, np.array([sigmoid.v_cap]))[0]
        case TabulatedSigmoid():
            return rate_gradient(sigmoid, names, np.array([_cap_of(sigmoid)]))[0]
    slopes = {"log_q_max": float(sigmoid.q_max), "q_max": 1.0}
    return np.array([slopes.get(name, 0.0) for name in names])


def _cap_of(sigmoid: TabulatedSigmoid) -> float:
    """Return the potential at which a table reaches what counts as its maximum, V."""
    share = min(1.0, sigmoid.q_max / float(sigmoid.rate[-1]))
    if share >= 1 - 1e-12:
        return float(sigmoid.v[-1])
    return float(TabulatedSigmoid(sigmoid.v, sigmoid.rate).quantile(share))


def quantile_gradient(sigmoid: Sigmoid, names: Sequence[str], heights: Array, v: Array) -> Array:
    """Return the derivatives (n, p) of the potentials ``v`` (n,; V) at fixed shares ``heights`` of q_max.

    Q(v) = p q_max defines v, so that dv = (p dq_max - dQ(v))/Q'(v).
    """
    top = np.outer(heights, maximum_gradient(sigmoid, names))
    return (top - rate_gradient(sigmoid, names, v)) / sigmoid.gain(v)[:, None]


def moved_kernel(kernel: Kernel, names: Sequence[str], values: Sequence[float]) -> Kernel:
    """Return the kernel with its named parameters at ``values``.

    A table takes ``area`` and ``mean_lag``: it is scaled and stretched.

    Raises
    ------
    ValueError
        If the names are not parameters of this kernel.
    """
    given = dict(zip(names, values, strict=True))
    if isinstance(kernel, TabulatedKernel):
        stretch = given.get("mean_lag", kernel.mean_lag) / kernel.mean_lag
        size = given.get("area", kernel.area) / kernel.area / stretch
        return TabulatedKernel(kernel.time * stretch, kernel.response * size)
    if {"rise", "decay"} <= set(given):
        return build_kernel("biexponential", {"area": kernel.area} | given)
    if "tau_1" in given:
        return build_kernel("cascade", {"area": kernel.area} | given)
    if "slow_share" in given:
        return build_kernel("mixture", {"area": kernel.area} | given)
    if not is_dataclass(kernel) or not set(given) <= {item.name for item in fields(kernel)}:
        raise ValueError(f"{type(kernel).__name__} has no parameters {', '.join(given)}; name fields of the kernel.")
    return replace(kernel, **given)  # type: ignore[type-var]


def moments(kernel: Kernel) -> Array:
    """Return area (V s), mean lag (s) and variance (s^2)."""
    return np.array([kernel.area, kernel.mean_lag, kernel.variance])


def _moved_moments(kernel: Kernel, names: Sequence[str], point: Array, step: Array, count: int) -> Array:
    return moments(moved_kernel(kernel, names, (point + count * step).tolist()))


def moment_gradient(kernel: Kernel, names: Sequence[str], values: Sequence[float]) -> Array:
    """Return the derivatives (3, q) of the moments by the named parameters, by central differences of fourth order."""
    point = np.array(values, dtype=float)
    columns = []
    for place in range(point.size):
        step = np.zeros(point.size)
        step[place] = _STEP * abs(point[place])
        moved = partial(_moved_moments, kernel, names, point, step)
        columns.append(difference(moved) / step[place])
    return np.stack(columns, -1) if columns else np.zeros((3, 0))
