"""Rates and probabilities of bursts from counts, with errors that cover."""

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.burst_statistics import burst_table, slope_of


def counted(events, bursts, spikes, duration=2.0):
    halves = np.stack([spikes // 2, spikes - spikes // 2])
    return xr.Dataset(
        {
            "spike_count": (("half", "cell"), halves),
            "event_count": ("cell", events),
            "burst_count": ("cell", bursts),
        },
        attrs={"duration": duration},
    )


def test_rates_and_probability_are_ratios_of_totals():
    table = burst_table(counted(np.array([4, 6]), np.array([1, 2]), np.array([6, 9])))
    assert table.event_rate.item() == pytest.approx(10 / 4)
    assert table.spike_rate.item() == pytest.approx(15 / 4)
    assert table.burst_probability.item() == pytest.approx(0.3)
    # 15 spikes, 7 of them alone: 3 bursts of (15 - 7)/3 spikes.
    assert table.spikes_per_burst.item() == pytest.approx(8 / 3)
    assert table.burst_probability.attrs["units"] == "1"


def test_intervals_cover_the_truth_as_often_as_they_say():
    """Cells differ in rate; the probability of a burst is 0.2 for all: 95 % of the intervals hold it."""
    rng, truth, held = np.random.default_rng(3), 0.2, 0
    for _ in range(400):
        events = rng.poisson(rng.gamma(4.0, 5.0, 60))
        bursts = rng.binomial(events, truth)
        table = burst_table(counted(events, bursts, events + bursts))
        held += abs(table.burst_probability.item() - truth) < 1.96 * table.burst_probability_se.item()
    assert 0.92 < held / 400 < 0.975


def test_no_events_have_no_probability_and_no_count_no_table():
    silent = np.zeros(3, dtype=int)
    table = burst_table(counted(silent, silent, silent))
    assert table.event_rate.item() == 0
    assert np.isnan(table.burst_probability.item())
    with pytest.raises(ValueError, match="give the experiment a burst_window"):
        burst_table(counted(silent, silent, silent).drop_vars("burst_count"))
    with pytest.raises(ValueError, match="at least 2"):
        burst_table(counted(silent[:1], silent[:1], silent[:1]))


def test_the_slope_of_a_line_is_found_with_its_error():
    x = np.linspace(0.0, 1.0, 12)
    slope, error = slope_of(x, 3.0 + 2.0 * x)
    assert slope == pytest.approx(2.0)
    assert error < 1e-9
    rng = np.random.default_rng(4)
    found = [slope_of(x, 2.0 * x + 0.1 * rng.standard_normal(12), np.full(12, 0.1)) for _ in range(500)]
    assert np.std([s for s, _ in found]) == pytest.approx(found[0][1], rel=0.1)
