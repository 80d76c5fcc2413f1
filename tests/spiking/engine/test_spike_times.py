"""Spikes fall where the noise-free equation puts them, whatever the step: the step does not delay them."""

import numpy as np
import pytest
from scipy.integrate import quad

from mesobridge.spiking import PointCell, Population, SteadyDrive
from mesobridge.spiking.engine import simulate

LEAKY_CELL = PointCell(
    capacitance="200 pF", leak_conductance="10 nS", leak_reversal="-70 mV", threshold="-50 mV", reset="-60 mV",
    refractory_period="2 ms",
)  # fmt: skip
LEAKY = Population(name="leaky", cell=LEAKY_CELL)
EXPONENTIAL = LEAKY.with_cell(slope_factor="1 mV", cutoff="-30 mV")
CURRENTS = np.linspace(260e-12, 1500e-12, 60)
SECONDS = 4.0


def interval(population, current):
    """Interspike interval (s) of the noise-free cell: refractory period + integral of dV / (dV/dt), as printed."""
    cell = population.cell
    mu = cell.leak_reversal + current / cell.leak_conductance

    def slowness(v):
        upstroke = cell.slope_factor and cell.slope_factor * np.exp((v - cell.threshold) / cell.slope_factor)
        return cell.capacitance / cell.leak_conductance / (mu - v + upstroke)

    top = cell.spike_level
    return cell.refractory_period + quad(slowness, cell.reset, top, points=[cell.threshold], limit=200)[0]


def counts(population, dt):
    drive = SteadyDrive(levels=tuple(CURRENTS), cells=2, duration=SECONDS, warm_up=0.5, dt=dt)
    return simulate(population, drive, seed=1)["spike_count"].sum("half").isel(cell=0).values


@pytest.fixture(scope="module", params=[LEAKY, EXPONENTIAL], ids=["leaky", "exponential"])
def errors(request):
    """Relative errors of the rates at each step, and the expected counts."""
    expected = np.array([SECONDS / interval(request.param, current) for current in CURRENTS])
    return expected, {dt: counts(request.param, dt) / expected - 1 for dt in (4e-4, 2e-4, 1e-4)}


@pytest.mark.cpp
def test_noise_free_cells_fire_at_the_intervals_of_their_equation(errors):
    expected, relative = errors
    assert expected.max() > 800
    one_spike = 1 / expected
    assert np.all(np.abs(relative[1e-4]) < one_spike + 2.5e-3)
    late = 1 / (1 + expected / SECONDS * 1e-4 / 2) - 1  # what half a step in every interval would do
    assert np.abs(relative[1e-4]).sum() < 0.3 * np.abs(relative[1e-4] - late).sum()


@pytest.mark.cpp
def test_the_error_falls_faster_than_the_step(errors):
    _, relative = errors
    coarse, middle = (np.abs(relative[dt]).mean() for dt in (4e-4, 2e-4))
    resolution = np.mean(1 / errors[0]) / 2
    assert middle < coarse / 2.5 + resolution
