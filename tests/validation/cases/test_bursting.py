"""The layer 5 cell meets its published numbers; scaling the wrong quantity does not."""

import pytest

from mesobridge.bridge.single_cell_protocols import critical_frequency
from mesobridge.spiking import POPULATIONS, TwoCompartmentCell
from mesobridge.validation.cases import CASES, published
from mesobridge.validation.cases.bursting import as_in_the_public_code, dendritic_fluctuation, scaled_dendrite


@pytest.mark.cpp
@pytest.mark.slow
def test_thresholds_and_background_of_the_layer_5_cell():
    rows = CASES["L12"].run()
    assert len(rows) == 6
    for row in rows:
        assert row.agrees, (row.quantity, row.ours, row.published)


@pytest.mark.cpp
def test_the_printed_weights_leave_the_dendrite_quieter_than_stated():
    """What the weights of the public code give: 1.8 mV in place of 2.5 mV, hence the scaling of the case."""
    half = scaled_dendrite(as_in_the_public_code(POPULATIONS["l5_thick_tufted"]()), 0.5)
    assert dendritic_fluctuation(half, seed=1) == pytest.approx(1.80e-3, abs=0.05e-3)
    assert dendritic_fluctuation(half, seed=1) < 0.8 * published()["L12"]["fluctuation_v"]


@pytest.mark.cpp
def test_a_block_of_hcn_channels_lowers_the_critical_frequency():
    for row in CASES["L13"].run():
        assert row.agrees, (row.quantity, row.ours, row.published)


@pytest.mark.cpp
def test_a_stronger_calcium_current_would_not_do():
    """The judge rejects another lever: 25 % more of the soma's share leaves the critical frequency where it was."""
    population = POPULATIONS["l5_thick_tufted"]()
    assert isinstance(population.cell, TwoCompartmentCell)
    control = critical_frequency(population)
    other = critical_frequency(population.with_cell(apical_current=population.cell.apical_current * 1.25))
    case = published()["L13"]
    assert abs(other / control - case["ratio"]) > case["ratio_tolerance"]
