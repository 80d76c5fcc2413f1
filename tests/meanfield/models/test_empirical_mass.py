"""The model built from estimates: exact filtering, its echo, steady states, small signals, and refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    AlphaKernel,
    CascadeKernel,
    EmpiricalMass,
    ExGaussianSigmoid,
    Feedback,
    GammaKernel,
    Kernel,
    LogisticSigmoid,
    TabulatedKernel,
)
from mesobridge.meanfield.models.feedback_loop import FeedbackLoop

EXCITATORY = CascadeKernel(4e-6, (3e-3, 15e-3))
INHIBITORY = AlphaKernel(-6e-6, 100.0)
MASS = EmpiricalMass(
    ExGaussianSigmoid(100.0, -50e-3, 3e-3, 2e-3),
    {"excitatory": EXCITATORY, "inhibitory": INHIBITORY},
    -55e-3,
    {"excitatory": 1000.0, "inhibitory": 500.0},
)


def test_at_rest_nothing_moves() -> None:
    found = MASS.respond({"excitatory": np.full(50, 1000.0)}, 1e-3)
    assert_allclose(found.v, -55e-3, rtol=1e-12)
    assert_allclose(found.rate, MASS.operating_rate, rtol=1e-9)


def test_a_step_follows_the_integral_of_the_kernel() -> None:
    found = MASS.respond({"excitatory": np.full(400, 1300.0)}, 1e-3)
    t = 1e-3 * np.arange(1, 401)
    assert_allclose(found.v, -55e-3 + 300 * EXCITATORY.step_response(t), rtol=1e-11)
    assert_allclose(found.v[-1], MASS.steady_v({"excitatory": 1300.0}), rtol=1e-8)


def test_the_step_of_time_does_not_matter_for_held_inputs() -> None:
    coarse = np.random.default_rng(3).uniform(500, 1500, 60)
    slow = MASS.respond({"excitatory": coarse}, 2e-3).v
    fast = MASS.respond({"excitatory": np.repeat(coarse, 20)}, 1e-4).v[19::20]
    assert np.ptp(slow) > 1e-4
    assert_allclose(slow, fast, rtol=1e-10)


def test_small_signals_are_gain_times_transfer() -> None:
    frequency, t = 20.0, 1e-4 * np.arange(1, 6001)
    found = MASS.respond({"excitatory": 1000 + 1.0 * np.sin(2 * np.pi * frequency * (t - 0.5e-4))}, 1e-4)
    transfer = EXCITATORY.transfer(frequency) * MASS.sigmoid.gain(-55e-3)
    expected = np.abs(transfer) * np.sin(2 * np.pi * frequency * t + np.angle(transfer))
    late = t > 0.3
    assert_allclose((found.rate - MASS.operating_rate)[late], expected[late], atol=2e-3 * float(np.abs(transfer)))


def test_channels_add_before_the_sigmoid() -> None:
    rng = np.random.default_rng(5)
    e, i = rng.uniform(800, 1200, (2, 3, 80))
    both = MASS.respond({"excitatory": e, "inhibitory": i / 2}, 1e-3).v
    apart = MASS.respond({"excitatory": e}, 1e-3).v + MASS.respond({"inhibitory": i / 2}, 1e-3).v + 55e-3
    assert both.shape == (3, 80)
    assert_allclose(both, apart, rtol=1e-12)


def test_a_tabulated_kernel_gives_the_same_response() -> None:
    t = np.linspace(0, 0.3, 6001)
    table = EmpiricalMass(
        MASS.sigmoid, {"excitatory": TabulatedKernel(t, EXCITATORY(t))}, -55e-3, {"excitatory": 1000.0}
    )
    drive = {"excitatory": np.random.default_rng(2).uniform(500, 1500, 200)}
    assert_allclose(table.respond(drive, 1e-3).v, MASS.respond(drive, 1e-3).v, atol=1e-8)


def test_gain_is_slope_times_area() -> None:
    step = 1e-3
    rates = [MASS.sigmoid(MASS.steady_v({"excitatory": 1000.0 + s})) for s in (step, -step)]
    assert_allclose(MASS.gain("excitatory"), (rates[0] - rates[1]) / (2 * step), rtol=1e-6)
    assert MASS.gain("inhibitory") < 0


def test_unknown_channels_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="no channel 'dopamine'"):
        MASS.respond({"dopamine": np.zeros(3)}, 1e-3)
    with pytest.raises(ValueError, match="one length"):
        MASS.respond({"excitatory": np.zeros(3), "inhibitory": np.zeros(4)}, 1e-3)
    with pytest.raises(ValueError, match="positive step"):
        MASS.respond({"excitatory": np.zeros(3)}, 0.0)
    with pytest.raises(ValueError, match="for every channel"):
        EmpiricalMass(MASS.sigmoid, {"excitatory": EXCITATORY}, -55e-3, {})


# The population hears itself.

SIGMOID = LogisticSigmoid(100.0, -50e-3, 3e-3)
FAST, SLOW = AlphaKernel(4e-6, 200.0), AlphaKernel(-6e-6, 100.0)


def excited(count: float = 60.0, delay: float = 0.0, kernel: Kernel = FAST) -> EmpiricalMass:
    kernels = {"e": kernel, "i": SLOW}
    return EmpiricalMass(SIGMOID, kernels, -60e-3, {"e": 3000.0, "i": 500.0}, {"e": Feedback(count, delay)})


def inhibited(count: float = 50.0, delay: float = 0.01, kernel: Kernel = SLOW) -> EmpiricalMass:
    kernels = {"e": FAST, "i": kernel}
    return EmpiricalMass(SIGMOID, kernels, -50e-3, {"e": 3000.0, "i": 3000.0}, {"i": Feedback(count, delay)})


def test_all_steady_states_are_crossings_of_the_sigmoid_and_a_line() -> None:
    mass = excited()
    points = mass.fixed_points()
    v = np.linspace(-0.1, 0.0517, 300_001)
    line = (v + 60e-3) / (FAST.area * 60) + mass.operating_rate
    crossings = np.flatnonzero(np.diff(np.sign(SIGMOID(v) - line)))
    assert len(points) == len(crossings) == 3
    assert_allclose([point["v"] for point in points], v[crossings], atol=1e-6)
    assert points[0]["v"] == pytest.approx(mass.operating_v, abs=1e-14)
    assert [point.stability.value for point in points] == ["stable node", "saddle", "stable node"]


@pytest.mark.parametrize("count", [10.0, 60.0])
def test_eigenvalues_of_an_alpha_kernel_are_known_in_closed_form(count: float) -> None:
    """1 = g n area a^2/(a + s)^2: s = a (-1 +- sqrt(g n area)); the open channel keeps its own poles."""
    for point in excited(count).fixed_points():
        gain = float(SIGMOID.gain(point["v"])) * count * FAST.area
        expected = [200 * (-1 + np.sqrt(gain)), 200 * (-1 - np.sqrt(gain)), -100.0, -100.0]
        assert_allclose(np.sort(np.real(point.eigenvalues)), np.sort(expected), atol=2e-5)
        assert point.stability.stable == (gain < 1)


@pytest.mark.parametrize("mass", [excited(60.0, 5e-3), inhibited()])
def test_eigenvalues_with_a_delay_are_zeros_of_the_characteristic_function(mass: EmpiricalMass) -> None:
    (name, echo), slope = next(iter(mass.feedback.items())), float(SIGMOID.gain(mass.operating_v))
    kernel, poles = FAST if name == "e" else SLOW, {-200.0, -100.0}
    values = [s for s in mass.eigenvalues(number=6) if not any(abs(s - pole) < 1e-3 for pole in poles)]
    assert len(values) >= 3
    for s in values:
        closed = 1 - slope * echo.count * kernel.area * kernel.rate**2 / (kernel.rate + s) ** 2 * np.exp(
            -s * echo.delay
        )
        assert abs(closed) < 1e-8


def test_a_table_has_the_rightmost_eigenvalues_of_the_kernel_it_is_made_from() -> None:
    t = np.linspace(0, 0.25, 5001)
    table, smooth = inhibited(kernel=TabulatedKernel(t, SLOW(t))), inhibited()
    found, expected = table.eigenvalues(number=2), smooth.eigenvalues(number=2)
    assert expected[0].imag != 0
    assert_allclose(found, expected, rtol=2e-5)
    with pytest.raises(ValueError, match="kernel of 'i' is a TabulatedKernel"):
        table.jacobian()


def test_a_gamma_kernel_of_broken_shape_lies_between_its_neighbours() -> None:
    leading = [
        excited(kernel=GammaKernel(4e-6, shape, 5e-3)).eigenvalues([-50e-3], number=1)[0].real
        for shape in (2.0, 2.0001, 2.5, 3.0)
    ]
    assert leading[1] == pytest.approx(leading[0], rel=1e-3)
    assert leading[0] > leading[2] > leading[3] > 0


@settings(deadline=None, max_examples=25)
@given(count=st.floats(0.01, 150), delay=st.floats(0, 0.03), v=st.floats(-0.07, -0.04))
def test_nyquist_counts_the_unstable_eigenvalues(count: float, delay: float, v: float) -> None:
    mass = inhibited(0.0, 0.0)
    loop = FeedbackLoop(("i",), (SLOW,), (count,), (delay,))
    slope = float(mass.sigmoid.gain(v))
    values = loop.eigenvalues(slope, 6)
    if np.min(np.abs(values.real), initial=np.inf) > 0.5:
        assert loop.unstable(slope) == len({complex(s.round(4)) for s in values[values.real > 0]})


def test_jacobians_are_the_stages_of_the_kernels() -> None:
    mass = excited(60.0, 5e-3)
    now, late = mass.jacobians()
    assert now.shape == (4, 4)
    assert late.shape == (1, 4, 4)
    heard = float(SIGMOID.gain(-60e-3)) * 60 * 200 * np.array([0, FAST.area, 0, SLOW.area])
    assert_allclose(late[0, 0], heard)
    assert_allclose(mass.jacobian(), now + late[0])
    assert_allclose(excited().jacobian()[0], mass.jacobian()[0])


def test_transfer_of_the_closed_loop_is_that_of_the_linear_system() -> None:
    frequency = np.array([0.0, 3.0, 20.0, 150.0])
    for mass in (excited(10.0, 5e-3), inhibited()):
        linear = mass.linearise().transfer(2j * np.pi * frequency)
        for column, channel in enumerate(mass.kernels):
            assert_allclose(mass.transfer(frequency, input=channel), linear[:, 0, column], rtol=1e-9)
            assert_allclose(mass.transfer(frequency, output="v", input=channel), linear[:, 1, column], rtol=1e-9)
    assert_allclose(
        inhibited().power_spectrum(frequency, noise=30.0), 1800 * np.abs(inhibited().transfer(frequency)) ** 2
    )


def test_the_zero_frequency_transfer_is_the_slope_of_the_steady_state() -> None:
    mass = excited(10.0)
    ends = [mass.fixed_points({"e": mass.external_inputs["e"] + step})[0]["rate"] for step in (0.01, -0.01)]
    assert mass.transfer(0.0).real == pytest.approx((ends[0] - ends[1]) / 0.02, rel=1e-7)
    assert mass.transfer(0.0).real > mass.gain("e")


@pytest.mark.parametrize("mass", [excited(20.0, 3.3e-3), inhibited(30.0, 4.7e-3), excited(20.0)])
def test_simulation_with_feedback_converges_with_the_square_of_the_step(mass: EmpiricalMass) -> None:
    def end(dt: float) -> float:
        steps = round(0.1 / dt)
        drive = {"e": np.full(steps, mass.external_inputs["e"] + 400.0)}
        return float(mass.respond(drive, dt).v[-1])

    steps = np.array([2e-3, 1e-3, 5e-4])
    errors = [abs(end(dt) - end(3.125e-5)) for dt in steps]
    order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert errors[-1] > 0
    assert order == pytest.approx(2, abs=0.35)


def test_simulation_settles_at_a_steady_state_and_leaves_an_unstable_one() -> None:
    mass = excited()
    low, middle, high = mass.fixed_points({"e": mass.external_inputs["e"]})
    kick = np.where(np.arange(600) < 60, 2500.0, 0.0)
    run = mass.simulate({"e": mass.external_inputs["e"] + kick}, 1e-3)
    assert float(run["rate"][-1]) == pytest.approx(high["rate"], rel=1e-6)
    assert run["v"].attrs["units"] == "V"
    weak = mass.respond({"e": mass.external_inputs["e"] + 0.05 * kick}, 1e-3)
    assert weak.rate[-1] == pytest.approx(low["rate"], rel=1e-6)
    assert low["rate"] < middle["rate"] < high["rate"]


def test_a_hopf_point_is_where_the_simulated_echo_stops_decaying() -> None:
    branches = inhibited(50.0).continuation("i.count", (0.0, 60.0))
    (hopf,) = branches.hopfs
    swings = []
    for count in (0.97 * hopf.value, 1.03 * hopf.value):
        # The input from outside stays; the operating input, which includes the echo, grows with the count.
        mass = inhibited(50.0)
        own = (count - 50.0) * mass.operating_rate
        more = EmpiricalMass(
            SIGMOID, mass.kernels, -50e-3, {**mass.operating_inputs, "i": mass.operating_inputs["i"] + own},
            {"i": Feedback(count, 0.01)},
        )  # fmt: skip
        eigenvalues = more.eigenvalues([float(hopf.state[0])], 1)
        swings.append(float(eigenvalues[0].real))
        assert abs(eigenvalues[0].imag) / (2 * np.pi) == pytest.approx(hopf.frequency, rel=0.02)
    assert swings[0] < 0 < swings[1]


def test_folds_are_where_the_loop_gain_passes_one() -> None:
    mass = excited()
    branches = mass.continuation("e", (0.0, 6000.0))
    assert len(branches.folds) == 2
    for fold in branches.folds:
        v = float(fold.state[0])
        assert float(SIGMOID.gain(v)) * 60 * FAST.area == pytest.approx(1, rel=1e-10)
    low, high = (fold.value for fold in branches.folds)
    counts = [len(mass.fixed_points({"e": value})) for value in (low - 1, low + 1, high - 1, high + 1)]
    assert counts == [1, 3, 3, 1]
    (branch,) = branches.branches
    assert set(np.unique(branch["unstable"])) == {0, 1}
    assert_allclose([branch["e"][0], branch["e"][-1]], [0, 6000], atol=1e-6)
    (turn,) = mass.continuation("e.count", (0.0, 100.0)).folds
    v = float(turn.state[0])
    assert float(SIGMOID.gain(v)) * turn.value * FAST.area == pytest.approx(1, rel=1e-10)


def test_feedback_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="carries more than its operating input"):
        excited(2000.0)
    with pytest.raises(ValueError, match="no channel 'x'"):
        EmpiricalMass(SIGMOID, {"e": FAST}, -60e-3, {"e": 3000.0}, {"x": Feedback(1.0)})
    with pytest.raises(ValueError, match="several steady potentials"):
        excited().steady_v({"e": 1.0})
    with pytest.raises(ValueError, match=r"no parameter 'e\.delay'"):
        excited().continuation("e.delay", (0.0, 1.0))
    with pytest.raises(ValueError, match="no output 'current'"):
        excited().transfer(1.0, output="current")


def test_without_feedback_there_is_one_stable_state_and_the_kernels_poles() -> None:
    (point,) = MASS.fixed_points()
    assert point["v"] == pytest.approx(MASS.operating_v)
    assert_allclose(np.sort(np.real(point.eigenvalues)), np.sort([-1 / 3e-3, -1 / 15e-3, -100, -100]), rtol=1e-6)
    t = np.linspace(0, 0.1, 101)
    table = EmpiricalMass(SIGMOID, {"e": TabulatedKernel(t, FAST(t))}, -60e-3, {"e": 100.0})
    (alone,) = table.fixed_points()
    assert alone.stability.stable
    assert alone.eigenvalues.size == 0


def test_the_model_turns_where_its_sigmoid_turns() -> None:
    assert excited().pivots == SIGMOID.pivots
    assert excited().pivots["sigma"].position == SIGMOID.theta


def fractional(delay: float) -> EmpiricalMass:
    """Return a population that hears itself late through a kernel without a finite state, unstable in the middle."""
    kernel, echo = GammaKernel(2e-5, 1.5, 5e-3), Feedback(200.0, delay)
    return EmpiricalMass(LogisticSigmoid(100.0, 15e-3, 3e-3), {"e": kernel}, 10e-3, {"e": 8000.0}, {"e": echo})


@pytest.mark.parametrize("delay", [5e-3, 20e-3, 0.3])
def test_fixed_points_of_a_late_fractional_echo_solve_their_equation(delay: float) -> None:
    mass = fractional(delay)
    points = mass.fixed_points()
    assert len(points) == 3
    for point in points:
        slope = float(mass.sigmoid.gain(point["v"]))
        assert_allclose(slope * mass.loop.returned(point.eigenvalues), 1.0, atol=1e-8)
        unstable = np.count_nonzero(point.eigenvalues.real > 0)
        assert unstable == min(mass.loop.unstable(slope), len(point.eigenvalues))
    assert len(points[1].eigenvalues) >= 5


def test_a_spectrum_about_an_unstable_state_is_refused() -> None:
    mass = fractional(20e-3)
    middle = mass.fixed_points()[1]
    with pytest.raises(ValueError, match="the state is unstable, a small push grows at 111 /s"):
        mass.power_spectrum([1.0, 10.0], state=middle.state)
    assert np.all(np.isfinite(mass.transfer([1.0, 10.0], state=middle.state)))


@pytest.mark.parametrize("state", [[np.nan], [1e-3, 2e-3], []])
def test_a_state_that_is_not_one_potential_is_refused(state: list[float]) -> None:
    with pytest.raises(ValueError, match="not one potential"):
        MASS.eigenvalues(state)


def test_quantities_with_units_describe_a_mass() -> None:
    rates = {"excitatory": "1 kHz", "inhibitory": 500.0}
    same = EmpiricalMass(MASS.sigmoid, MASS.kernels, "-55 mV", rates)  # type: ignore[arg-type]
    assert same.operating_v == MASS.operating_v
    assert same.operating_inputs == MASS.operating_inputs
    step = {"excitatory": np.full(9, 1300.0)}
    assert np.array_equal(same.respond(step, "1 ms").v, MASS.respond(step, 1e-3).v)  # type: ignore[arg-type]
