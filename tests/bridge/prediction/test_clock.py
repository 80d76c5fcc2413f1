"""The delay of spikes that a clock-driven simulation sees: exact for a leaky cell, of first order for an upstroke."""

import numpy as np
import pytest

from mesobridge.bridge.prediction import operating_point
from mesobridge.bridge.prediction.clock import clock_delay, upstroke_levels
from mesobridge.bridge.prediction.single_cell import single_cell_rates
from mesobridge.spiking import POPULATIONS, PointCell


def test_every_interval_of_a_leaky_cell_grows_by_half_a_step():
    point = operating_point(POPULATIONS["textbook_lif"](), current=400e-12)
    continuous, clocked = (single_cell_rates([point], np.zeros(1), dt=dt).rate[0] for dt in (0.0, 2e-4))
    # The noise that brought the last spike also decays during the delay, which adds a little.
    assert 1e-4 <= 1 / clocked - 1 / continuous < 1.15e-4


def delay_of(dt: float, population_name: str = "fast_spiking") -> float:
    cell = POPULATIONS[population_name]().cell
    assert isinstance(cell, PointCell)
    levels = upstroke_levels(cell, np.array([cell.threshold]))
    upstroke = cell.leak_conductance * cell.slope_factor * np.exp((levels - cell.threshold) / cell.slope_factor)
    return float(clock_delay(levels, upstroke, upstroke, cell.capacitance, dt)[0])


def test_upstroke_is_seen_later_than_half_a_step_and_the_delay_vanishes_with_the_step():
    delays = [delay_of(dt) for dt in (1e-4, 2.5e-5, 6.25e-6)]
    assert delays[0] > 0.5e-4
    assert delays[0] > 2 * delays[1] > 4 * delays[2] > 0


def test_delay_is_that_of_stepping_through_the_upstroke():
    dt = 1e-4
    cell = POPULATIONS["fast_spiking"]().cell
    assert isinstance(cell, PointCell)
    tau, slope, span = cell.capacitance / cell.leak_conductance, cell.slope_factor, cell.spike_level - cell.threshold
    # dx/dt = e^x / tau in slope factors: x(t) = -ln(1 - t/tau), and the cutoff is reached at tau (1 - e^(-x)).
    seen = []
    for phase in (np.arange(8) + 0.5) / 8:
        time = phase * dt
        x = -np.log1p(-time / tau)
        while x < span / slope:
            x, time = x + dt * np.exp(x) / tau, time + dt
        seen.append(time)
    assert delay_of(dt) == pytest.approx(np.mean(seen) - tau * -np.expm1(-span / slope), rel=0.03)
