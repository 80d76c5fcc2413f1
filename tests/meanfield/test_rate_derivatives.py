"""Derivatives of transfer functions: closed forms, the template in many digits, and small rates."""

from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import TransferTemplate
from mesobridge.meanfield.rate_derivatives import LOWEST_RATE, RELATIVE_STEP, rate_derivatives


def logistic(slopes: np.ndarray) -> Any:
    return lambda rates: 50 / (1 + np.exp(2 - rates @ slopes))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_closed_forms(count: int) -> None:
    rng = np.random.default_rng(count)
    slopes = rng.normal(0, 0.1, (count, count))
    rates = rng.uniform(1, 20, count)
    found = rate_derivatives([logistic(row) for row in slopes], rates)
    s = 1 / (1 + np.exp(2 - slopes @ rates))
    gradient = 50 * (s * (1 - s))[:, None] * slopes
    hessian = 50 * (s * (1 - s) * (1 - 2 * s))[:, None, None] * slopes[:, :, None] * slopes[:, None, :]
    assert_allclose(found.rate, 50 * s)
    # Fourth order: h^4/30 times the fifth derivative, h^4/90 times the sixth (mixed: a few times that), plus rounding.
    step, steep = RELATIVE_STEP * rates.max(), np.abs(slopes).max()
    assert_allclose(found.gradient, gradient, rtol=1e-10, atol=50 * step**4 * steep**5 / 30 + 1e-11)
    assert_allclose(found.hessian, hessian, rtol=1e-8, atol=50 * step**4 * steep**6 / 10 + 1e-9)


def exact_rate(e: Any, i: Any) -> Any:
    """The template with the regular-spiking coefficients, in 30 digits."""
    template = TransferTemplate.published("divolo2019-rs")
    p = [mpmath.mpf(x) for x in template.coefficients]
    g = [400 * e * mpmath.mpf("1.5e-9") * mpmath.mpf("5e-3"), 100 * i * mpmath.mpf("5e-9") * mpmath.mpf("5e-3")]
    leak, rest, reversal = mpmath.mpf("1e-8"), mpmath.mpf("-65e-3"), mpmath.mpf("-80e-3")
    whole = leak + g[0] + g[1]
    mu = (leak * rest + g[1] * reversal) / whole
    tau_m, tau_s = mpmath.mpf("2e-10") / whole, mpmath.mpf("5e-3")
    u = [mpmath.mpf("1.5e-9") / whole * -mu, mpmath.mpf("5e-9") / whole * (reversal - mu)]
    power = 400 * e * (u[0] * tau_s) ** 2 + 100 * i * (u[1] * tau_s) ** 2
    sigma, tau = mpmath.sqrt(power / (2 * (tau_s + tau_m))), tau_s + tau_m
    v, s, t = (mu + mpmath.mpf("0.06")) / mpmath.mpf("0.01"), (sigma - mpmath.mpf("0.004")) / mpmath.mpf("0.006"), 0
    t = tau / mpmath.mpf("0.02") - mpmath.mpf("0.5")
    terms = [1, v, s, t, v * v, s * s, t * t, v * s, v * t, s * t]
    threshold = sum(c * x for c, x in zip(p, terms, strict=True))
    return mpmath.erfc((threshold - mu) / (mpmath.sqrt(2) * sigma)) / (2 * tau)


@pytest.mark.parametrize("rates", [(4.0, 8.0), (10.0, 20.0), (2.0, 3.0)])
def test_the_template_against_many_digits(rates: tuple[float, float]) -> None:
    template = TransferTemplate.published("divolo2019-rs")
    found = rate_derivatives([template], rates[:1] + rates[1:])
    both = rate_derivatives([template.population(np.diag([400, 100]))] * 2, rates)
    with mpmath.workdps(30):
        orders = [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)]
        exact = [float(mpmath.diff(exact_rate, rates, order)) for order in orders]
        assert_allclose(found.rate[0], float(exact_rate(*map(mpmath.mpf, rates))), rtol=1e-13)
    assert_allclose(found.gradient[0], exact[0], rtol=1e-7)
    assert_allclose(both.gradient[0], exact[:2], rtol=1e-7)
    assert_allclose(both.hessian[0][[0, 0, 1], [0, 1, 1]], exact[2:], rtol=1e-7)
    assert_allclose(both.hessian[0], both.hessian[0].T)


def test_rates_below_the_floor_are_raised_to_it() -> None:
    found = rate_derivatives([lambda rates: np.sqrt(rates[..., 0])], [-1.0])
    assert_allclose(found.rate, np.sqrt(LOWEST_RATE))
    assert_allclose(found.gradient, 0.5 / np.sqrt(LOWEST_RATE), rtol=1e-7)


def test_external_rates_are_held() -> None:
    found = rate_derivatives([lambda rates: 2 * rates[..., 0] + 3 * rates[..., 1]], [1.0, 5.0])
    assert found.gradient.shape == (1, 1)
    assert_allclose([found.rate[0], found.gradient[0, 0]], [17.0, 2.0])
    assert_allclose(found.hessian, 0.0, atol=1e-9)
