"""The numbers of a step: exact areas, exact noise, the state to start from."""

import math

import numpy as np
import pytest

from mesobridge.spiking import POPULATIONS
from mesobridge.spiking.engine.equilibrium import free_equilibrium, net_current
from mesobridge.spiking.engine.layout import layouts
from mesobridge.spiking.engine.model_text import model_text
from mesobridge.spiking.engine.parameters import values_of
from mesobridge.spiking.engine.structure import structure_of
from mesobridge.spiking.engine.timing import timing_of
from mesobridge.spiking.protocols import SteadyDrive
from mesobridge.spiking.synapses import MembraneNoise


def numbers(population, *, dt=1e-4, levels=(0.0,), cells=8):
    experiment = SteadyDrive(levels=levels, cells=cells, dt=dt)
    timing = timing_of(experiment)
    structure = structure_of(population, experiment, timing, tuple(a.rate for a in population.afferents), "float64")
    return values_of(
        model_text(structure), structure, population, experiment, timing, layouts(population, experiment)[0], 1
    )


@pytest.mark.parametrize("dt", [1e-5, 1e-4, 1e-3])
def test_one_spike_opens_the_area_of_the_description(dt):
    population = POPULATIONS["e1"]()
    values = numbers(population, dt=dt)
    for synapse in population.synapses:
        kind = synapse.receptor
        parts = [(f"{kind}_slow", 1), (f"{kind}_fast", -1)] if synapse.rise else [(kind, 1)]
        area = sum(sign * values[f"jump_{part}"][0] / (1 - values[f"keep_{part}"][0]) for part, sign in parts) * dt
        assert area == pytest.approx(synapse.weight * synapse.gate_area, rel=1e-12)


@pytest.mark.parametrize("ratio", [50.0, 1.0, 1e-4])
def test_the_noise_has_the_intensity_of_the_process_at_any_step(ratio):
    dt = 1e-4
    population = POPULATIONS["textbook_lif"]()
    noise = MembraneNoise(amplitude="100 pA", time_constant=ratio * dt)
    values = numbers(type(population)(name="n", cell=population.cell, noise=noise), dt=dt)
    keep, kick = values["keep_noise"][0], values["kick_noise"][0]
    at_zero_frequency = dt * (kick / (1 - keep)) ** 2
    assert at_zero_frequency == pytest.approx(2 * noise.amplitude**2 * noise.time_constant, rel=1e-9)
    if ratio > 10:
        assert kick / math.sqrt(1 - keep**2) == pytest.approx(noise.amplitude, rel=1e-4)


@pytest.mark.parametrize("name", POPULATIONS)
def test_simulations_start_where_the_mean_current_vanishes(name):
    population = POPULATIONS[name]()
    current = np.array([-200e-12, 0.0, 500e-12])
    rates = tuple(np.full(3, afferent.rate) for afferent in population.afferents)
    v = free_equilibrium(population, current, rates)
    assert np.all(np.diff(v) > 0)
    np.testing.assert_allclose(net_current(population, v, current, rates), 0, atol=1e-20)


def test_spiking_cells_start_below_threshold_and_not_together():
    values = numbers(POPULATIONS["saturating_lif"](), levels=(1e-9,), cells=100)
    assert np.all(values["v"] < values["spike_level"])
    assert np.unique(np.round((values["v"] - values["reset"]) / 2e-3, 3)).size > 90


def test_a_cell_is_a_shifted_copy_threshold_cutoff_and_reset_alike():
    values = numbers(POPULATIONS["e1"](), cells=50)
    np.testing.assert_allclose(values["spike_level"] - values["threshold"], 20e-3)
    np.testing.assert_allclose(values["threshold"] - values["reset"], 8e-3)
    assert values["threshold"].std() == pytest.approx(2e-3, rel=0.05)


def test_the_seed_fills_both_words_of_the_key():
    population = POPULATIONS["escape_rate"]()
    experiment = SteadyDrive(levels=(0.0,), cells=2)
    timing = timing_of(experiment)
    structure = structure_of(population, experiment, timing, (500.0,), "float64")
    row = layouts(population, experiment)[0]
    values = values_of(model_text(structure), structure, population, experiment, timing, row, (7 << 32) + 0xFFFFFFFF)
    assert (values["seed_low"][0], values["seed_high"][0]) == (-1, 7)
