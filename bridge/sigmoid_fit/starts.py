"""Where a fit begins: read off the isotonic regression of the rates."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from .families import Family
from .likelihood import CountData

Array = NDArray[np.floating]


def isotonic_rates(data: CountData) -> tuple[Array, Array]:
    """Return potentials in order (n,) and the best non-decreasing rates (n,; Hz)."""
    order = np.argsort(data.v)
    rate = data.count[order] / data.exposure[order]
    return data.v[order], np.asarray(isotonic_regression(rate, weights=data.exposure[order]).x)


def _crossing(v: Array, rate: Array, level: float) -> float:
    if rate[-1] <= level:
        return float(v[-1])
    above = int(np.argmax(rate > level))
    if above == 0:
        return float(v[0])
    low, high = rate[above - 1], rate[above]
    return float(v[above - 1] + (v[above] - v[above - 1]) * (level - low) / (high - low))


def starting_points(family: Family, data: CountData) -> list[Array]:
    """Return starts that differ in how far above the data q_max lies, and in shape."""
    v, rate = isotonic_rates(data)
    top = max(float(rate[-1]), 1e-3)
    multiples = (1.02, 2.0) if family.fixed_q_max is None else (1.0,)
    starts = []
    for multiple in multiples:
        q = family.fixed_q_max or top * multiple
        width = 0.5 * (_crossing(v, rate, 0.84 * q) - _crossing(v, rate, 0.16 * q))
        width = max(width, 0.05 * float(np.median(np.diff(v))), 1e-6)
        head = [np.log(q), _crossing(v, rate, 0.5 * q), np.log(width * family.scale_of_sd)]
        starts += [np.array([*head, shape]) for shape in family.shape_starts] or [np.array(head)]
    return starts
