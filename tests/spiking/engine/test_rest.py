"""Where a population rests without spikes, against the same population left to itself."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.spiking import POPULATIONS, CurrentGrid
from mesobridge.spiking.engine import resting_potential, simulate
from mesobridge.spiking.engine.equilibrium import free_equilibrium
from mesobridge.spiking.library import in_silence


@pytest.mark.cpp
@pytest.mark.parametrize("name", ["l5_thick_tufted", "thalamic_relay", "e1"])
def test_a_silent_population_comes_to_rest_there(machine, name):
    silent = in_silence(POPULATIONS[name]())
    grid = CurrentGrid(somatic=(0.0, 50e-12), cells=2, duration=0.05, warm_up=2.0)
    found = simulate(silent, grid, seed=1, machine=machine).v_free_mean.isel(dendritic=0).mean("cell").values
    assert found == pytest.approx([resting_potential(silent, current) for current in (0.0, 50e-12)], abs=2e-5)


def test_one_compartment_rests_where_its_mean_current_vanishes():
    e1 = POPULATIONS["e1"]()
    rates = tuple(np.array([afferent.rate]) for afferent in e1.afferents)
    assert resting_potential(e1) == free_equilibrium(e1, np.zeros(1), rates)[0]
    assert resting_potential(e1, rates={"excitatory": 1500.0}) > resting_potential(e1)


def test_the_background_of_the_dendrite_reaches_the_soma_through_the_calcium_gate_alone():
    l5 = POPULATIONS["l5_thick_tufted"]()
    assert resting_potential(l5, rates={"apical_excitatory": 800.0}) > resting_potential(l5)
    cut = l5.with_cell(apical_current=0.0)
    assert resting_potential(cut, rates={"apical_excitatory": 800.0}) == resting_potential(cut)
    assert resting_potential(replace(l5, current=1e-10)) == pytest.approx(resting_potential(l5, 1e-10), abs=1e-12)
