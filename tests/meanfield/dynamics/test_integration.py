from typing import Any

import numpy as np
import pytest

from mesobridge.meanfield import CorticothalamicField, WilsonCowan
from mesobridge.meanfield.dynamics.integration import simulate

from .linear_systems import feedback, input_seen, oscillator, relaxation


def order(steps, errors):
    """Slope of log error over log step."""
    assert min(errors) > 1e-13, "the errors are rounding, not the method's"
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


def oscillation_error(dt, method):
    last = simulate(oscillator(2.0, 401.0), 1.0, dt, initial=[1.0, -1.0], method=method).isel(time=-1)
    return abs(float(last["x0"]) - np.exp(-1.0) * np.cos(20.0))


@pytest.mark.parametrize(("method", "expected"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_order_without_noise(method, expected):
    steps = np.array([0.004, 0.002, 0.001, 0.0005]) / (8 if method == "euler" else 1)
    assert order(steps, [oscillation_error(dt, method) for dt in steps]) == pytest.approx(expected, abs=0.1)


def delayed_error(dt, method, delay=0.37):
    """x' = late x(t - delay) on its solution exp(root t), which is smooth from the past on."""
    root, duration = -1.5, 1.2
    late = root * np.exp(root * delay)

    def history(time):
        return np.exp(root * time)[:, None]

    last = simulate(feedback(0.0, late, delay), duration, dt, history=history, method=method).isel(time=-1)
    return abs(float(last["x0"]) - np.exp(root * duration))


@pytest.mark.parametrize(("method", "expected"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_order_with_a_delay_between_two_steps(method, expected):
    # 0.37 s is no whole number of any of these steps, and lies at another place between them each time.
    steps = [0.06, 0.04, 0.03, 0.02, 0.015]
    assert order(steps, [delayed_error(dt, method) for dt in steps]) == pytest.approx(expected, abs=0.5)


def test_heun_takes_delays_shorter_than_a_step_and_runge_kutta_refuses_them():
    assert delayed_error(0.02, "heun", delay=0.013) < 1e-3
    with pytest.raises(ValueError, match=r"0\.013 s is shorter than the step of 0\.02 s"):
        delayed_error(0.02, "rk4", delay=0.013)


def test_a_kink_in_the_past_is_passed_through_the_delay():
    """x' = -x(t - 1), x = 1 before 0: 1 - t, then 1 - t + (t - 1)^2/2, by the method of steps."""
    course = simulate(feedback(0.0, -1.0, 1.0), 2.0, 0.01, initial=[1.0])
    time = course["time"].values
    exact = np.where(time <= 1, 1 - time, 1 - time + np.maximum(time - 1, 0) ** 2 / 2)
    assert np.allclose(course["x0"].values, exact, atol=1e-4)


def strong_error(dt, finest, paths=40):
    """Mean distance from the exact solution of a relaxation on the same white noise."""
    tau, duration = 0.05, 0.2
    errors = []
    for seed in range(paths):
        kicks = np.random.default_rng(seed).standard_normal(round(duration / finest)) * np.sqrt(finest)
        merged = kicks.reshape(round(duration / dt), -1).sum(axis=1) / dt
        last = simulate(relaxation(tau), duration, dt, inputs={"drive": merged}, initial=[0.0], method="heun")
        time = finest * np.arange(len(kicks)) + finest / 2
        errors.append(abs(float(last["x0"][-1]) - np.sum(kicks / tau * np.exp(-(duration - time) / tau))))
    return np.mean(errors)


def test_strong_order_with_additive_noise_is_one():
    steps = [0.01, 0.005, 0.0025, 0.00125]
    assert order(steps, [strong_error(dt, 0.000125) for dt in steps]) == pytest.approx(1.0, abs=0.15)


def test_variance_of_a_noisy_relaxation():
    course = simulate(relaxation(0.02), 400.0, 1e-3, noise={"drive": 0.3}, initial=[0.0], seed=7)
    series = course["x0"].values[200:]
    expected = 0.3**2 / (2 * 0.02)
    independent = 400.0 / (2 * 0.02)
    # Heun's own bias is of second order, (dt/tau)^2 = 0.0025 at most.
    assert series.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / independent) + 0.0025)


def test_one_seed_is_one_course_and_another_seed_another():
    first, again, other = (
        simulate(relaxation(), 0.1, noise={"drive": 1.0}, initial=[0.0], seed=seed)["x0"].values for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_stretches_of_bounded_memory_join_without_a_seam(monkeypatch):
    system, inputs = feedback(-1.0, -2.0, 0.0137), {"drive": np.sin(np.arange(1000.0))}
    whole = simulate(system, 1.0, 1e-3, inputs, {"drive": 0.1}, [0.3], record_every=5)
    monkeypatch.setattr("mesobridge.meanfield.dynamics.integration._NUMBERS_AT_ONCE", 37)
    assert simulate(system, 1.0, 1e-3, inputs, {"drive": 0.1}, [0.3], record_every=5).equals(whole)


def test_records_every_so_often_are_those_of_all_steps():
    every = simulate(oscillator(), 0.1, 1e-3, initial=[1.0, 0.0])
    some = simulate(oscillator(), 0.1, 1e-3, initial=[1.0, 0.0], record_every=7)
    assert np.array_equal(some["x0"].values, every["x0"].values[::7])
    assert np.allclose(some["time"].values, every["time"].values[::7])


def test_inputs_are_held_over_each_step():
    dt, tau = 1e-3, 0.02
    drive = np.array([1.0, 3.0, -2.0, 0.5])
    course = simulate(relaxation(tau), 4 * dt, dt, {"drive": drive}, initial=[0.0])
    exact = [0.0]
    for value in drive:
        exact.append(value + (exact[-1] - value) * np.exp(-dt / tau))
    assert np.allclose(course["x0"].values, exact, atol=1e-8)


def test_outputs_see_the_input_but_not_the_noise():
    system = relaxation(0.02, operating=2.0, observe=input_seen)
    quiet = simulate(system, 0.05, initial=[1.0], method="heun")
    noisy = simulate(system, 0.05, noise={"drive": 1e-9}, initial=[1.0])
    assert quiet["seen"].values[0] == 3.0
    assert np.allclose(noisy["seen"], quiet["seen"], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"duration": 0.0}, "positive step"),
        ({"duration": 0.0105}, "whole number of steps"),
        ({"inputs": {"force": 1.0}}, "drive"),
        ({"inputs": {"drive": np.ones(3)}}, r"\(10,\)"),
        ({"inputs": {"drive": np.nan}}, "finite"),
        ({"noise": {"drive": -1.0}}, "at least 0"),
        ({"noise": {"drive": 1.0}, "method": "rk4"}, "choose heun"),
        ({"method": "midpoint"}, "heun or rk4"),
        ({"record_every": 0}, "whole number from 1"),
        ({"initial": [1.0]}, "x0, x1"),
    ],
)
def test_mistakes_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        simulate(oscillator(), **{"duration": 0.01, "dt": 1e-3, "initial": [1.0, 0.0], **arguments})


def test_a_solution_that_blows_up_is_refused_with_its_time():
    with pytest.raises(ValueError, match="smaller step"):
        simulate(oscillator(-1e6, -1e9), 1.0, 1e-3, initial=[1.0, 1.0])


def test_white_noise_inside_a_nonlinearity_is_refused():
    with pytest.raises(ValueError, match="no limit for small steps"):
        WilsonCowan.published().simulate(0.01, noise={"P": 0.1})
    WilsonCowan.published().simulate(0.01, noise={"F": 0.01})


def test_quantities_are_taken():
    model = CorticothalamicField.published()
    given: dict[str, Any] = {"duration": "20 ms", "dt": "0.1 ms"}
    assert model.simulate(**given).equals(model.simulate(0.02, dt=1e-4))


def test_the_field_relaxes_with_its_leading_eigenvalue():
    model = CorticothalamicField.published()
    point = model.fixed_points()[0]
    pushed = point.state * (1 + 1e-6)
    course = model.simulate(1.5, dt=1e-4, initial=pushed)
    late = course["time"].values > 0.6
    deviation = (course["phi_e"].values - point["phi_e"])[late]
    time = course["time"].values[late]
    leading = point.eigenvalues[0]
    slow = point.eigenvalues[np.isreal(point.eigenvalues)][0].real
    basis = np.column_stack(
        [np.exp(leading * time).real, np.exp(leading * time).imag, np.exp(slow * time)]
        + [
            part
            for value in point.eigenvalues[3:7:2]
            for part in (np.exp(value * time).real, np.exp(value * time).imag)
        ]
    )
    fit = np.linalg.lstsq(basis, deviation, rcond=None)[0]
    assert np.std(deviation - basis @ fit) < 1e-3 * np.std(deviation)


def test_an_initial_state_that_is_not_finite_is_refused():
    with pytest.raises(ValueError, match=r"initial state .* is not finite"):
        simulate(relaxation(), 0.01, initial=[np.nan])
