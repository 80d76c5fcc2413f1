"""Planted truth comes back in each model's own numbers; conventions are those of the papers."""

import math

import numpy as np
import pytest

from mesobridge.bridge.calibration import CALIBRATIONS
from mesobridge.bridge.calibration.current_curve import current_curve, operating_current
from mesobridge.bridge.calibration.landmarks import landmarks_of
from mesobridge.meanfield import (
    AlphaKernel,
    CascadeKernel,
    CorticothalamicField,
    JansenRit,
    Liley,
    LogisticSigmoid,
    WilsonCowan,
)
from mesobridge.meanfield.conventions import (
    kernel_from_jansen,
    kernel_from_robinson,
    scale_from_liley_width,
    scale_from_steepness,
)

from .planted_population import planted

REST = -60e-3


def population_of(sigmoid, kernel, rate_of_input=1000.0):
    """Return a population whose potentials count from ``REST``."""
    v = REST + kernel.area * rate_of_input
    return planted(
        sigmoid, kernel, operating_v=v, operating_rate=float(sigmoid(v)), operating_input=rate_of_input,
        v_range=(v - 0.02, v + 0.02),
    )  # fmt: skip


def test_jansen_and_rit_get_their_own_numbers_back():
    truth = JansenRit.published()
    sigmoid = LogisticSigmoid(2 * truth.e0, REST + truth.v0, float(scale_from_steepness(truth.r)))
    model = CALIBRATIONS["jansen-rit"].calibrate(
        population_of(sigmoid, kernel_from_jansen(truth.A, truth.a), rate_of_input=200.0)
    )
    for name in ("A", "a", "e0", "v0", "r", "B", "b", "C", "C1", "C2", "C3", "C4"):
        assert getattr(model.instance, name) == pytest.approx(getattr(truth, name), rel=1e-9), name


def test_the_same_spectrum_comes_out_of_the_calibrated_column():
    truth = JansenRit.published()
    resting = truth.with_changed(p=50.0).resting_state()
    v = float(resting["potential"])
    kernel = kernel_from_jansen(truth.A, truth.a)
    sigmoid = LogisticSigmoid(2 * truth.e0, REST + truth.v0, float(scale_from_steepness(truth.r)))
    population = planted(
        sigmoid, kernel, operating_v=REST + v, operating_rate=float(sigmoid(REST + v)),
        operating_input=v / kernel.area, v_range=(REST - 0.01, REST + 0.02),
    )  # fmt: skip
    model = CALIBRATIONS["jansen-rit"].calibrate(population).instance
    assert model.p == pytest.approx(50.0, rel=1e-8), "the input that holds this state is found again"
    frequency = np.linspace(1, 40, 20)
    np.testing.assert_allclose(
        model.power_spectrum(frequency, resting.state),
        truth.with_changed(p=50.0).power_spectrum(frequency, resting.state),
        rtol=1e-7,
    )


def test_robinson_gets_his_own_numbers_back():
    truth = CorticothalamicField.published()
    sigmoid = LogisticSigmoid(truth.q_max, REST + truth.theta, truth.sigma)
    kernel = kernel_from_robinson(3e-6, truth.alpha, truth.beta)
    model = CALIBRATIONS["corticothalamic"].calibrate(population_of(sigmoid, kernel))
    for name in ("q_max", "theta", "sigma", "alpha", "beta", "gamma", "nu_ee", "nu_sr", "t0"):
        assert getattr(model.instance, name) == pytest.approx(getattr(truth, name), rel=1e-9), name


def test_the_input_of_the_published_field_is_found_again():
    truth = CorticothalamicField.published()
    state = truth.resting_state()
    v = float(state.state[0])
    sigmoid = LogisticSigmoid(truth.q_max, REST + truth.theta, truth.sigma)
    population = planted(
        sigmoid, kernel_from_robinson(3e-6, truth.alpha, truth.beta), operating_v=REST + v,
        operating_rate=float(state["Q_e"]), operating_input=v / 3e-6, v_range=(REST - 0.02, REST + 0.02),
    )  # fmt: skip
    assert CALIBRATIONS["corticothalamic"].calibrate(population).instance.phi_n == pytest.approx(truth.phi_n, rel=1e-7)


def test_liley_takes_absolute_potentials_and_the_force_at_rest():
    truth = Liley.published()
    sigmoid = LogisticSigmoid(truth.q_max_e, truth.theta_e, float(scale_from_liley_width(truth.width_e)))
    kernel = CascadeKernel(4e-6, (3e-3, 3e-3, 20e-3))
    population = population_of(sigmoid, kernel)
    model = CALIBRATIONS["liley"].calibrate(population).instance
    assert (model.q_max_e, model.theta_e, model.width_e) == pytest.approx(
        (truth.q_max_e, truth.theta_e, truth.width_e), rel=1e-9
    )
    assert (model.tau_e, model.rate_constant_e, model.rest_e) == pytest.approx((20e-3, 1 / 3e-3, REST), rel=1e-6)
    force = (model.reversal_e - population.operating_v) / (model.reversal_e - REST)
    area = math.e * model.peak_e / model.rate_constant_e * force
    assert area == pytest.approx(kernel.area, rel=1e-9)


def test_wilson_and_cowan_count_in_millivolts():
    sigmoid = LogisticSigmoid(40.0, REST + 12e-3, 2.5e-3)
    model = CALIBRATIONS["wilson-cowan"].calibrate(population_of(sigmoid, AlphaKernel(5e-6, 200.0))).instance
    assert (model.a_e, model.theta_e, model.tau_e) == pytest.approx((1 / 2.5, 12.0, 0.01), rel=1e-9)
    published = WilsonCowan.published()
    for name in ("c_ee", "c_ei"):
        assert getattr(model, name) * model.a_e == pytest.approx(getattr(published, name) * published.a_e)
    assert (model.c_ie, model.c_ii, model.a_i) == (published.c_ie, published.c_ii, published.a_i)


def test_a_current_curve_stands_for_itself():
    a, b, d = 3e11, 90.0, 0.12
    conductance = 20e-9

    class Curve:
        """The curve of abbott2005 over potentials, cut at 60 Hz."""

        q_max = 60.0

        def __call__(self, v):
            x = a * conductance * (np.asarray(v) - REST) - b + 1e-9
            return x / -np.expm1(-d * x)

        def gain(self, v):
            h = 1e-7
            return (self(np.asarray(v) + h) - self(np.asarray(v) - h)) / (2 * h)

        def quantile(self, p):
            grid = np.linspace(REST, REST + 0.05, 200_001)
            return np.interp(np.asarray(p) * self.q_max, self(grid), grid)

    kernel = AlphaKernel(5e-6, 100.0)
    v = REST + 0.014
    population = planted(
        Curve(), kernel, operating_v=v, operating_rate=float(Curve()(v)), operating_input=0.014 / kernel.area
    )
    marks = landmarks_of(population)
    found = current_curve(marks)
    assert (found.slope, found.offset, found.curvature) == pytest.approx((a, b, d), rel=1e-4)
    assert operating_current(marks) == pytest.approx(conductance * 0.014)
    assert float(found.rate(operating_current(marks))) == pytest.approx(marks.operating_rate, rel=1e-10)
    assert float(found.gain(operating_current(marks))) == pytest.approx(marks.operating_slope / conductance, rel=1e-10)
