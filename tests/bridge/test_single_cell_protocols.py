"""What slices show of bursting cells, with the controls that must not show it."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.single_cell_protocols import (
    SPIKE_PULSE,
    bac_firing,
    calcium_spike_level,
    calcium_threshold,
    coincidence_window,
    critical_frequency,
    rebound,
    run_pulses,
    step_response,
)
from mesobridge.spiking import (
    MECHANISMS,
    POPULATIONS,
    ApicalDendrite,
    HCurrent,
    PointCell,
    Pulses,
    TTypeCurrent,
    TwoCompartmentCell,
)
from mesobridge.spiking.engine.equilibrium import free_equilibrium
from mesobridge.spiking.library import in_silence

L5, RELAY = POPULATIONS["l5_thick_tufted"](), POPULATIONS["thalamic_relay"]()
assert isinstance(L5.cell, TwoCompartmentCell)
assert isinstance(RELAY.cell, PointCell)
assert RELAY.cell.t_type is not None
APICAL: ApicalDendrite = L5.cell.dendrite
T_TYPE: TTypeCurrent = RELAY.cell.t_type
CLOSED = MECHANISMS["hcn_apical_coupling"].apply(L5, 1.0)


def with_dendrite(**changes):
    return L5.with_cell(dendrite=replace(APICAL, **changes))


@pytest.mark.cpp
def test_one_somatic_spike_halves_the_threshold_of_the_dendrite():
    """T-f1: 1 spike alone, thresholds 0.45 to 0.6 of each other, a burst when paired."""
    firing = bac_firing(L5)
    assert firing.spikes_without_epsc == 1
    assert firing.spikes_paired >= 2
    assert 0.45 < firing.ratio < 0.6
    assert calcium_threshold(L5, np.arange(400e-12, 800e-12, 20e-12), paired=True)[1] == 2


@pytest.mark.cpp
def test_without_back_propagation_there_is_no_bac_firing_and_no_critical_frequency():
    deaf = with_dendrite(back_propagation=0.0)
    assert bac_firing(deaf).ratio == 1.0
    with pytest.raises(ValueError, match="critical frequency, Hz: none up to 160"):
        critical_frequency(deaf)


@pytest.mark.cpp
def test_every_pulse_of_the_train_makes_one_spike():
    amplitude, width = SPIKE_PULSE
    trains = [Pulses(amplitude=amplitude, width=width, count=4, frequency=f) for f in (40.0, 60.0, 80.0, 120.0, 160.0)]
    assert run_pulses(L5, trains)["spike_count"].values.tolist() == [4] * 5


@pytest.mark.cpp
def test_closing_hcn_channels_lowers_the_critical_and_the_paired_threshold_alone():
    """T-f2, single cell: ratio 0.65 to 0.78; paired threshold -40 to -55 %; the dendrite alone within 5 %."""
    assert 0.65 < critical_frequency(CLOSED) / critical_frequency(L5) < 0.78
    before, after = bac_firing(L5), bac_firing(CLOSED)
    assert -0.55 < after.paired / before.paired - 1 < -0.40
    assert abs(after.alone / before.alone - 1) < 0.05


@pytest.mark.cpp
@pytest.mark.parametrize("conductance", ["15 nS", "30 nS", "60 nS"])
@pytest.mark.parametrize("reversal", ["-45 mV", "-30 mV"])
def test_gated_channels_in_one_compartment_hardly_matter(conductance, reversal):
    """T-f3, the negative control: a full block leaves more than 0.88 of the critical frequency, or raises it."""
    gated = with_dendrite(h_current=HCurrent(conductance=conductance, reversal=reversal))
    blocked = MECHANISMS["hcn_apical_coupling"].apply(gated, 1.0, "bio:explicit")
    assert critical_frequency(blocked) / critical_frequency(gated) > 0.88


@pytest.mark.cpp
def test_the_window_of_coincidence_is_about_25_ms_wide():
    delays = np.array([-0.015, -0.010, -0.005, 0.0, 0.005, 0.010, 0.015, 0.020])
    thresholds = coincidence_window(L5, delays)
    reference = np.array([720, 480, 360, 320, 460, 760, 920, 980]) * 1e-12
    np.testing.assert_allclose(thresholds, reference, atol=21e-12)
    alone, _ = calcium_threshold(L5, np.arange(0.0, 2e-9, 20e-12), paired=False)
    below = delays[thresholds < 0.9 * alone]
    assert 0.020 <= np.ptp(below) <= 0.030


@pytest.mark.cpp
def test_dendritic_gaba_b_raises_the_threshold_of_the_dendrite():
    blocked = with_dendrite(calcium_block=0.4)
    assert calcium_spike_level(blocked) == pytest.approx(-0.014)
    assert bac_firing(blocked).alone > 1.1 * bac_firing(L5).alone


@pytest.mark.cpp
def test_release_from_hyperpolarisation_makes_a_short_burst():
    """T-g1: 2 to 3 spikes 100 to 130 ms after 200 ms; with the two time constants exchanged more than 6."""
    open_leak = MECHANISMS["t_type_mode"].apply(RELAY, 0.0, "bio")
    found = rebound(open_leak, np.array([0.02, 0.05, 0.1, 0.2, 0.4]))
    assert found.spikes.values[0] == 1
    assert np.all(np.diff(found.spikes.values) >= 0)
    assert found.spikes.sel(hold=0.2) in (2, 3)
    assert 0.100 < found.latency.sel(hold=0.2) < 0.130
    swapped = open_leak.with_cell(t_type=replace(T_TYPE, inactivation=T_TYPE.recovery, recovery=T_TYPE.inactivation))
    assert rebound(swapped, np.array([0.2])).spikes.item() > 6


@pytest.mark.cpp
def test_bursts_end_where_the_rest_leaves_the_t_type_window():
    """T-g2: with less K+ leak the rest rises; above -60 mV a step finds no burst, below it one."""
    bias, step = 25e-12, np.array([80e-12])
    factors = np.array([1.0, 0.75, 0.5, 0.25, 0.1, 0.0])
    rests, bursts = [], []
    for factor in factors:
        cells = MECHANISMS["t_type_mode"].apply(RELAY, factor, "bio")
        rests.append(free_equilibrium(replace(in_silence(cells), current=bias), np.zeros(1), ())[0])
        bursts.append(step_response(cells, step, bias=bias, duration=0.2).bursts.item())
    inactivated = np.array(rests) > T_TYPE.v_half
    assert np.all(np.diff(rests) > 0)
    assert 0 < inactivated.sum() < factors.size
    assert np.array(bursts).tolist() == np.where(inactivated, 0, 1).tolist()


@pytest.mark.cpp
def test_the_burst_is_all_or_none_and_tonic_firing_is_graded():
    burst = step_response(RELAY, np.arange(90, 221, 10) * 1e-12, duration=0.2)
    assert burst.spikes.values.min() >= 2
    assert burst.spikes.values.std() / burst.spikes.values.mean() < 0.3
    tonic = MECHANISMS["t_type_mode"].apply(RELAY, 0.0, "bio")
    currents = np.arange(85, 300, 15) * 1e-12
    count = step_response(tonic, currents, bias=25e-12, duration=1.0).spikes.values
    assert count.min() > 0
    assert np.corrcoef(currents, count)[0, 1] ** 2 > 0.98
    assert count.max() / count.min() > 5


@pytest.mark.cpp
def test_without_t_type_channels_a_relay_cell_is_silent_where_it_burst():
    none = MECHANISMS["t_type_mode"].apply(RELAY, 0.0)
    assert step_response(none, np.arange(90, 221, 10) * 1e-12, duration=0.2).spikes.values.max() == 0


def test_protocols_refuse_the_wrong_cells():
    with pytest.raises(ValueError, match="no apical dendrite"):
        critical_frequency(RELAY)
    with pytest.raises(ValueError, match="no T-type channels"):
        rebound(L5, np.array([0.1]))
