"""The drives of a study bring the population to the wanted potentials, or the study is refused."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.prediction import operating_point
from mesobridge.spiking import POPULATIONS
from mesobridge.validation.drive_levels import drives_for
from mesobridge.validation.study import StudyError

WANTED = np.linspace(-0.070, -0.030, 12)


@pytest.mark.parametrize("name", ["e1", "textbook_lif", "saturating_lif", "fast_spiking", "escape_rate"])
def test_currents_bring_every_population_to_the_wanted_potentials(name):
    population = POPULATIONS[name]()
    drives = drives_for(population, "current", WANTED)
    reached = [operating_point(population, current=float(drive)).v for drive in drives]
    assert np.all(np.diff(drives) > 0)
    # A tenth of the spacing: the levels stand where they were asked for.
    assert np.max(np.abs(reached - WANTED)) < 0.1 * (WANTED[1] - WANTED[0])


def test_a_linear_membrane_is_hit_exactly():
    population = replace(POPULATIONS["textbook_lif"](), afferents=())
    drives = drives_for(population, "current", WANTED)
    cell = population.cell
    np.testing.assert_allclose(drives, cell.leak_conductance * (WANTED - cell.leak_reversal), rtol=1e-9, atol=1e-18)


def test_rates_of_an_afferent_bring_it_there_and_are_never_negative():
    population = POPULATIONS["e1"]()
    wanted = np.linspace(-0.078, -0.045, 8)
    rates = drives_for(population, "excitatory", wanted)
    assert np.all(rates >= 0)
    reached = np.array([operating_point(population, rates={"excitatory": float(rate)}).v for rate in rates])
    lowest = operating_point(population, rates={"excitatory": 0.0}).v
    assert lowest > wanted[0], "without the afferent the cell rests above the lowest potential"
    assert np.max(np.abs(reached - np.maximum(wanted, lowest))) < 0.2 * (wanted[1] - wanted[0])


def test_a_potential_beyond_every_reversal_is_refused():
    with pytest.raises(StudyError, match=r"no drive through excitatory brings .* to 20 mV .*; choose v_max or v_min"):
        drives_for(POPULATIONS["textbook_lif"](), "excitatory", np.array([-0.060, 0.020]))


def test_an_inhibitory_channel_cannot_depolarise():
    with pytest.raises(StudyError, match="no drive through inhibitory brings"):
        drives_for(POPULATIONS["textbook_lif"](), "inhibitory", np.array([-0.060, -0.040]))
