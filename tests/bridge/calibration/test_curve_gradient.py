"""Derivatives of curves by the coordinates that carry errors: against closed forms and refits of the same curve."""

import numpy as np
import pytest

from mesobridge.bridge.calibration.curve_gradient import (
    WORKING,
    maximum_gradient,
    moment_gradient,
    moved_kernel,
    quantile_gradient,
    rate_gradient,
    slope_gradient,
    working_point,
)
from mesobridge.meanfield import (
    AlphaKernel,
    BiexponentialKernel,
    CappedSigmoid,
    CascadeKernel,
    ExGaussianSigmoid,
    ExponentialKernel,
    GaussianSigmoid,
    LogisticSigmoid,
    MixtureKernel,
    RichardsSigmoid,
    TabulatedKernel,
    TabulatedSigmoid,
)

FAMILIES = [
    LogisticSigmoid(50.0, -0.04, 0.003),
    GaussianSigmoid(50.0, -0.04, 0.006),
    RichardsSigmoid(50.0, -0.04, 0.003, 0.4),
    ExGaussianSigmoid(50.0, -0.04, 0.003, 0.004),
    ExGaussianSigmoid(50.0, -0.04, 0.003, -0.002),
]
V = np.linspace(-0.055, -0.028, 23)


def rebuilt(sigmoid, point):
    family, _ = working_point(sigmoid)
    return family.build(point)


@pytest.mark.parametrize("sigmoid", FAMILIES, ids=lambda s: type(s).__name__)
def test_the_working_point_of_a_sigmoid_builds_it_again(sigmoid):
    _, point = working_point(sigmoid)
    np.testing.assert_allclose(rebuilt(sigmoid, point)(V), sigmoid(V), rtol=1e-12)


@pytest.mark.parametrize("sigmoid", FAMILIES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("capped", [False, True])
def test_every_gradient_is_the_difference_of_two_curves(sigmoid, capped):
    _, point = working_point(sigmoid)
    names = WORKING[: point.size]
    heights = np.array([0.1, 0.5, 0.8])

    def curve(at):
        whole = rebuilt(sigmoid, at)
        return CappedSigmoid(whole, -0.028) if capped else whole

    here = curve(point)
    found = {
        "rate": rate_gradient(here, names, V),
        "slope": slope_gradient(here, names, V, 0.003),
        "q_max": maximum_gradient(here, names)[None],
        "quantile": quantile_gradient(here, names, heights, here.quantile(heights)),
    }
    for place in range(point.size):
        step = 1e-5 * np.eye(point.size)[place] * (1e-2 if names[place] == "location" else 1.0)
        above, below = curve(point + step), curve(point - step)
        size = 2 * step[place]
        expected = {
            "rate": (above(V) - below(V)) / size,
            "slope": (above.gain(V) - below.gain(V)) / size,
            "q_max": np.array([(above.q_max - below.q_max) / size]),
            "quantile": (above.quantile(heights) - below.quantile(heights)) / size,
        }
        for what, values in expected.items():
            scale = np.abs(values).max() + np.abs(found[what]).max()
            np.testing.assert_allclose(found[what][:, place], values, atol=2e-5 * scale, err_msg=f"{what} {place}")


def test_a_table_moves_with_each_of_its_knots():
    v = np.linspace(-0.06, -0.03, 12)
    rate = 50 / (1 + np.exp(-(v + 0.045) / 0.004))
    names = tuple(f"rate_{k}" for k in range(v.size))
    table = TabulatedSigmoid(v, rate)
    at = np.array([-0.0512, -0.0447, -0.0399])
    found, slopes = rate_gradient(table, names, at), slope_gradient(table, names, at, 0.004)
    heights = np.array([0.3, 0.6])
    quantiles = quantile_gradient(table, names, heights, table.quantile(heights))
    for knot in range(v.size):
        step = 1e-4 * np.eye(v.size)[knot]
        above, below = TabulatedSigmoid(v, rate + step), TabulatedSigmoid(v, rate - step)
        np.testing.assert_allclose(found[:, knot], (above(at) - below(at)) / 2e-4, atol=1e-6)
        np.testing.assert_allclose(slopes[:, knot], (above.gain(at) - below.gain(at)) / 2e-4, atol=1e-3)
        np.testing.assert_allclose(
            quantiles[:, knot], (above.quantile(heights) - below.quantile(heights)) / 2e-4, atol=1e-9
        )


def test_the_gradient_of_a_step_off_the_table_is_not_taken_for_that_of_another():
    table = TabulatedSigmoid(np.linspace(-0.06, -0.03, 5), np.array([0.0, 5.0, 20.0, 35.0, 40.0]))
    with pytest.raises(ValueError, match="3 coordinates for 5 knots; name one per knot"):
        rate_gradient(table, ("a", "b", "c"), V)
    with pytest.raises(ValueError, match="has no coordinates kappa"):
        rate_gradient(FAMILIES[0], ("kappa",), V)


KERNELS = [
    (AlphaKernel(5e-6, 100.0), ("area", "rate"), (5e-6, 100.0)),
    (ExponentialKernel(5e-6, 0.01), ("area", "tau"), (5e-6, 0.01)),
    (BiexponentialKernel(5e-6, 0.003, 0.02), ("area", "rise", "decay"), (5e-6, 0.003, 0.02)),
    (
        CascadeKernel(5e-6, (0.002, 0.005, 0.02)),
        ("area", "tau_1", "tau_2", "tau_3"),
        (5e-6, 0.002, 0.005, 0.02),
    ),
]


def moments_in_closed_form(kernel, values):
    _, *times = values
    if isinstance(kernel, AlphaKernel):
        rate = times[0]
        return np.array([[1, 0], [0, -2 / rate**2], [0, -4 / rate**3]])
    ones, squares = np.ones(len(times)), 2 * np.array(times)
    return np.array([[1, *np.zeros(len(times))], [0, *ones], [0, *squares]])


@pytest.mark.parametrize(("kernel", "names", "values"), KERNELS, ids=lambda x: type(x).__name__)
def test_moments_of_a_cascade_move_as_sums_of_time_constants(kernel, names, values):
    found = moment_gradient(kernel, names, values)
    np.testing.assert_allclose(found, moments_in_closed_form(kernel, values), rtol=1e-8, atol=1e-12)


def test_a_mixture_is_rebuilt_from_the_parameters_of_its_fit():
    fast, slow = CascadeKernel(1.0, (0.003, 0.015)), CascadeKernel(1.0, (0.001, 0.08, 0.015))
    mixture = MixtureKernel((4e-6, 1e-6), (fast, slow))
    names = ("area", "slow_share", "fast_decay", "slow_rise", "slow_decay", "membrane")
    values = (5e-6, 0.2, 0.003, 0.001, 0.08, 0.015)
    time = np.linspace(0, 0.3, 50)
    np.testing.assert_allclose(moved_kernel(mixture, names, values)(time), mixture(time), rtol=1e-9, atol=1e-15)
    by_share = moment_gradient(mixture, names, values)[1, 1]
    assert by_share == pytest.approx(slow.mean_lag - fast.mean_lag, rel=1e-8)


def test_a_tabulated_kernel_is_scaled_and_stretched():
    time = np.linspace(0, 0.2, 400)
    table = TabulatedKernel(time, AlphaKernel(5e-6, 100.0)(time))
    moved = moved_kernel(table, ("area", "mean_lag"), (6e-6, 0.03))
    assert moved.area == pytest.approx(6e-6, rel=1e-12)
    assert moved.mean_lag == pytest.approx(0.03, rel=1e-12)
    assert np.sqrt(moved.variance) / moved.mean_lag == pytest.approx(np.sqrt(table.variance) / table.mean_lag)
