"""The conductance-like mass: one rest, found twice, unstable; its sigmoids and their pivots; what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import fsolve

from mesobridge.meanfield import Liley
from mesobridge.meanfield.conventions import liley_width_from_scale, scale_from_liley_width
from mesobridge.meanfield.sigmoids import LogisticSigmoid


def printed_rest(h):
    """Rates of change of (h_e, h_i) in mV with all synapses at rest, as the paper prints them (ms, mV)."""
    h_e, h_i = h
    rate_e = 0.5 / (1 + np.exp(-np.sqrt(2) * (h_e + 49) / 4.75))
    rate_i = 0.5 / (1 + np.exp(-np.sqrt(2) * (h_i + 41) / 5.25))
    i_ee, i_ei = (np.e * 1.22 * 0.99 * (3034 * rate_e + p) for p in (9.43, 8.742))
    i_ie = i_ii = np.e * 3.6 * 7.06 * 536 * rate_i
    return (
        -70 - h_e + (45 - h_e) / 115 * i_ee + (-90 - h_e) / 20 * i_ie,
        -70 - h_i + (45 - h_i) / 115 * i_ei + (-90 - h_i) / 20 * i_ii,
    )


def test_rest_solves_the_printed_equations_and_is_the_only_one():
    (point,) = Liley.published().fixed_points()
    found = {tuple(np.round(x, 9)) for x in multistart()}
    assert found == {tuple(np.round([1e3 * point["h_e"], 1e3 * point["h_i"]], 9))}


def multistart():
    for h_e in np.linspace(-88, 40, 9):
        for h_i in np.linspace(-88, 40, 9):
            x, _, done, _ = fsolve(printed_rest, (h_e, h_i), xtol=1e-14, full_output=True)
            if done == 1 and np.abs(printed_rest(x)).max() < 1e-9:
                yield x


def test_published_rest():
    (point,) = Liley.published().fixed_points()
    assert point["h_e"] == pytest.approx(-57.19973e-3, abs=5e-9)
    assert point["h_i"] == pytest.approx(-57.32541e-3, abs=5e-9)
    assert point["rate_e"] == pytest.approx(40.04, abs=5e-3)
    assert point["rate_i"] == pytest.approx(6.08, abs=5e-3)
    assert point.eigenvalues[0] == pytest.approx(254.9, abs=0.05)


def test_the_sigmoid_is_a_logistic_of_the_converted_scale():
    model = Liley.published()
    logistic = LogisticSigmoid(model.q_max_e, model.theta_e, float(scale_from_liley_width(model.width_e)))
    (point,) = model.fixed_points()
    assert point["rate_e"] == pytest.approx(float(logistic(point["h_e"])), rel=1e-12)
    assert float(liley_width_from_scale(logistic.sigma)) == pytest.approx(model.width_e)
    assert model.pivots["width_e"].position == logistic.pivots["sigma"].position
    assert model.pivots["width_e"].height == logistic.pivots["sigma"].height


def test_without_any_input_the_membranes_rest():
    counts = dict.fromkeys(("count_ee", "count_ei", "count_ie", "count_ii"), 0.0)
    quiet = Liley.published(**counts, p_ee=0.0, p_ei=0.0)
    (point,) = quiet.fixed_points()
    assert_allclose(point.state[:2], -0.07, rtol=1e-12)
    expected = sorted([-1 / 0.098, -1 / 0.034] + [-quiet.rate_constant_e] * 4 + [-quiet.rate_constant_i] * 4)
    assert_allclose(np.sort(np.linalg.eigvals(quiet.jacobian(point.state)).real), expected, rtol=1e-6)


def test_a_step_of_input_has_the_stated_peak():
    """One synapse: I answers a single spike with a peak of peak_e after 1/rate_constant."""
    model = Liley.published()
    linear = model.linearise(model.fixed_points()[0].state)
    a = model.rate_constant_e
    # Transfer p_ee -> I_ee without the loop: e peak a/(s + a)^2, whose impulse response peaks at peak after 1/a.
    block = linear.state[np.ix_([2, 6], [2, 6])]
    assert_allclose(block, [[0, 1], [-a * a, -2 * a]])
    assert linear.drive[6, 0] == pytest.approx(np.e * model.peak_e * a)


def test_a_rest_outside_the_reversal_potentials_is_refused():
    with pytest.raises(ValueError, match="rest_e"):
        Liley.published(rest_e="-95 mV")
