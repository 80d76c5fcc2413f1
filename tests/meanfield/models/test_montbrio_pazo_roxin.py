"""The exact mean field of quadratic cells against its quartic, its closed forms, and a network of such cells."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.optimize import brentq

from mesobridge.meanfield import MontbrioPazoRoxin, Turning, uncoupled_rate


def quartic_rates(delta, eta, coupling):
    """tau r at rest: v = -delta/(2 pi r) in v^2 + eta + J r - (pi r)^2 = 0, times r^2."""
    roots = np.roots([math.pi**2, -coupling, -eta, 0.0, -((delta / (2 * math.pi)) ** 2)])
    real = roots[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)].real
    return np.sort(real)


def eta_at_rest(rho, delta, coupling):
    return (math.pi * rho) ** 2 - coupling * rho - (delta / (2 * math.pi * rho)) ** 2


@given(delta=st.floats(0.1, 3), eta=st.floats(-20, 20), coupling=st.floats(-30, 30), tau=st.floats(1e-3, 1))
def test_all_steady_states_are_the_positive_roots_of_the_quartic(delta, eta, coupling, tau):
    expected = quartic_rates(delta, eta, coupling)
    if np.any(np.diff(expected) < 1e-4):
        return
    model = MontbrioPazoRoxin(tau=tau, delta=delta, eta=eta, coupling=coupling, current=0.0)
    found = [point["rate"] for point in model.fixed_points()]
    assert len(found) == len(expected) in (1, 3)
    assert_allclose(np.array(found) * tau, expected, rtol=1e-8)


@given(eta=st.floats(-50, 50), delta=st.floats(0.05, 5))
def test_uncoupled_cells_are_a_lorentzian_average_of_the_square_root(eta, delta):
    rate = float(uncoupled_rate(eta, delta=delta, tau=1.0))
    model = MontbrioPazoRoxin(tau=1.0, delta=delta, eta=eta, coupling=0.0, current=0.0)
    assert_allclose([point["rate"] for point in model.fixed_points()], [rate], rtol=1e-9)
    average = lorentzian_average(eta, delta)
    assert rate == pytest.approx(average, rel=1e-6)


def lorentzian_average(eta, delta):
    """Integral of sqrt(x)/pi over the Lorentzian, with x = y^2 and the tail beyond in closed form."""
    top = 1e3 * (abs(eta) + delta)
    inner = quad(
        lambda y: 2 * y * y / math.pi * delta / math.pi / ((y * y - eta) ** 2 + delta**2), 0, math.sqrt(top), limit=500,
        points=[math.sqrt(abs(eta))],
    )[0]  # fmt: skip
    root = math.sqrt(top)
    # For x far above eta the density is delta/(pi x^2) (1 + 2 eta/x + ...).
    tail = delta / math.pi**2 * (2 / root + 4 * eta / (3 * root**3))
    return inner + tail


def test_published_uncoupled_rate():
    assert float(uncoupled_rate(1.0, delta=1.0, tau="1 s")) == pytest.approx(0.349722, abs=5e-7)
    silent = float(uncoupled_rate(-1e8, delta=1.0, tau=1.0))
    assert silent == pytest.approx(1 / (2 * math.pi * 1e4), rel=1e-8)


def test_eigenvalues_are_those_of_the_jacobian_written_out():
    for point in MontbrioPazoRoxin.published().fixed_points():
        r, v = point.state
        jacobian = np.array([[2 * v, 2 * r], [15 - 2 * math.pi**2 * r, 2 * v]])
        assert_allclose(np.sort_complex(point.eigenvalues), np.sort_complex(np.linalg.eigvals(jacobian)), rtol=1e-12)


def test_time_is_measured_in_tau():
    slow, fast = MontbrioPazoRoxin.published(), MontbrioPazoRoxin.published(tau="10 ms")
    pairs = list(zip(slow.fixed_points(), fast.fixed_points(), strict=True))
    assert len(pairs) == 3
    for one, other in pairs:
        assert other["rate"] == pytest.approx(100 * one["rate"], rel=1e-10)
        assert_allclose(other.eigenvalues, 100 * one.eigenvalues, rtol=1e-9)


def test_folds_lie_where_the_excitability_is_stationary():
    def slope(rho):
        return 2 * math.pi**2 * rho - 15 + 1 / (2 * math.pi**2 * rho**3)

    expected = sorted(eta_at_rest(brentq(slope, *ends, xtol=1e-15), 1.0, 15.0) for ends in ((0.05, 0.3), (0.5, 1.0)))
    folds = MontbrioPazoRoxin.published().continuation("eta", (-8.0, -1.0)).folds
    assert_allclose([fold.value for fold in folds], expected, atol=1e-9)
    assert_allclose(expected, [-5.74352716, -3.13613409], atol=5e-9)


def test_the_cusp_is_at_minus_root_three():
    rho = (3 / 4) ** 0.25 / math.pi
    coupling = 2 * math.pi**2 * rho + 1 / (2 * math.pi**2 * rho**3)
    assert (rho, coupling) == pytest.approx((0.29622073, 7.79621704), abs=5e-9)
    assert eta_at_rest(rho, 1.0, coupling) == pytest.approx(-math.sqrt(3), abs=1e-12)
    beyond = MontbrioPazoRoxin.published(coupling=coupling - 0.01).continuation("eta", (-2.5, -1.0))
    assert beyond.folds == ()


def qif_network(cells, rate, seconds=40.0, dt=2e-3, width=1.0):
    """Mean rate and potential-free history of an all-to-all network of quadratic cells, tau = 1 s, from ``rate`` on.

    Between two steps the drive is constant and v' = v^2 + drive has the solution of a Moebius map, which carries a
    cell through infinity: threshold and reset at infinity are exact. Excitabilities are the quantiles of the
    Lorentzian; cells start as they are distributed at the rate. The first quarter settles.
    """
    rng = np.random.default_rng(6)
    eta = -5.0 + width * np.tan(np.pi / 2 * (2 * np.arange(1, cells + 1) - cells - 1) / (cells + 1))
    drive = eta + 15.0 * rate
    size = np.sqrt(np.abs(drive))
    v = np.where(drive > 0, size * np.tan(np.pi * (rng.uniform(size=cells) - 0.5)), -size)
    heard, spikes, steps = rate, [], int(seconds / dt)
    decay = math.exp(-dt / 0.02)
    for _ in range(steps):
        root = np.sqrt((eta + 15.0 * heard).astype(complex))
        cosine, sine = np.cos(root * dt).real, (np.sin(root * dt) / root).real
        below = cosine - v * sine
        v = (v * cosine + (root * root).real * sine) / below
        spikes.append(np.count_nonzero(below <= 0) / (cells * dt))
        heard = heard * decay + (1 - decay) * spikes[-1]
    return np.array(spikes[steps // 4 :])


@pytest.mark.slow
def test_a_network_has_both_stable_states_and_nears_them_with_its_size():
    low, _, high = (point["rate"] for point in MontbrioPazoRoxin.published().fixed_points())
    sizes = np.array([100, 400, 1600, 6400])
    for rate in (low, high):
        found = np.array([qif_network(int(cells), rate).mean() for cells in sizes])
        # N quantiles miss the tail of the Lorentzian, where cells fire with sqrt(eta): the rate falls N^(-1/2) short.
        order = np.polyfit(np.log(sizes), np.log(1 - found / rate), 1)[0]
        assert order == pytest.approx(-0.5, abs=0.12)
        assert 2 * found[-1] - found[-2] == pytest.approx(rate, rel=0.005)
    wrong = [qif_network(cells, low, width=1.1).mean() for cells in (400, 1600)]
    assert abs((2 * wrong[1] - wrong[0]) / low - 1) > 0.05


@pytest.mark.slow
def test_time_courses_approach_the_states_that_linear_theory_calls_stable():
    model = MontbrioPazoRoxin.published()
    node, saddle, focus = model.fixed_points()
    for share, end in ((0.999, node), (1.001, focus)):
        run = model.simulate(30.0, 1e-3, initial=saddle.state * np.array([share, 1.0]))
        assert float(run["rate"][-1]) == pytest.approx(end["rate"], rel=1e-4)


def test_a_wider_spread_raises_the_rate_at_every_excitability():
    eta = np.linspace(-30, 30, 61)
    assert np.all(uncoupled_rate(eta, delta=1.1, tau=1.0) > uncoupled_rate(eta, delta=1.0, tau=1.0))
    pivot = MontbrioPazoRoxin.published("uncoupled").pivots["delta"]
    assert (pivot.turning, pivot.exists) == (Turning.RAISES, False)
