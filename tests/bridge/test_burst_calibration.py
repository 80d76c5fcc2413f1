"""A planted burst ensemble is found again; a simulated population is described where the reduction holds."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.burst_calibration import calibrate_ensemble, gain_parts, mean_field_surface
from mesobridge.bridge.burst_statistics import burst_table
from mesobridge.meanfield import BurstEnsemble
from mesobridge.spiking import POPULATIONS, CurrentGrid
from mesobridge.spiking.engine import simulate
from mesobridge.spiking.library import in_current_noise

L5 = POPULATIONS["l5_thick_tufted"]()
SOMATIC, DENDRITIC = np.linspace(300e-12, 900e-12, 7), np.linspace(-200e-12, 400e-12, 5)


def planted():
    """The published ensemble, which has the cell's membranes, without adaptation and with a charge sent back."""
    return replace(
        BurstEnsemble.published("payeur2021"), adaptation_jump=0.0, backpropagated_charge=1e-12, burst_midpoint=-0.063
    )


def as_measured(surface, noise=0.0, seed=0):
    rng, found = np.random.default_rng(seed), surface.copy()
    for name, size in (("event_rate", 0.2), ("burst_probability", 0.02)):
        found[name] = surface[name] + noise * size * rng.standard_normal(surface[name].shape)
        found[f"{name}_se"] = xr.full_like(surface[name], size)
    found["burst_rate"] = surface["event_rate"] * surface["burst_probability"]
    return found


def test_a_planted_ensemble_is_found_again():
    truth, silent = planted(), L5.with_cell(adaptation_jump=0.0)
    table = as_measured(mean_field_surface(truth, SOMATIC, DENDRITIC))
    found = calibrate_ensemble(silent, table, burst_interval=truth.burst_interval)
    assert found.ensemble.spikes_per_burst == pytest.approx(truth.spikes_per_burst, rel=1e-9)
    names = {"threshold", "threshold_width", "tau_ref", "burst_midpoint", "burst_width", "backpropagated_charge"}
    assert set(found.estimates) == names
    for name in names - {"threshold", "threshold_width"}:
        assert getattr(found.ensemble, name) == pytest.approx(getattr(truth, name), rel=1e-4), name
    np.testing.assert_allclose(found.ensemble.threshold, truth.threshold, atol=1e-6)
    np.testing.assert_allclose(found.ensemble.threshold_width, truth.threshold_width, rtol=1e-4)
    assert found.event_residual < 1e-4


def test_its_intervals_cover_as_often_as_they_say():
    truth, silent = planted(), L5.with_cell(adaptation_jump=0.0)
    surface = mean_field_surface(truth, SOMATIC, DENDRITIC)
    held, runs = 0, 60
    for seed in range(runs):
        found = calibrate_ensemble(silent, as_measured(surface, 1.0, seed), burst_interval=truth.burst_interval)
        held += found.estimates["burst_midpoint"].covers(truth.burst_midpoint)
        held += found.estimates["tau_ref"].covers(truth.tau_ref)
    assert 0.87 < held / (2 * runs) < 0.995


def test_the_parts_of_the_gain_sum_to_the_whole():
    fine = mean_field_surface(planted(), np.linspace(500e-12, 520e-12, 5), np.array([0.0]))
    parts = gain_parts(fine).isel(somatic=slice(1, -1))
    whole = parts["events"] + parts["bursts"] + parts["spikes_per_burst"]
    assert parts["total"].min() > 1e9
    np.testing.assert_allclose(whole, parts["total"], rtol=1e-4)
    along = gain_parts(mean_field_surface(planted(), np.array([600e-12]), np.linspace(0, 20e-12, 5)), "dendritic")
    middle = along.isel(dendritic=2, somatic=0)
    assert middle["bursts"] > 2 * abs(middle["events"]), "apical current acts through the bursts"
    assert middle["events"] < 0, "which lengthen the dead time of the events"


def test_too_little_is_refused():
    table = as_measured(mean_field_surface(planted(), SOMATIC[:2], DENDRITIC[:2]))
    with pytest.raises(ValueError, match="measure at least 8 pairs"):
        calibrate_ensemble(L5, table)
    with pytest.raises(ValueError, match="have no dendrite"):
        calibrate_ensemble(POPULATIONS["e1"](), table)


@pytest.mark.cpp
def test_the_ensemble_describes_the_population_up_to_moderate_apical_drive():
    """Events within 1 Hz and burst probability within 0.05 up to 100 pA into the dendrite; far worse at 400 pA."""
    somatic, dendritic = np.linspace(0.0, 750e-12, 7), np.array([-300e-12, -200e-12, -100e-12, 0.0, 100e-12, 400e-12])
    population = in_current_noise(L5)
    grid = CurrentGrid(somatic=tuple(somatic), dendritic=tuple(dendritic), cells=30, duration=4.0)
    table = burst_table(simulate(population, grid, seed=5))
    moderate = table.isel(dendritic=slice(0, 5))
    ensemble = calibrate_ensemble(population, moderate).ensemble
    field = mean_field_surface(ensemble, somatic, dendritic)

    def distance(name, rows):
        return float(np.sqrt(((field[name] - table[name]) ** 2).isel(dendritic=rows).mean()))

    below, above = slice(0, 5), slice(5, 6)
    assert table["event_rate"].max() > 15
    assert distance("event_rate", below) < 1.0
    assert distance("burst_probability", below) < 0.05
    assert distance("event_rate", above) > 3 * distance("event_rate", below), "apical spikes start events by themselves"
