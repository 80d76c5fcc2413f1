"""Stationary states of the master equation: all of them, their stability, and their fluctuations."""

from typing import Any

import numpy as np
from numpy.testing import assert_allclose

from mesobridge.meanfield import MasterEquation, TransferTemplate, stationary_states

T = 10e-3


def bistable(rates: np.ndarray) -> np.ndarray:
    return 1.0 + 40 / (1 + np.exp(-(rates[..., 0] - 20) / 3))


def rivals(row: int) -> Any:
    return lambda rates: 40 / (1 + np.exp(-(25 - 1.5 * rates[..., 1 - row]) / 5))


def test_all_three_states_of_a_bistable_population() -> None:
    states = stationary_states(MasterEquation(transfer_functions=[bistable], sizes=[1e5], time_step=T))
    grid = np.linspace(0, 100, 1_000_001)
    crossings = grid[np.flatnonzero(np.diff(np.sign(bistable(grid[:, None]) - grid)))]
    assert len(crossings) == 3
    assert_allclose([state.first_order[0] for state in states], crossings, atol=1.1e-4)
    assert [state.stable for state in states] == [True, False, True]
    assert states[1].rates is None
    assert "unstable" in states[1].note
    for state in (states[0], states[2]):
        assert state.covariance is not None
        assert state.covariance[0, 0] > 0


def test_all_three_states_of_two_rivals() -> None:
    equation = MasterEquation(transfer_functions=[rivals(0), rivals(1)], sizes=[np.inf, np.inf], time_step=T)
    states = stationary_states(equation)
    assert len(states) == 3
    assert [state.stable for state in states] == [True, False, True]
    assert_allclose(states[0].first_order, states[2].first_order[::-1], rtol=1e-9)
    assert_allclose(*states[1].first_order, rtol=1e-9)
    for state in states:
        assert_allclose(equation.transfer(state.first_order), state.first_order, rtol=1e-9)


def test_a_state_that_fluctuations_destroy_is_said_to_be_lost() -> None:
    def barely(rates: np.ndarray) -> np.ndarray:
        return 1.0 + 40 / (1 + np.exp(-(rates[..., 0] - 11.6) / 3))

    equations = [MasterEquation(transfer_functions=[barely], sizes=[size], time_step=T) for size in (1e8, 20)]
    many, few = (stationary_states(equation) for equation in equations)
    assert many[0].note == "stable"
    assert few[0].stable
    assert few[0].rates is None
    assert "lost at these sizes" in few[0].note


def test_it_is_where_the_simulation_ends() -> None:
    kinds = ("rs", "fs")
    templates = [TransferTemplate.published(f"divolo2019-{kind}") for kind in kinds]
    functions = [template.population([[400, 0, 400], [0, 100, 0]], outside="allow") for template in templates]
    equation = MasterEquation(transfer_functions=functions, sizes=[8000, 2000], time_step="20 ms")
    (state,) = stationary_states(equation, [4.0])
    assert state.rates is not None
    assert state.covariance is not None
    end = equation.simulate(0.5, external=[4.0], initial=state.first_order + 0.1).isel(time=-1)
    assert_allclose(end.rate, state.rates, rtol=1e-6)
    assert_allclose(end.covariance, state.covariance, rtol=1e-5)
    # Strong inhibition overshoots when it acts on whole populations at once.
    redrawn = MasterEquation(transfer_functions=functions, sizes=[8000, 2000], time_step="20 ms", closure="redraw")
    (overshooting,) = stationary_states(redrawn, [4.0])
    assert not overshooting.stable
    assert "unstable when redrawn" in overshooting.note


def test_the_second_order_lifts_the_mean_as_the_chain_does() -> None:
    rng = np.random.default_rng(2)
    size, chains = 100, 200_000

    def bent(rates: np.ndarray) -> np.ndarray:
        return 8.0 + 0.01 * rates[..., 0] ** 2

    found = MasterEquation(transfer_functions=[bent], sizes=[size], time_step=T, closure="redraw")
    (state, saddle) = stationary_states(found, highest=99.0)
    m = np.full((chains, 1), 8.8)
    for _ in range(40):
        m = rng.binomial(size, np.minimum(bent(m) * T, 1))[:, None] / (size * T)
    error = m.std() / np.sqrt(chains)
    assert not saddle.stable
    assert state.rates is not None
    assert state.covariance is not None
    # What is left out is of third order: skewness times curvature of the variance, below a tenth of the shift.
    shift = state.rates[0] - state.first_order[0]
    assert shift > 10 * error
    assert abs(m.mean() - state.rates[0]) < 3 * error + 0.1 * shift
    assert abs(m.mean() - state.first_order[0]) > 8 * error


def test_three_populations() -> None:
    functions = [lambda rates, k=k: 5.0 + k + 0.1 * rates.sum(axis=-1) for k in range(3)]
    (state,) = stationary_states(MasterEquation(transfer_functions=functions, sizes=[100] * 3, time_step=T))
    total = 18 / (1 - 0.3)
    assert_allclose(state.first_order, 5.0 + np.arange(3) + 0.1 * total, rtol=1e-9)
