"""The second-order master equation: exact limits, the processes it stands for, orders, refusals."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import MasterEquation, stationary_states
from mesobridge.meanfield.master_equation import Closure

T = 5e-3
COUPLING = np.array([[0.4, -0.5], [0.6, -0.3]])
OFFSET = np.array([6.0, 8.0])


def constant(rate: float) -> Any:
    return lambda rates: np.full(rates.shape[:-1], rate)


def linear(row: int) -> Any:
    return lambda rates: OFFSET[row] + rates[..., :2] @ COUPLING[row]


def bent(rates: np.ndarray) -> np.ndarray:
    return 2.0 + 0.02 * rates[..., 0] ** 2


def pair(closure: Any, sizes: Any = (50, 40)) -> MasterEquation:
    return MasterEquation(transfer_functions=[linear(0), linear(1)], sizes=sizes, time_step=T, closure=closure)


def test_constant_transfer_function() -> None:
    found = MasterEquation(transfer_functions=[constant(5.0)], sizes=[8000], time_step="5 ms").simulate("0.2 s")
    assert_allclose(found.standard_deviation[0, -1], 0.2469, atol=5e-5)
    assert_allclose(found.covariance[0, 0, -1], 5.0 * (1 / T - 5.0) / (2 * 8000), rtol=1e-12)
    redrawn = MasterEquation(transfer_functions=[constant(5.0)], sizes=[8000], time_step=T, closure="redraw")
    assert_allclose(redrawn.simulate(0.2).covariance[0, 0, -1], 5.0 * (1 / T - 5.0) / 8000, rtol=1e-12)


def test_infinite_populations_follow_the_first_order() -> None:
    equation = MasterEquation(transfer_functions=[constant(5.0)], sizes=[np.inf], time_step=T)
    found = equation.simulate(0.02, initial=[20.0])
    assert_allclose(found.covariance, np.zeros((1, 1, found.sizes["time"])) + found.covariance.values, atol=0)
    exact = 5.0 + 15.0 * np.exp(-found.time.values / T)
    # (F - nu)^2 feeds the covariance while the rate moves, but a linear transfer function does not feel it.
    assert_allclose(found.rate[0], exact, rtol=1e-6)


def test_a_transfer_function_that_bends_feels_the_fluctuations() -> None:
    few, many = (
        MasterEquation(transfer_functions=[bent], sizes=[size], time_step=T).simulate(0.3, initial=[2.0])
        for size in (50, np.inf)
    )
    lifted = float(few.rate[0, -1] - many.rate[0, -1])
    variance = float(few.covariance[0, 0, -1])
    slope = 0.04 * float(few.rate[0, -1])
    assert variance > 0
    assert_allclose(lifted * (1 - 0.04 * float(many.rate[0, -1])), 0.02 * (variance + lifted**2), rtol=1e-4)
    assert 0 < slope < 1


def test_the_right_hand_side_as_printed() -> None:
    rng = np.random.default_rng(1)
    functions = [lambda r: 3 + 0.1 * r[..., 0] * r[..., 1] ** 0.5, lambda r: 2 + 0.05 * r[..., 0] ** 2]
    sizes, nu = np.array([100.0, 30.0]), np.array([5.0, 4.0])
    c = np.cov(rng.normal(size=(2, 10)))
    f = np.array([3 + 0.1 * 5 * 2, 2 + 0.05 * 25])
    d = np.array([[0.1 * 2, 0.1 * 5 * 0.25], [0.5, 0.0]])
    dd = np.array([[[0.0, 0.025], [0.025, -0.1 * 5 * 0.25 / 8]], [[0.1, 0.0], [0.0, 0.0]]])
    rate, spread = np.zeros(2), np.zeros((2, 2))
    for m in range(2):
        rate[m] = f[m] - nu[m] + 0.5 * sum(c[i, k] * dd[m, i, k] for i in range(2) for k in range(2))
    for i in range(2):
        for k in range(2):
            spread[i, k] = (f[i] - nu[i]) * (f[k] - nu[k]) - 2 * c[i, k]
            spread[i, k] += sum(c[i, m] * d[k, m] + c[k, m] * d[i, m] for m in range(2))
            spread[i, k] += f[i] * (1 / T - f[i]) / sizes[i] if i == k else 0.0
    found = MasterEquation(transfer_functions=functions, sizes=sizes, time_step=T).drift(nu, c)
    assert_allclose(found.rate, rate / T, rtol=1e-7)
    assert_allclose(found.covariance, spread / T, rtol=1e-7)
    assert_allclose(found.covariance, found.covariance.T)


def stationary(equation: MasterEquation) -> tuple[np.ndarray, np.ndarray]:
    last = equation.simulate(0.3, initial=[5.0, 5.0]).isel(time=-1)
    return last.rate.values, last.covariance.values


def diffusing(rng: np.random.Generator, chains: int, sizes: np.ndarray, steps: int) -> np.ndarray:
    """The Langevin equation T dm = (F - m) dt + sqrt(T A) dW, with A of the moment."""
    dt = T / 50
    m = np.full((chains, 2), 6.0)
    for _ in range(steps):
        f = OFFSET + m @ COUPLING.T
        spread = np.sqrt(np.maximum(f * (1 / T - f) / sizes, 0))
        m = m + (f - m) * dt / T + spread * np.sqrt(dt / T) * rng.normal(size=m.shape)
    return m


def redrawn(rng: np.random.Generator, chains: int, sizes: np.ndarray, steps: int) -> np.ndarray:
    """The Markov chain itself: every population drawn anew from a binomial law, once per T."""
    m = np.full((chains, 2), 6.0)
    for _ in range(steps):
        f = np.clip(OFFSET + m @ COUPLING.T, 0, 1 / T)
        m = rng.binomial(sizes.astype(int), f * T) / (sizes * T)
    return m


@pytest.mark.parametrize(("closure", "process", "steps"), [("diffusion", diffusing, 600), ("redraw", redrawn, 40)])
def test_the_covariance_is_that_of_the_process_and_of_no_other(closure: str, process: Any, steps: int) -> None:
    rng = np.random.default_rng(11)
    sizes, chains = np.array([500.0, 400.0]), 20000
    m = process(rng, chains, sizes, steps)
    measured, mean = np.cov(m.T), m.mean(axis=0)
    variances = np.outer(np.diag(measured), np.diag(measured))
    error = np.sqrt((measured**2 + variances) / chains)
    assert np.all(error < 0.05 * np.sqrt(variances))
    rates, c = stationary(pair(closure, sizes))
    assert np.all(np.abs(mean - rates) < 4 * np.sqrt(np.diag(measured) / chains))
    # The Euler step of the Langevin process adds one part in a hundred.
    assert np.all(np.abs(measured - c) < 4 * error + 0.01 * np.sqrt(variances))
    _, other = stationary(pair("redraw" if closure == "diffusion" else "diffusion", sizes))
    assert np.any(np.abs(measured - other) > 10 * error + 0.01 * np.sqrt(variances))


def test_both_closures_agree_where_activity_is_slow() -> None:
    closures: tuple[Closure, ...] = ("diffusion", "redraw")
    ratios = []
    for gain in (0.5, 0.9, 0.99):
        functions = [lambda r, gain=gain: 10 * (1 - gain) + gain * r[..., 0]]
        found = [
            stationary_states(MasterEquation(transfer_functions=functions, sizes=[1000], time_step=T, closure=closure))[
                0
            ].covariance
            for closure in closures
        ]
        assert found[0] is not None
        assert found[1] is not None
        ratios.append(float(found[0][0, 0] / found[1][0, 0]))
    assert_allclose(ratios, [(1 + gain) / 2 for gain in (0.5, 0.9, 0.99)], rtol=1e-6)


def test_the_step_is_of_fourth_order() -> None:
    equation = pair("diffusion")
    steps = np.array([T / 2, T / 4, T / 8])
    ends = [equation.simulate(4 * T, dt=step, initial=[10.0, 5.0]).rate[:, -1].values for step in [*steps, T / 128]]
    errors = [np.abs(end - ends[-1]).max() for end in ends[:-1]]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert abs(slope - 4) < 0.4


def test_external_rates_may_vary() -> None:
    equation = MasterEquation(transfer_functions=[lambda r: r[..., 1]], sizes=[100], time_step=T)
    drive = np.repeat([[5.0, 10.0]], 200, axis=1).reshape(1, 2, 200).transpose(0, 2, 1).reshape(1, -1)
    drive = np.sort(drive, axis=1)
    found = equation.simulate(0.2, dt=T / 10, external=drive, initial=[5.0])
    assert_allclose(found.rate[0, 199], 5.0, rtol=1e-9)
    assert_allclose(found.rate[0, -1], 10.0, rtol=1e-6)


def test_results_carry_units_and_names() -> None:
    equation = MasterEquation(transfer_functions=[constant(5.0)], sizes=[10], time_step=T, names=["E"])
    found = equation.simulate(0.01)
    assert list(found.population.values) == ["E"]
    assert {name: found[name].attrs["units"] for name in ("rate", "covariance", "standard_deviation", "time")} == {
        "rate": "Hz",
        "covariance": "Hz^2",
        "standard_deviation": "Hz",
        "time": "s",
    }


def test_refusals() -> None:
    fast = MasterEquation(transfer_functions=[constant(250.0)], sizes=[10], time_step=T, names=["E"])
    with pytest.raises(ValueError, match=r"F T of E is 1.25 .* shorten time_step"):
        fast.simulate(0.1)
    with pytest.raises(ValueError, match="one size"):
        MasterEquation(transfer_functions=[constant(5.0)], sizes=[10, 20], time_step=T)
    with pytest.raises(ValueError, match="must be above 0"):
        MasterEquation(transfer_functions=[constant(5.0)], sizes=[10], time_step=0.0)
    wrong: Any = "third"
    with pytest.raises(ValueError, match="choose 'diffusion' or 'redraw'"):
        MasterEquation(transfer_functions=[constant(5.0)], sizes=[10], time_step=T, closure=wrong)
    with pytest.raises(ValueError, match="a step of at most"):
        fast.simulate(0.1, dt=0.01)
    with pytest.raises(ValueError, match="columns"):
        fast.simulate(0.1, external=np.ones((1, 3)))
