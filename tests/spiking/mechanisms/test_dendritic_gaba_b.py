"""GABA_B in the apical dendrite: the block of its Ca2+ current in time, its mean, and what it does to bursts."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.burst_statistics import burst_table
from mesobridge.spiking import (
    MECHANISMS,
    POPULATIONS,
    CalciumBlock,
    CurrentGrid,
    Population,
    ProbeSpikes,
    SteadyDrive,
    Synapse,
    TimeVaryingInput,
    TwoCompartmentCell,
)
from mesobridge.spiking.engine import EngineError, Job, simulate, simulate_many
from mesobridge.spiking.engine.modulated_text import calcium_block
from mesobridge.spiking.engine.modulation import calcium_block_values
from mesobridge.spiking.engine.structure import SynapseForm
from mesobridge.spiking.library import in_current_noise, with_dendritic_gaba_b
from mesobridge.spiking.stimuli import ArrayInput
from mesobridge.spiking.synapses import Receptor, Site
from mesobridge.validation.study.population import build_population, write_population

DENSITY = MECHANISMS["gaba_b_density"]
L5 = POPULATIONS["l5_thick_tufted"]()
NOISY = with_dendritic_gaba_b(in_current_noise(L5))
DT = 1e-4


def block_of(population: Population) -> CalciumBlock:
    block = population.synapse("gaba_b", "dendrite").calcium_block
    assert block is not None
    return block


def followed(arrivals: dict[int, float], terminals: float = 1.0) -> np.ndarray:
    """The blocked share after spikes at these steps, by the statements that the engine compiles."""
    synapse = replace(NOISY.synapse("gaba_b", "dendrite"), calcium_block=CalciumBlock(terminals=terminals))
    assert synapse.calcium_block is not None
    form = SynapseForm("gaba_b_dendrite", 0, True, False, False, False, site="dendrite", calcium_block=True)
    code = compile(calcium_block(form, "events").statements, "block", "exec")
    values = calcium_block_values(synapse, synapse.calcium_block, DT, np.zeros(1))
    state = {
        **values,
        "exp": np.exp,
        "calcium_current": 1.0,
        "held_gaba_b_dendrite": 0.0,
        "blocked_gaba_b_dendrite": 0.0,
    }
    found = []
    for step in range(10_000):
        state["events"] = arrivals.get(step, 0.0)
        exec(code, state)
        found.append(float(state["blocked_gaba_b_dendrite"]))
        assert state["calcium_left"] == pytest.approx(1 - synapse.calcium_block.share * found[-1])
    return np.array(found)


def test_one_spike_blocks_with_the_course_of_the_slow_gate():
    """Exact: R = step exp(-t/200 ms), and B follows it with 60 ms; a third of the peak is left after 400 ms."""
    time = np.arange(1, 10_001) * DT
    found = followed({0: 1.0})
    exact = 0.5 * 0.200 / 0.140 * (np.exp(-time / 0.200) - np.exp(-time / 0.060))
    np.testing.assert_allclose(found, exact, rtol=1e-9)
    assert time[found.argmax()] == pytest.approx(0.103, abs=1e-3)
    assert 0.25 < found[4000] / found.max() < 0.40


def test_many_spikes_never_block_more_than_all():
    found = followed(dict.fromkeys(range(0, 10_000, 10), 3.0))
    assert 0.95 < found.max() < 1
    pooled = followed(dict.fromkeys(range(0, 10_000, 100), 1.0), terminals=10)
    assert pooled[5000:].mean() == pytest.approx(CalciumBlock().steady_bound(100.0, 0.200), rel=0.05)


def test_a_block_belongs_to_gaba_b_on_a_dendrite():
    wrong: tuple[tuple[Receptor, Site], ...] = (("gaba_a", "dendrite"), ("gaba_b", "soma"))
    for receptor, site in wrong:
        with pytest.raises(ValueError, match=f"{receptor} on the {site}; only gaba_b on a dendrite"):
            Synapse(
                receptor=receptor, weight="1 nS", reversal="-90 mV", decay="0.2 s", site=site,
                calcium_block=CalciumBlock(),
            )  # fmt: skip
    with pytest.raises(ValueError, match="have no dendrite"):
        with_dendritic_gaba_b(POPULATIONS["e1"]())


def test_the_lever_scales_conductance_and_block_of_the_dendrite_alone():
    gaba = NOISY.synapse("gaba_b", "dendrite")
    both = with_dendritic_gaba_b(L5)
    soma = both.with_afferent(
        "inhibitory", synapses=(*both.afferent("inhibitory").synapses, replace(gaba, site="soma", calcium_block=None))
    )
    denser = DENSITY.apply(soma, 1.4, "bio:dendritic")
    assert denser.synapse("gaba_b") == soma.synapse("gaba_b")
    changed = denser.synapse("gaba_b", "dendrite")
    assert changed.weight == pytest.approx(1.4 * gaba.weight)
    assert block_of(denser).share == pytest.approx(1.4 * block_of(soma).share)
    everywhere = DENSITY.apply(soma, 1.4)
    assert everywhere.synapse("gaba_b", "dendrite") == changed
    assert everywhere.synapse("gaba_b").weight == pytest.approx(1.4 * gaba.weight)
    with pytest.raises(ValueError, match=r"blocks to 1\.25, above 1; the untouched one is 0\.5"):
        DENSITY.apply(soma, 2.5, "bio:dendritic")
    with pytest.raises(ValueError, match="no dendritic gaba_b conductance"):
        DENSITY.apply(POPULATIONS["e1"](), 1.4, "bio:dendritic")


def test_a_study_can_state_the_block():
    table = write_population(NOISY)
    assert table["synapses"]["gaba_b_dendrite"]["calcium_block"]["share"] == 0.5
    assert build_population(table) == NOISY
    added = build_population({
        "name": "l5_thick_tufted",
        "afferents": {"neurogliaform": {"rate": "100 Hz"}},
        "synapses": {
            "gaba_b_dendrite": {
                "afferent": "neurogliaform", "weight": "0.05 nS", "reversal": "-90 mV", "rise": "60 ms",
                "decay": "200 ms", "calcium_block": {"share": 0.5},
            }
        },
    })  # fmt: skip
    assert added == with_dendritic_gaba_b(L5)


def test_one_spike_through_a_block_is_not_probed():
    with pytest.raises(EngineError, match="block the dendrite's Ca2\\+ current multiply"):
        simulate(NOISY, ProbeSpikes(afferent="neurogliaform", groups=2, cells_per_group=2), seed=1)


def still(share: float, current: str) -> Population:
    """The layer 5 cell with a dendrite without noise, that part of whose Ca2+ current is blocked for good."""
    assert isinstance(L5.cell, TwoCompartmentCell)
    dendrite = replace(L5.cell.dendrite, calcium_block=share, current=current)
    return replace(in_current_noise(L5), noise=None, cell=replace(L5.cell, dendrite=replace(dendrite, noise=None)))


@pytest.mark.cpp
def test_the_engine_holds_the_block_at_its_mean():
    """Spikes of very many terminals block the share that a constant block would, as the free dendrite shows."""
    block = CalciumBlock(share=0.8, terminals=4000)
    silent = replace(NOISY.synapse("gaba_b", "dendrite"), weight=0.0, calcium_block=block)
    afferent = replace(NOISY.afferent("neurogliaform"), rate=20_000.0, synapses=(silent,))
    bound = block.steady_bound(20_000.0, 0.200)
    assert 0.2 < bound < 0.5
    experiment = SteadyDrive(levels=(0.0,), cells=8, duration="1 s", warm_up="0.3 s")
    current = "250 pA"
    populations = (
        replace(still(0.0, current), afferents=(afferent,)),
        still(0.8 * bound, current),
        still(0.0, current),
    )
    found, expected, free = (simulate(p, experiment, seed=4)["v_free_dendrite_mean"].values.mean() for p in populations)
    assert free - expected > 1e-4, "the block must matter"
    assert found == pytest.approx(expected, abs=0.02 * (free - expected))


@pytest.mark.cpp
def test_receptors_of_the_dendrite_take_bursts_and_leave_basal_drive_alone():
    """Perez-Garci 2006 and Palmer 2012: bursts go, and the inhibition is silent where the dendrite is not active."""
    absent = DENSITY.apply(NOISY, 0.0, "bio:dendritic")
    grid = CurrentGrid(somatic=(600e-12,), dendritic=(-300e-12, 200e-12), cells=40, duration=2.0)
    without, with_them = (burst_table(r) for r in simulate_many([Job(p, grid, 3) for p in (absent, NOISY)]))
    rate, bursts = (
        with_them[name].values[:, 0] / without[name].values[:, 0] for name in ("spike_rate", "burst_probability")
    )
    assert without["burst_probability"].values[1, 0] > 0.4
    assert rate[0] == pytest.approx(1, abs=0.06)
    assert rate[1] < 0.85
    assert bursts[1] < 0.7


@pytest.mark.cpp
def test_a_volley_takes_bursts_for_hundreds_of_milliseconds():
    """Perez-Garci 2006: one volley of layer 1 inhibits dendritic Ca2+ spikes for up to 400 ms."""
    rate, onset = 1.0, 0.5
    waveform = np.full(15_000, -1.0)
    waveform[round(onset / DT)] = 8 / (rate * DT) - 1
    assert isinstance(NOISY.cell, TwoCompartmentCell)
    excited = NOISY.with_cell(dendrite=replace(NOISY.cell.dendrite, current=200e-12))
    listening = excited.with_synapse("gaba_b", "dendrite", weight=0.0, calcium_block=CalciumBlock(terminals=1))
    experiment = TimeVaryingInput(
        stimuli=(ArrayInput(samples=tuple(waveform), interval=DT),), channel="neurogliaform", current=600e-12,
        groups=10, cells_per_group=100, duration=1.5, warm_up=0.3, sample=0.05, dt=DT, burst_window=0.016,
    )  # fmt: skip
    recording = simulate(listening.with_afferent("neurogliaform", rate=rate), experiment, seed=2)
    time = recording["time"].values
    bursts, events = (recording[name].values[0].mean(axis=0) for name in ("burst_rate", "event_rate"))

    def between(low: float, high: float) -> float:
        inside = (time > onset + low) & (time < onset + high)
        return float(bursts[inside].sum() / events[inside].sum())

    before = between(-0.5, 0.0)
    assert before > 0.5
    assert between(0.05, 0.20) < 0.75 * before
    assert between(0.20, 0.40) < 0.88 * before
    assert between(0.75, 1.0) > 0.95 * before
