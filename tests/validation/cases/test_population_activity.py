"""Irregularity, synchrony, rhythm and the names of states, on trains and rates whose answers are known."""

import numpy as np
import pytest

from mesobridge.validation.cases.population_activity import (
    interval_irregularity,
    mean_with_error,
    modulation,
    raster,
    rhythm,
    state_of,
)

WIDTH = 5e-4


@pytest.mark.parametrize("order", [1, 4])
def test_irregularity_of_gamma_trains(order):
    intervals = np.random.default_rng(1).gamma(order, 0.02 / order, (400, 200))
    times, cells = intervals.cumsum(axis=1).ravel(), np.repeat(np.arange(400), 200)
    shuffled = np.random.default_rng(2).permutation(times.size)
    found, error = interval_irregularity(times[shuffled], cells[shuffled])
    assert 0 < error < 0.01
    assert found == pytest.approx(1 / np.sqrt(order), abs=4 * error + 0.01)  # a finite sample reads 1/(4 n) low


def test_irregularity_is_refused_on_too_few_spikes():
    with pytest.raises(ValueError, match="0 cells have 5 intervals; record longer"):
        interval_irregularity([0.1, 0.2, 0.1], [0, 0, 1])


def test_independent_cells_have_no_modulation_and_a_common_rhythm_its_depth():
    rng, cells, rate = np.random.default_rng(3), 1000, 20.0
    alone = rng.poisson(cells * rate * WIDTH, 20000) / cells / WIDTH
    assert modulation(alone, cells, WIDTH)[0] < 0.2 * alone.std() / alone.mean()
    common = rate * (1 + 0.8 * np.sin(2 * np.pi * 40 * np.arange(20000) * WIDTH))
    together = rng.poisson(cells * common * WIDTH) / cells / WIDTH
    depth, error = modulation(together, cells, WIDTH)
    assert depth == pytest.approx(0.8 / np.sqrt(2), abs=max(4 * error, 0.005))
    frequency, error = rhythm(together, WIDTH)
    assert frequency == pytest.approx(40, abs=max(4 * error, 0.2))


def test_the_error_of_a_mean_is_that_of_independent_values():
    values = np.random.default_rng(4).normal(3.0, 2.0, (2000, 1000))
    mean, error = mean_with_error(values)
    assert error.mean() == pytest.approx(2 / np.sqrt(1000), rel=0.02)
    assert ((mean - 3) / error).std() == pytest.approx(1, abs=0.1)
    with pytest.raises(ValueError, match="take fewer pieces"):
        mean_with_error([1.0, 2.0])


def test_states_are_told_apart():
    assert state_of(0.05, 1.5, 300) == "SR"
    assert state_of(0.7, 1.0, 170) == "SI_fast"
    assert state_of(0.4, 0.5, 120) == "AI"
    assert state_of(0.7, 1.5, 20) == "SI_slow"


def test_a_raster_keeps_cells_and_span():
    shown = raster([0.05, 0.15, 0.25, 0.16], [0, 1, 1, 7], shown=2, span=(0.1, 0.2))
    assert shown == {"time": [0.05], "cell": [1]}
