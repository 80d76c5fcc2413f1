"""Finite populations against renewal theory, the integral equation, and the cells themselves."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import binom, chisquare

from mesobridge.meanfield import EscapeRatePopulation, MesoscopicNetwork, ThresholdKernel, renewal_statistics

CELLS = EscapeRatePopulation(
    size=800, tau_m=20e-3, tau_ref=4e-3, threshold=15e-3, reset=0.0, softness=2.5e-3, threshold_rate=10.0, drive=24e-3
)


def changed(**fields: Any) -> EscapeRatePopulation:
    return EscapeRatePopulation(**{**vars(CELLS), **fields})


def constant_hazard(rate: float, dead: float, size: int) -> EscapeRatePopulation:
    return changed(size=size, tau_ref=dead, softness=1e12, threshold_rate=rate)


def windows(activity: np.ndarray, dt: float, length: float) -> np.ndarray:
    """Mean activity in windows of the given length."""
    steps = round(length / dt)
    return activity[: len(activity) // steps * steps].reshape(-1, steps).mean(axis=1)


@pytest.mark.parametrize(("rate", "dead"), [(40.0, 5e-3), (100.0, 10e-3)])
def test_poisson_with_dead_time(rate: float, dead: float) -> None:
    dt, size, window = 5e-4, 100, 0.25
    run = MesoscopicNetwork(populations=[constant_hazard(rate, dead, size)]).simulate(150, dt=dt, initial_rate=rate / 2)
    counts = windows(run.activity.values[0, 1000:], dt, window)
    activity = rate / (1 + rate * dead)
    cv = 1 - activity * dead
    power = window * counts.var(ddof=1)
    assert len(counts) > 500
    assert abs(counts.mean() - activity) < 4 * counts.std() / np.sqrt(len(counts)) + activity * (rate * dt) ** 2 / 24
    # A window of many intervals still misses about CV^2 of an interval at its ends.
    assert abs(power / (activity * cv**2 / size) - 1) < 4 * np.sqrt(2 / len(counts)) + 1 / (activity * window)
    # A Poisson process of the same rate is rejected.
    assert abs(power / (activity / size) - 1) > 5 * np.sqrt(2 / len(counts))


def test_without_refractoriness_the_activity_is_white() -> None:
    dt, size, rate = 5e-4, 100, 20.0
    run = MesoscopicNetwork(populations=[constant_hazard(rate, 0.0, size)]).simulate(100, dt=dt, initial_rate=rate)
    # Cells fire at most once in a step: rate and variance are those of (1 - exp(-rate dt))/dt.
    chance = -np.expm1(-rate * dt)
    for length in (dt, 0.02, 0.2):
        counts = windows(run.activity.values[0], dt, length)
        expected = chance * (1 - chance) / dt / size
        assert abs(length * counts.var(ddof=1) / expected - 1) < 4 * np.sqrt(2 / len(counts))
    assert abs(run.activity.mean() - chance / dt) < 4 * np.sqrt(rate / size / 100)
    assert_allclose(chance / dt, rate, rtol=rate * dt)


def test_the_stationary_rate_is_second_order_in_the_step() -> None:
    exact = renewal_statistics(CELLS).rate
    steps = np.array([8e-4, 4e-4, 2e-4])
    errors = [
        abs(float(MesoscopicNetwork(populations=[CELLS]).simulate(1, dt=s, fluctuations=False).activity[0, -1]) - exact)
        for s in steps
    ]
    assert abs(np.polyfit(np.log(steps), np.log(errors), 1)[0] - 2) < 0.1
    assert errors[-1] < 1e-4 * exact


def integral_equation(times: np.ndarray, drives: np.ndarray) -> np.ndarray:
    """Activity from A(t) = int hazard S A ds over all ages, each cohort followed by itself, to first order."""
    dt = times[1] - times[0]
    ages = 1600
    since = dt * np.arange(ages)
    u = np.where(since < 4e-3, 0.0, drives[0] * (1 - np.exp(-(since - 4e-3) / 20e-3)))
    passed = np.cumsum(np.where(since < 4e-3, 0.0, CELLS.hazard(u))) * dt
    alive = np.exp(-passed)
    alive = alive / (alive.sum() * dt)
    activity = []
    for drive in drives:
        hazard = np.where(since < 4e-3, 0.0, CELLS.hazard(u))
        fired = alive * -np.expm1(-hazard * dt)
        activity.append(fired.sum())
        alive = np.concatenate([[fired.sum()], (alive - fired)[:-1]])
        u = np.concatenate([[0.0], np.where(since < 4e-3, 0.0, drive + (u - drive) * np.exp(-dt / 20e-3))[:-1]])
    return np.array(activity)


def test_infinitely_many_cells_follow_the_integral_equation() -> None:
    def after_step(dt: float) -> np.ndarray:
        steps = round(0.56 / dt)
        drive = np.where(np.arange(steps) < round(0.5 / dt), 24e-3, 30e-3)[None]
        run = MesoscopicNetwork(populations=[CELLS]).simulate(0.56, dt=dt, drive=drive, fluctuations=False)
        return windows(run.activity.values[0, round(0.5 / dt) :], dt, 1e-3)

    def naive(dt: float) -> np.ndarray:
        times = dt * np.arange(round(0.26 / dt))
        found = integral_equation(times, np.where(np.arange(times.size) < round(0.2 / dt), 24e-3, 30e-3))
        return windows(found[round(0.2 / dt) :], dt, 1e-3)

    ours, finer = after_step(2e-4), after_step(1e-4)
    coarse, fine = naive(2e-4), naive(1e-4)
    # Both tend to one limit: ours in second, the naive sum in first order.
    limit, naive_limit = finer + (finer - ours) / 3, 2 * fine - coarse
    assert np.ptp(limit) > 10
    assert np.abs(fine - coarse).max() > 0.1
    assert np.abs(finer - ours).max() < 0.2 * np.abs(fine - coarse).max()
    assert np.abs(limit - naive_limit).max() < 0.1 * np.abs(fine - coarse).max()


def test_fluctuations_shrink_with_one_over_the_size() -> None:
    sizes = np.array([50, 200, 800, 3200])
    variances = [
        windows(
            MesoscopicNetwork(populations=[changed(size=size)])
            .simulate(40, dt=5e-4, seed=size)
            .activity.values[0, 1000:],
            5e-4,
            0.02,
        ).var()
        for size in sizes
    ]
    assert abs(np.polyfit(np.log(sizes), np.log(variances), 1)[0] + 1) < 0.05


def test_the_spectrum_of_an_uncoupled_population() -> None:
    dt, steps, blocks = 5e-4, 2000, 120
    run = MesoscopicNetwork(populations=[changed(size=200)]).simulate(0.5 + blocks * steps * dt, dt=dt, seed=4)
    activity = run.activity.values[0, -blocks * steps :].reshape(blocks, steps)
    window = np.hanning(steps)
    power = np.abs(np.fft.rfft(window * (activity - activity.mean()), axis=1)) ** 2 * dt / (window**2).sum()
    frequency = np.fft.rfftfreq(steps, dt)
    kept = (frequency >= 4) & (frequency <= 100)
    exact = renewal_statistics(changed(size=200), frequency=frequency[kept]).spectrum
    pulls = (power.mean(axis=0)[kept] / exact - 1) * np.sqrt(blocks)
    assert exact.max() > 5 * exact.min()
    # Each pull has unit variance; the Hann window, which keeps the peak from leaking, makes three neighbours one.
    independent = kept.sum() / 3
    assert abs(pulls.mean()) < 4 / np.sqrt(independent)
    assert (pulls**2).mean() < 1 + 4 * np.sqrt(2 / independent)
    flat = (power.mean(axis=0)[kept] / (renewal_statistics(CELLS).rate / 200) - 1) * np.sqrt(blocks)
    assert (flat**2).mean() > 10


def test_one_seed_one_realisation() -> None:
    network = MesoscopicNetwork(populations=[CELLS])
    first, again, other = (network.simulate(0.2, seed=seed).activity.values for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_coupling_moves_the_potential_by_its_weight() -> None:
    source = constant_hazard(30.0, 0.0, 1000)
    weights = np.array([[0.0, 0.0], [2e-3, 0.0]])
    rates = []
    for decay in (0.0, 3e-3, 20e-3, 20e-3 * (1 + 1e-9)):
        network = MesoscopicNetwork(populations=[source, CELLS], weights=weights, synaptic_decay=decay, delay=1e-3)
        rates.append(float(network.simulate(1.0, fluctuations=False).activity[1, -1]))
    # Steady input: tau_m times weight times rate, whatever the filter.
    fired = -np.expm1(-30.0 * 2e-4) / 2e-4
    exact = renewal_statistics(CELLS, drive=24e-3 + 20e-3 * 2e-3 * fired).rate
    assert_allclose(rates, exact, rtol=1e-4)
    assert exact > 1.02 * renewal_statistics(CELLS).rate


def test_a_delay_shifts_the_response() -> None:
    source = constant_hazard(30.0, 0.0, 1000)
    curves = {}
    for delay in (1e-3, 6e-3):
        network = MesoscopicNetwork(
            populations=[source, CELLS], weights=[[0.0, 0.0], [5e-3, 0.0]], synaptic_decay=3e-3, delay=delay
        )
        # The source stands at 30 Hz from the first step on, the synapses at its initial rate until spikes arrive.
        run = network.simulate(0.1, fluctuations=False, initial_rate=[1e-6, 10.0])
        alone = MesoscopicNetwork(populations=[CELLS]).simulate(0.1, fluctuations=False, initial_rate=10.0)
        curves[delay] = run.activity.values[1] - alone.activity.values[0]
    onset = {delay: int(np.argmax(curve > 1e-6 * curve.max())) for delay, curve in curves.items()}
    assert onset[6e-3] - onset[1e-3] == 25


def microscopic(cells: dict[str, Any], trials: int, duration: float, dt: float, seed: int) -> np.ndarray:
    """Spikes (trials, population, time) of the cells themselves, every one with its own hazard and history."""
    rng = np.random.default_rng(seed)
    sizes, weights, decay = cells["sizes"], np.asarray(cells["weights"]), np.asarray(cells["decay"])
    jump, memory = cells.get("jump", 0.0), cells.get("memory", 1.0)
    which = np.repeat(np.arange(len(sizes)), sizes)
    shape = (trials, len(which))
    u, wait = rng.uniform(0, 15e-3, shape), rng.integers(0, 2, shape)
    shift, synapse = np.zeros(shape), np.zeros((trials, len(sizes)))
    delay = round(1e-3 / dt)
    steps = round(duration / dt)
    counts = np.zeros((trials, len(sizes), steps))
    for step in range(steps):
        arriving = counts[:, :, step - delay] / np.array(sizes) / dt if step >= delay else np.zeros_like(synapse)
        synapse = arriving + (synapse - arriving) * np.exp(-dt / decay)
        steady = cells["drive"] + 20e-3 * (synapse @ weights.T)[:, which]
        free = wait <= 0
        u = np.where(free, steady + (u - steady) * np.exp(-dt / 20e-3), 0.0)
        hazard = 10 * np.exp((u - 15e-3 - shift) / 2.5e-3)
        fires = free & (rng.random(shape) < -np.expm1(-hazard * dt))
        wait = np.where(fires, round(4e-3 / dt), wait - 1)
        u = np.where(fires, 0.0, u)
        shift = shift * np.exp(-dt / memory) + jump * fires
        for a in range(len(sizes)):
            counts[:, a, step] = fires[:, which == a].sum(axis=1)
    return counts


def compared(
    cells: dict[str, Any], adaptation: list[ThresholdKernel], trials: int, settle: float, window: float
) -> Any:
    """Mean and variance of the activity in windows, of the cells and of the populations, (trials, population)."""
    duration, dt = settle + 1.0, 2e-4
    counts = microscopic(cells, trials, duration, dt, 5)
    direct = counts / np.array(cells["sizes"])[:, None] / dt
    populations = [changed(size=size, drive=cells["drive"], adaptation=adaptation) for size in cells["sizes"]]
    network = MesoscopicNetwork(
        populations=populations, weights=cells["weights"], synaptic_decay=cells["decay"], delay=1e-3
    )
    meso = np.stack([network.simulate(duration, dt=dt, seed=seed).activity.values for seed in range(trials)])
    results = []
    for runs in (direct, meso):
        late = runs[:, :, round(settle / dt) :]
        binned = late.reshape(*late.shape[:2], -1, round(window / dt)).mean(axis=-1)
        results.append((late.mean(axis=-1), binned.var(axis=-1)))
    return results


def agrees(first: np.ndarray, second: np.ndarray, slack: float) -> None:
    """Means over trials agree within 4 standard errors and the slack, which is the order of the step."""
    error = np.sqrt(first.var(axis=0, ddof=1) / len(first) + second.var(axis=0, ddof=1) / len(second))
    assert np.all(np.abs(first.mean(axis=0) - second.mean(axis=0)) < 4 * error + slack * first.mean(axis=0))


@pytest.mark.slow
def test_coupled_populations_against_their_cells() -> None:
    cells = {
        "sizes": [80, 20],
        "weights": np.array([[0.3e-3 * 160, -1.5e-3 * 40]] * 2),
        "decay": [3e-3, 6e-3],
        "drive": 24e-3,
    }
    (rates, variances), (ours, our_variances) = compared(cells, [], trials=60, settle=0.5, window=5e-3)
    assert rates.mean() > 5
    # The cells are advanced to first order: dt times the steepest hazard, about 1 %.
    agrees(rates, ours, 0.01)
    agrees(variances, our_variances, 0.05)
    alone = (24.5 / np.array([80, 20])) / 5e-3
    assert np.all(np.abs(variances.mean(axis=0) / alone - 1) > 0.2)


@pytest.mark.slow
def test_adapting_populations_against_their_cells() -> None:
    cells = {"sizes": [100], "weights": np.zeros((1, 1)), "decay": [3e-3], "drive": 30e-3, "jump": 2e-3, "memory": 0.1}
    kernels = [ThresholdKernel(jump=2e-3, decay=0.1)]
    (rates, variances), (ours, our_variances) = compared(cells, kernels, trials=60, settle=0.6, window=20e-3)
    free = renewal_statistics(CELLS, drive=30e-3).rate
    assert rates.mean() < 0.8 * free
    # Quasi-renewal: earlier spikes of a cell are replaced by those of the population.
    agrees(rates, ours, 0.02)
    agrees(variances, our_variances, 0.15)


def test_binomial_numbers() -> None:
    from mesobridge.meanfield.mesoscopic.loop import binomial_number

    rng = np.random.default_rng(9)
    for size, chance in ((10.0, 0.3), (800.0, 0.005), (200.0, 0.97)):
        drawn = np.array([binomial_number(size, chance, x) for x in rng.random(20000)])
        values = np.arange(size + 1)
        expected = binom.pmf(values, size, chance) * len(drawn)
        often = expected > 5
        seen = np.array([(drawn == value).sum() for value in values[often]])
        rest = len(drawn) - seen.sum(), len(drawn) - expected[often].sum()
        assert chisquare(np.append(seen, rest[0]), np.append(expected[often], rest[1])).pvalue > 1e-3
    assert binomial_number(10.0, 0.0, 0.5) == 0
    assert binomial_number(10.0, 1.0, 0.5) == 10


def test_couplings_take_units() -> None:
    texts: Any = {"weights": [["1 mV"]], "synaptic_decay": ["3 ms"], "delay": "1 ms"}
    network: Any = MesoscopicNetwork(populations=[CELLS], **texts)
    assert_allclose(network.weights, [[1e-3]])
    assert_allclose([network.synaptic_decay, network.delay], [[3e-3], [1e-3]])


def test_results_carry_units() -> None:
    texts: Any = {"duration": "10 ms", "dt": "0.2 ms"}
    found = MesoscopicNetwork(populations=[CELLS], names=["E"]).simulate(**texts)
    assert found.activity.shape == (1, 50)
    assert found.activity.attrs["units"] == "Hz"
    assert list(found.population.values) == ["E"]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"duration": 0.1, "dt": 0.02}, "shortest membrane time constant"),
        ({"duration": 0.1, "drive": np.zeros((1, 7))}, "one column for each step"),
        ({"duration": 0.1, "initial_rate": 1e4}, "one spike per step"),
    ],
)
def test_wrong_runs_are_refused(arguments: dict[str, Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        MesoscopicNetwork(populations=[CELLS]).simulate(**arguments)


def test_wrong_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        MesoscopicNetwork(populations=[CELLS], weights=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="must not be negative"):
        MesoscopicNetwork(populations=[CELLS], delay=-1e-3)
    with pytest.raises(ValueError, match="one for each"):
        MesoscopicNetwork(populations=[CELLS], names=["E", "I"])
    with pytest.raises(ValueError, match="at least one"):
        MesoscopicNetwork(populations=[])
