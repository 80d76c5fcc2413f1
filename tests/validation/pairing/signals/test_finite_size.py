"""Fluctuations of finite populations: estimates with their errors, the cells themselves, and how they shrink with N."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.bridge.circuit_reduction import self_consistent_states
from mesobridge.meanfield import GaussianSigmoid
from mesobridge.meanfield.models.population_network import PopulationNetwork
from mesobridge.meanfield.networks import NetworkPopulation, RenewalSpikes
from mesobridge.spiking.circuits import read_circuit
from mesobridge.validation.pairing.signals.finite_size import fluctuation, linear_fluctuation, mesoscopic_activity

from .. import escape_cells, sparse_cells
from ..leaky import LEAKY
from ..lnp import planted_findings, study
from ..planted import planted, stationary

WIDTHS = np.array([1e-3, 10e-3, 0.1])


def test_the_variance_of_white_noise_falls_with_the_width_and_its_error_is_its_scatter() -> None:
    rng = np.random.default_rng(1)
    found = [fluctuation(rng.normal(10.0, 2.0, (1, 8000)), 1e-3, tuple(WIDTHS)) for _ in range(60)]
    values = np.array([each.variance[0] for each in found])
    assert_allclose(values.mean(axis=0), 4.0 * 1e-3 / WIDTHS, rtol=4 * np.sqrt(2 / (60 * 80)))
    assert_allclose(np.mean([each.error[0] for each in found], axis=0), values.std(axis=0, ddof=1), rtol=0.4)


def test_widths_that_do_not_fit_are_left_out() -> None:
    found = fluctuation(np.random.default_rng(2).random((2, 1000)), 2e-3, (1e-3, 2e-3, 5e-3, 20e-3, 0.1))
    assert_allclose(found.width, [2e-3, 20e-3])
    assert found.variance.shape == (2, 2)


def test_independent_cells_fluctuate_as_their_intervals_say() -> None:
    def alone(spectrum: RenewalSpikes | None) -> PopulationNetwork:
        cells = NetworkPopulation(
            name="E", rate=GaussianSigmoid(100.0, 0.0, 5e-3), operating_v=0.0, size=500, cell_spectrum=spectrum
        )
        return PopulationNetwork(populations=[cells])

    rates = np.array([50.0])
    assert_allclose(linear_fluctuation(alone(None), rates, WIDTHS)[0], 50.0 / (500 * WIDTHS), rtol=1e-9)
    regular = linear_fluctuation(alone(RenewalSpikes(cv=0.5)), rates, np.array([1e-4, 2.0]))[0]
    # A bin that holds one spike at most sees single spikes, a long one the variance of the intervals.
    assert_allclose(regular, [50.0 / (500 * 1e-4), 0.25 * 50.0 / (500 * 2.0)], rtol=0.02)


def test_a_network_fluctuates_as_linear_response_says() -> None:
    network = planted(size=4000)
    recorded = stationary(network, 20.0, 3)["rate"].values
    found = fluctuation(recorded, 1e-3, (1e-3, 5e-3, 20e-3))
    expected = linear_fluctuation(network, network.reference(), found.width)
    assert expected.max() > 3 * (network.reference()[:, None] / (np.array([[4000], [2000]]) * found.width)).min()
    assert np.all(np.abs(found.variance - expected) < 4 * found.error)
    wrong = linear_fluctuation(planted(size=5000), network.reference(), found.width)
    assert np.any(np.abs(found.variance - wrong) > 4 * found.error)


def test_cells_without_a_renewal_description_are_refused_with_a_reason() -> None:
    signals = planted_findings(study(duration="5 s")).signals
    assert signals.mesoscopic is None
    ((_, what, reason),) = signals.refusals
    assert what == "mesoscopic theory"
    assert "renewal description" in reason


def shrinking(
    sizes: np.ndarray, run: Callable[[int, int], np.ndarray], expected: float, repeats: int
) -> tuple[float, float]:
    """Return the exponent with which the error in bins of 20 ms about a rate falls with the size, and its error."""
    errors = np.array(
        [
            [np.sqrt(np.mean((escape_cells.in_bins(run(size, 100 * seed + size)) - expected) ** 2)) for size in sizes]
            for seed in range(repeats)
        ]
    )
    slopes = [np.polyfit(np.log(sizes), np.log(row), 1)[0] for row in errors]
    return float(np.mean(slopes)), float(np.std(slopes, ddof=1) / np.sqrt(repeats))


def test_the_error_of_the_mean_field_falls_with_the_root_of_the_size() -> None:
    rate = escape_cells.infinite_rate()
    exponent, error = shrinking(
        np.array([40, 120, 360]), lambda size, seed: escape_cells.simulated(size, 2.5, seed), rate, 4
    )
    assert error < 0.04
    assert abs(exponent + 0.5) < 4 * error


def test_cells_fluctuate_as_the_mesoscopic_theory_says() -> None:
    size, widths = 200, (5e-3, 20e-3)
    cells = escape_cells.in_bins(escape_cells.simulated(size, 20.0, 5), 1e-3)
    run = escape_cells.theory(size).simulate(40.5, dt=escape_cells.STEP, seed=6).activity.values[0, 1000:]
    theory = escape_cells.in_bins(run, 1e-3)
    found, expected = (fluctuation(each[None], 1e-3, widths) for each in (cells, theory))
    assert np.all(np.abs(found.variance - expected.variance) < 4 * np.hypot(found.error, expected.error))
    # As many cells without reset or coupling would fluctuate twice as much in bins of an interval.
    assert found.variance[0, 1] + 4 * found.error[0, 1] < cells.mean() / (size * 20e-3)


def test_the_error_of_a_mean_field_without_variance_ends_at_the_floor_that_the_theory_predicts() -> None:
    """Error^2 = fluctuation/N + floor^2: the floor is what the variance of 40 inputs does to the rate."""
    (low,), (right,) = sparse_cells.frozen().search().rates[0], sparse_cells.two_moments().search().rates[0]
    floor = right - low
    sizes, squares, means = np.array([100, 400, 1600]), [], []
    for size in sizes:
        bins = escape_cells.in_bins(sparse_cells.simulated(size, 6.0, size))
        squares.append(np.mean((bins - low) ** 2))
        pieces = bins[: bins.size // 20 * 20].reshape(20, -1).mean(axis=1)
        means.append((pieces.mean(), pieces.std(ddof=1) / np.sqrt(20)))
    noise = [
        float(linear_fluctuation(sparse_cells.two_moments(int(size)), np.array([right]), np.array([20e-3]))[0, 0])
        for size in sizes
    ]
    assert noise[0] > 3 * floor**2 > 9 * noise[-1]
    expected = np.array(noise) + floor**2
    # 300 bins, each pair of neighbours about independent; linear response is off by a share of the order 1/sqrt(N).
    assert_allclose(squares, expected, rtol=4 * np.sqrt(2 / 300) + 0.05)
    mean, error = means[-1]
    assert floor > 10 * error
    # The third cumulant of 2.4 inputs within a membrane time, which two moments leave out, moves the rate by 0.016 Hz.
    assert abs(mean - right) < 4 * error + 0.02
    assert abs(mean - low) > 10 * error


@pytest.mark.slow
def test_the_error_falls_with_the_root_of_the_size_over_two_decades() -> None:
    rate = escape_cells.infinite_rate()
    exponent, error = shrinking(
        np.array([30, 100, 300, 1000, 3000]), lambda size, seed: escape_cells.simulated(size, 10.0, seed), rate, 5
    )
    assert error < 0.012
    assert abs(exponent + 0.5) < 4 * error


@pytest.mark.slow
def test_the_floor_stands_in_large_networks() -> None:
    (low,), (right,) = sparse_cells.frozen().search().rates[0], sparse_cells.two_moments().search().rates[0]
    sizes = np.array([200, 800, 3200])
    exponent, error = shrinking(sizes, lambda size, seed: sparse_cells.simulated(size, 6.0, seed), right, 4)
    assert abs(exponent + 0.5) < 4 * error + 0.02
    bins = escape_cells.in_bins(sparse_cells.simulated(6400, 10.0, 1))
    assert abs(np.sqrt(np.mean((bins - low) ** 2)) / np.hypot(right - low, bins.std()) - 1) < 0.05


@pytest.mark.slow
def test_a_run_of_the_mesoscopic_theory_has_the_bins_that_were_asked_for() -> None:
    circuit = read_circuit(LEAKY)
    state = self_consistent_states(circuit)[0]
    condition = SimpleNamespace(circuit=circuit, theory=state)
    run = mesoscopic_activity(condition, 2.0, 1e-3, 1)  # type: ignore[arg-type]
    assert run["rate"].shape == (2, 2000)
    mean, error = run["rate"].values.mean(axis=1), run["rate"].values.std(axis=1) / np.sqrt(2000)
    assert np.all(np.abs(mean / state.rates - 1) < 0.1 + 10 * error / mean)
