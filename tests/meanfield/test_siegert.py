"""The Siegert integral against the integral of siegert1951 in 30 digits, over all its regimes."""

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield.siegert import erfcx_antiderivative, scaled_siegert

LIMITS = [
    (-1e4, -5e3), (-1e4, -9999.9), (-200.0, -3.0), (-6.4, -6.2), (-0.1, -1e-9), (-0.72, -7e-4), (-30.0, 0.0),
    (-5.0, 0.5), (-0.1, 0.1), (-200.0, 3.0), (-1.0, 26.0), (1e-6, 1.1e-6), (0.0, 0.5), (0.9, 0.900001), (2.0, 5.0),
    (25.0, 26.0), (25.9999, 26.0), (-1e3, 26.0),
]  # fmt: skip


def printed(lower: float, upper: float) -> float:
    """exp(-upper_+^2) times the integral of exp(u^2)(1 + erf u)."""
    with mpmath.workdps(30):
        nodes = [mpmath.mpf(x) for x in np.linspace(lower, upper, 9)]
        nodes[0], nodes[-1] = mpmath.mpf(lower), mpmath.mpf(upper)
        integral: Any = mpmath.quad(lambda u: mpmath.exp(u * u) * mpmath.erfc(-u), nodes)
        return float(integral * mpmath.exp(-(mpmath.mpf(max(upper, 0)) ** 2)))


@pytest.mark.parametrize(("lower", "upper"), LIMITS)
def test_equals_the_integral_in_thirty_digits(lower: float, upper: float) -> None:
    found = scaled_siegert(np.array([lower]), np.array([upper]))
    assert found[0] > 0
    assert_allclose(found, printed(lower, upper), rtol=1e-11)


def test_additivity_over_adjacent_intervals() -> None:
    edges = np.array([-40.0, -2.0, -0.3, 0.0, 0.4, 1.7, 4.0])
    top = edges[-1]
    pieces = scaled_siegert(edges[:-1].copy(), edges[1:].copy()) * np.exp(np.maximum(edges[1:], 0) ** 2 - top**2)
    assert_allclose(pieces.sum(), scaled_siegert(edges[:1], edges[-1:]), rtol=1e-13)


def test_antiderivative_joins_its_asymptotic_series() -> None:
    u = np.array([62.999, 63.001])
    with mpmath.workdps(30):
        integrals: Any = [mpmath.quad(lambda x: mpmath.exp(x * x) * mpmath.erfc(x), [0, 1, 5, 20, v]) for v in u]
    assert_allclose(erfcx_antiderivative(u), [float(value) for value in integrals], rtol=1e-14)


def test_antiderivative_rises() -> None:
    u = np.linspace(0, 80, 4001)
    assert np.all(np.diff(erfcx_antiderivative(u)) > 0)
    assert erfcx_antiderivative(u[:-1].reshape(2, -1)).shape == (2, 2000)


@pytest.mark.parametrize("start", [62.0, 63.0])
def test_antiderivative_grows_by_the_integral(start: float) -> None:
    with mpmath.workdps(30):
        area: Any = mpmath.quad(lambda x: mpmath.exp(x * x) * mpmath.erfc(x), [start, start + 1.5])
    ends = erfcx_antiderivative(np.array([start, start + 1.5]))
    assert_allclose(ends[1] - ends[0], float(area), rtol=1e-12)
