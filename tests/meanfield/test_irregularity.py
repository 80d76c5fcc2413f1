"""The coefficient of variation of the LIF cell: reference values and limits."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import erfcx

from mesobridge.meanfield import irregularity, lif_cv, lif_rate

CELL: dict[str, Any] = {"tau_m": 20e-3, "tau_ref": 2e-3, "v_threshold": 20e-3, "v_reset": 10e-3}


def test_reference_values() -> None:
    mu, sigma = np.array([14, 16, 18, 20, 22, 40]) * 1e-3, np.array([5, 4, 3, 6, 0.5, 5]) * 1e-3
    expected = [0.8636544, 0.7694140, 0.6233914, 0.6301824, 0.0894836, 0.2515601]
    assert_allclose(lif_cv(mu, sigma, **CELL), expected, atol=6e-8)


def test_rare_spikes_are_poisson() -> None:
    assert_allclose(lif_cv(-20e-3, 4e-3, **CELL), 1.0, atol=1e-6)


def test_dead_time_enters_through_the_rate_alone() -> None:
    free, dead = ({**CELL, "tau_ref": t} for t in (0.0, 5e-3))
    ratio = lif_cv(18e-3, 4e-3, **dead) / lif_cv(18e-3, 4e-3, **free)
    assert_allclose(ratio, 1 - lif_rate(18e-3, 4e-3, **dead) * 5e-3, rtol=1e-10)


def test_weak_noise_limit_is_approached() -> None:
    mu, cell = 25e-3, CELL
    errors = []
    for sigma in (1e-3, 3e-4, 1e-4):
        limit = lif_rate(mu, sigma, **cell) * 20e-3 * np.sqrt(sigma**2 / 2 * (5e-3**-2 - 15e-3**-2))
        errors.append(abs(lif_cv(mu, sigma, **cell) / limit - 1))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-3


def test_independent_double_quadrature() -> None:
    mu, sigma = 15e-3, 6e-3
    lower, upper = (10e-3 - mu) / sigma, (20e-3 - mu) / sigma

    def inner(x: float) -> float:
        return quad(lambda u: np.exp(-(u**2)) * erfcx(-u) ** 2, -np.inf, x, epsabs=0, epsrel=1e-11)[0]

    double = quad(lambda x: np.exp(x**2) * inner(x), lower, upper, epsabs=0, epsrel=1e-10)[0]
    expected = np.sqrt(2 * np.pi * double) * lif_rate(mu, sigma, **CELL) * 20e-3
    assert_allclose(lif_cv(mu, sigma, **CELL), expected, rtol=1e-9)


def test_order_of_the_quadrature_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    upper = np.sinh(rng.uniform(-10, 3.9, 1000))
    lower = upper - 10 ** rng.uniform(-4, 5, 1000)
    coarse = irregularity._scaled_outer(lower, upper)
    monkeypatch.setattr(irregularity, "_ORDER", 120)
    monkeypatch.setattr(irregularity, "_DEPTH", 30.0)
    assert np.all(coarse > 0)
    assert_allclose(coarse, irregularity._scaled_outer(lower, upper), rtol=1e-11)


def test_perfect_integrator_limit() -> None:
    """With a drift and no leak intervals are inverse Gaussian: CV^2 = spread^2/(drift distance), spread in V/sqrt s."""
    drift, spread = 1.5, 0.02
    gaps = []
    for tau in (10.0, 100.0):
        found = lif_cv(drift * tau, spread * np.sqrt(tau), tau_m=tau, tau_ref=0, v_threshold=20e-3, v_reset=10e-3)
        gaps.append(abs(found / np.sqrt(spread**2 / (drift * 10e-3)) - 1))
    assert_allclose(gaps[0] / gaps[1], 10, rtol=0.05)


@pytest.mark.parametrize(("mu", "sigma"), [(0.1, 1e-9), (-1.0, 4e-3), (0.02, 1e-6), (0.02, 1e3), (1e3, 1e-3)])
def test_finite_at_the_ends_of_the_range(mu: float, sigma: float) -> None:
    found = lif_cv(mu, sigma, **CELL)
    assert np.isfinite(found)
    assert found > 0


@given(mu=st.floats(-0.05, 0.06), sigma=st.floats(1e-3, 2e-2), shift=st.floats(-0.1, 0.1), factor=st.floats(0.1, 10))
def test_symmetries(mu: float, sigma: float, shift: float, factor: float) -> None:
    """Neither the zero of the potential, nor its unit, nor that of time is seen by a ratio."""
    cell = {
        "tau_m": 20e-3 * factor, "tau_ref": 2e-3 * factor,
        "v_threshold": (20e-3 + shift) * factor, "v_reset": (10e-3 + shift) * factor,
    }  # fmt: skip
    assert_allclose(lif_cv((mu + shift) * factor, sigma * factor, **cell), lif_cv(mu, sigma, **CELL), rtol=1e-9)


def test_quantities_with_units_are_taken() -> None:
    text = {"tau_m": "20 ms", "tau_ref": "2 ms", "v_threshold": "20 mV", "v_reset": "10 mV"}
    assert_allclose(lif_cv("16 mV", "4 mV", **text), lif_cv(16e-3, 4e-3, **CELL), rtol=1e-12)
