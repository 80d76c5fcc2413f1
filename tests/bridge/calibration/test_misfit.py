"""The stated costs are what quadrature says of the two curves and the two kernels."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from mesobridge.bridge.calibration import CALIBRATIONS
from mesobridge.bridge.calibration.misfit import (
    operating_range,
    resting_misfits,
    rms_rate_error,
    spectrum_error,
    static_misfits,
)
from mesobridge.meanfield import AlphaKernel, CappedSigmoid, CascadeKernel, TabulatedSigmoid, cutoff_frequency

from .planted_population import SIGMOID, SKEWED, planted


def test_the_rate_error_is_the_integral_of_the_squared_difference():
    population = planted(SKEWED)
    low, high = operating_range(population)
    integral, _ = quad(lambda v: float(SIGMOID(v) - SKEWED(v)) ** 2, low, high, epsrel=1e-10)
    assert rms_rate_error(population, SIGMOID) == pytest.approx(math.sqrt(integral / (high - low)), rel=1e-4)


def test_a_skewed_truth_costs_what_quadrature_says():
    population = planted(SKEWED)
    target: Any = CALIBRATIONS["jansen-rit"]
    model = target.calibrate(population)
    rate = target.reduced_of(model, population).rate
    integral, _ = quad(lambda v: float(rate(v) - SKEWED(v)) ** 2, *population.v_range, epsrel=1e-9)
    shape: Any = model.misfits[0]
    assert shape.rate_error == pytest.approx(math.sqrt(integral / np.ptp(population.v_range)), rel=1e-4)
    assert shape.rate_error > 0.3
    assert "has a skew of +0." in shape.sentence


def test_the_spectrum_error_is_an_integral_over_frequency():
    kernel, other = CascadeKernel(5e-6, (0.002, 0.005, 0.03)), AlphaKernel(5e-6, 2 / 0.037)
    cutoff = cutoff_frequency(kernel)
    integral, _ = quad(lambda f: (2 * math.log10(abs(other.transfer(f) / kernel.transfer(f)))) ** 2, 0, cutoff)
    assert spectrum_error(kernel, other) == pytest.approx(math.sqrt(integral / cutoff), rel=2e-2)
    assert spectrum_error(kernel, kernel) < 1e-14


def test_the_operating_range_ends_where_the_maximum_is_read():
    assert operating_range(planted(CappedSigmoid(SKEWED, -30e-3))) == (-60e-3, -30e-3)
    v = np.linspace(-60e-3, -20e-3, 41)
    table = TabulatedSigmoid(v, np.asarray(SKEWED(v)), cap=float(SKEWED(-30e-3)))
    assert operating_range(planted(table)) == pytest.approx((-60e-3, -30e-3), abs=1e-6)


def test_a_maximum_that_is_read_at_a_potential_is_said_to_be_one():
    capped = CappedSigmoid(SIGMOID, -36e-3)
    model = CALIBRATIONS["jansen-rit"].calibrate(
        planted(capped, sigmoid_names=("q_max", "theta", "sigma"), sigmoid_covariance=np.eye(3) * 1e-12)
    )
    said: Any = next(m for m in model.misfits if m.name == "definition of the maximal rate")
    assert "is what it reaches at -36.0 mV" in said.sentence
    assert said.rate_error > 1
    unbounded = CALIBRATIONS["dynamic-mean-field"].calibrate(
        planted(capped, sigmoid_names=(), sigmoid_covariance=np.zeros((0, 0)))
    )
    assert any(m.sentence.endswith("has no maximum.") for m in unbounded.misfits)


def test_the_speed_of_the_rate_is_a_misfit_of_every_model_where_it_was_measured():
    cutoff = cutoff_frequency(planted().kernel)
    ratio = np.array([[0.5 * cutoff, 0.9 * cutoff, 3 * cutoff], [10.0, 10.0, 1.0]])
    (misfit,) = static_misfits(planted(rate_ratio=ratio))
    assert misfit.spectrum_error == pytest.approx(2.0)
    assert not static_misfits(planted(rate_ratio=ratio[:, 2:])), "nothing below the cutoff"
    assert not static_misfits(planted())


def test_a_network_that_does_not_rest_at_the_operating_point_says_where_it_rests():
    states = [(2.0, "stable node", True), (5.0, "saddle", False), (20.0, "stable focus", True)]
    assert resting_misfits(states, 2.0) == ()
    (unstable,) = resting_misfits(states, 5.0)
    assert "steady state of the network, but unstable (saddle): it rests at 2 or 20 Hz" in unstable.sentence
    (absent,) = resting_misfits(states[1:2], 7.0)
    assert "is no steady state of the network: it has no stable state" in absent.sentence
