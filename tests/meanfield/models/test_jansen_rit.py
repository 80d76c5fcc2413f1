import mpmath
import numpy as np
import pytest

from mesobridge.meanfield import JansenRit
from mesobridge.meanfield.kernels import AlphaKernel


def steady_input(y0):
    """The input at which the standard column rests at y0, with the equations as printed, in mV and many digits."""
    C, a, b, A, B = 135, 100, 50, mpmath.mpf("3.25"), 22
    e0, v0, r = mpmath.mpf("2.5"), 6, mpmath.mpf("0.56")

    def S(v):
        return 2 * e0 / (1 + mpmath.exp(r * (v0 - v)))

    y2 = B / mpmath.mpf(b) * C / 4 * S(mpmath.mpf(C) / 4 * y0)
    y1 = y2 + v0 - mpmath.log(2 * e0 * A / (a * y0) - 1) / r
    return a * y1 / A - mpmath.mpf("0.8") * C * S(C * y0)


@pytest.mark.parametrize(("bracket", "fold"), [((0.018, 0.024), 113.586273213), ((0.06, 0.07), -41.301410488)])
def test_folds_are_those_of_the_printed_equations_in_thirty_digits(bracket, fold):
    with mpmath.workdps(30):
        turn = mpmath.findroot(lambda y: mpmath.diff(steady_input, y), bracket, solver="anderson", tol=1e-18)
        exact = float(steady_input(turn))
    found = [point.value for point in JansenRit.published().continuation("p", (-60.0, 400.0)).folds]
    assert exact == pytest.approx(fold, abs=1e-9)
    assert min(abs(value - exact) for value in found) < 1e-8


def test_every_fixed_point_lies_on_the_printed_curve():
    for p in (0.0, 50.0, 120.0, 320.0):
        for point in JansenRit.published(p=p).fixed_points():
            assert float(steady_input(mpmath.mpf(1e3 * point["y0"]))) == pytest.approx(p, abs=1e-7)


def test_three_states_between_the_folds_one_outside():
    assert len(JansenRit.published(p=50.0).fixed_points()) == 3
    assert len(JansenRit.published(p=150.0).fixed_points()) == 1


def test_a_pulse_draws_the_alpha_kernel():
    """Without synapses among the populations, y1 follows the kernel of area A/a."""
    model, dt = JansenRit.published(C=0.0, p=0.0), 1e-4
    pulse = np.zeros(1000)
    pulse[0] = 1 / dt
    course = model.simulate(0.1, dt, inputs={"p": pulse}, initial=model.fixed_points()[0].state)
    kernel = AlphaKernel(model.A / model.a, model.a)
    rest = model.fixed_points()[0]["y1"]
    # The pulse lasts a step: its middle is half a step late.
    expected = kernel(np.maximum(course["time"].values - dt / 2, 0.0))
    assert np.allclose(course["y1"].values[5:] - rest, expected[5:], atol=2e-5 * float(expected.max()))


def test_units_are_checked():
    with pytest.raises(ValueError, match="dimension of Hz"):
        JansenRit.published(p="120 mV")
    with pytest.raises(ValueError, match=r"JansenRit\.A"):
        JansenRit.published(A="-1 mV")
