"""GABA_B on both sides of the synapse: the cascade behind the receptor, and the receptors on the terminals."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.prediction import PredictionRefused, operating_point, predict_kernel
from mesobridge.spiking import (
    MECHANISMS,
    POPULATIONS,
    Afferent,
    GabaBCascade,
    PointCell,
    Population,
    PresynapticInhibition,
    ProbeSpikes,
    SteadyDrive,
    Synapse,
    TimeVaryingInput,
    settled,
)
from mesobridge.spiking.engine import EngineError, simulate
from mesobridge.spiking.engine.fragments import Fragment
from mesobridge.spiking.engine.modulated_text import cascade_gate
from mesobridge.spiking.engine.modulation import cascade_values
from mesobridge.spiking.engine.structure import SynapseForm
from mesobridge.spiking.mechanisms import Mode
from mesobridge.spiking.stimuli import ArrayInput

PRESYNAPTIC = MECHANISMS["gaba_b_presynaptic"]
DT = 1e-4


def passive(*afferents: Afferent) -> Population:
    """A membrane without noise that never reaches its threshold."""
    cell = PointCell(
        capacitance="20 pF", leak_conductance="100 nS", leak_reversal="-70 mV", threshold="0 mV", reset="-70 mV",
        refractory_period="2 ms",
    )  # fmt: skip
    return Population(name="passive", cell=cell, afferents=afferents)


def volleys(samples: dict[float, float], rate: float, cells: int, duration: float) -> TimeVaryingInput:
    """Play single steps of very high rate: ``samples`` maps a time (s) to the mean number of spikes in that step."""
    waveform = np.full(round(duration / DT), -1.0)
    for time, spikes in samples.items():
        waveform[round(time / DT)] = spikes / (rate * DT) - 1
    stimulus = ArrayInput(samples=tuple(waveform), interval=DT)
    return TimeVaryingInput(
        stimuli=(stimulus,), channel="inhibitory", groups=10, cells_per_group=cells // 10, duration=duration, dt=DT,
        warm_up="0 s", sample="1 ms",
    )  # fmt: skip


# The cascade


def gate_of(synapse: Synapse, form: SynapseForm, text: Fragment, spikes: int) -> np.ndarray:
    """The open share after spikes 5 ms apart, by the statements that the engine compiles, one step after another."""
    assert synapse.cascade is not None
    kind = form.receptor
    state = {
        f"bound_{kind}": 0.0,
        f"protein_{kind}": 0.0,
        "exp": np.exp,
        **cascade_values(synapse, synapse.cascade, DT),
    }
    code = compile(text.statements, "cascade", "exec")
    found = np.empty(6000)
    for step in range(found.size):
        state["events"] = float(step % 50 == 0 and step < 50 * spikes)
        exec(code, state)
        found[step] = state[f"g_{kind}"] / synapse.weight
    return found


@pytest.fixture(scope="module")
def opened():
    """Open shares after 1, 2, 4 and 8 spikes at 200 Hz on one terminal."""
    cascade = GabaBCascade(terminals=1)
    synapse = Synapse(receptor="gaba_b", weight="1 nS", reversal="-95 mV", decay="200 ms", cascade=cascade)
    form = SynapseForm("gaba_b", 0, False, False, False, False, cascade=True)
    return {spikes: gate_of(synapse, form, cascade_gate(form, "events"), spikes) for spikes in (1, 2, 4, 8)}


def test_the_cascade_answers_to_bursts_and_hardly_to_single_spikes(opened):
    """Reference: peaks of 1.5e-5, 2.0e-4, 2.4e-3 and 2.1e-2, 102 to 120 ms after the first spike; 8 to 1 above 500."""
    for spikes, reference in {1: 1.5e-5, 2: 2.0e-4, 4: 2.4e-3, 8: 2.1e-2}.items():
        assert opened[spikes].max() == pytest.approx(reference, rel=0.06), spikes
        assert 0.095 < (opened[spikes].argmax() + 1) * DT < 0.125
    assert opened[8].max() / opened[1].max() > 500


def test_one_spike_opens_with_the_course_of_destexhe(opened):
    """Reference: peak at 102 ms, half decay 164 ms later."""
    gate = opened[1]
    peak = gate.argmax()
    assert (peak + 1) * DT == pytest.approx(0.102, abs=0.002)
    half = peak + np.flatnonzero(gate[peak:] < gate[peak] / 2)[0]
    assert (half - peak) * DT == pytest.approx(0.164, abs=0.003)


def test_the_linear_gate_peaks_like_the_cascade():
    """Rise 60 and decay 200 ms, the kernel of the library populations: the peak is at 103 ms."""
    synapse = POPULATIONS["e1"]().synapse("gaba_b")
    time = np.arange(0, 1, 1e-5)
    gate = synapse.peak_factor * (np.exp(-time / synapse.decay) - np.exp(-time / synapse.rise))
    assert 0.095 < time[gate.argmax()] < 0.110


def with_cascade(**of_cascade) -> Population:
    return POPULATIONS["e1"]().with_synapse("gaba_b", weight="0.5 nS", cascade=GabaBCascade(**of_cascade))


def test_theory_takes_a_pooled_cascade_at_its_mean_and_refuses_its_kernel():
    population = with_cascade()
    rate = population.afferent("inhibitory").rate
    cascade = GabaBCascade()
    still = population.with_synapse("gaba_b", cascade=None, weight=0.0, tonic=0.5e-9 * cascade.steady_open(rate))
    assert settled(population) == still
    assert operating_point(population).v == operating_point(still).v
    assert predict_kernel(population).features == predict_kernel(still).features
    with pytest.raises(PredictionRefused, match="answers to bursts"):
        predict_kernel(population, "inhibitory")
    assert predict_kernel(population, "inhibitory", receptors=("gaba_a",)).features["area"] < 0
    with pytest.raises(PredictionRefused, match="fourth power of the mean"):
        operating_point(with_cascade(terminals=1).with_afferent("inhibitory", rate=5.0))


def test_the_variation_of_bound_receptors_is_that_of_their_shot_noise():
    cascade = GabaBCascade(terminals=4)
    rng, rate, bound, kept = np.random.default_rng(3), 30.0, 0.0, []
    for wait in rng.exponential(1 / rate, 200_000):
        # Poisson spikes see time averages, so what a spike meets is the mean over time
        bound *= np.exp(-cascade.unbinding * wait)
        kept.append(bound)
        bound += cascade.binding / cascade.terminals * (1 - bound)
    sampled = np.std(kept) / np.mean(kept)
    assert cascade.variation(rate) == pytest.approx(sampled, rel=0.03)
    assert cascade.steady_protein(rate) * 33 / 98 == pytest.approx(np.mean(kept), rel=0.02)
    assert cascade.variation(0.0) == 0


@pytest.mark.cpp
def test_the_engine_holds_a_cascade_at_its_mean():
    cascade = GabaBCascade()
    gaba = Synapse(receptor="gaba_b", weight="100 nS", reversal="-95 mV", decay="200 ms", cascade=cascade)
    afferent = Afferent(name="inhibitory", rate="3 kHz", synapses=(gaba,))
    experiment = SteadyDrive(levels=(0.0,), cells=64, duration="4 s", warm_up="1 s")
    measured = simulate(passive(afferent), experiment, seed=3)["v_free_mean"].values
    opened = cascade.steady_open(3000.0)
    expected = (100 * -0.070 + 100 * opened * -0.095) / (100 + 100 * opened)
    assert expected + 0.070 < -2e-3
    assert cascade.variation(3000.0) < 0.02
    assert measured.mean() == pytest.approx(expected, abs=0.01 * abs(expected + 0.070))


@pytest.mark.cpp
def test_a_cascade_is_not_probed():
    experiment = ProbeSpikes(afferent="inhibitory", groups=2, cells_per_group=2)
    with pytest.raises(EngineError, match="no response that adds up"):
        simulate(with_cascade(), experiment, seed=1)


def with_dendritic_cascade() -> Population:
    """The thick-tufted pyramid with a GABA_B cascade in its dendrite."""
    l5 = POPULATIONS["l5_thick_tufted"]()
    slow = Synapse(
        receptor="gaba_b", weight="2 nS", reversal="-90 mV", decay="200 ms", site="dendrite", cascade=GabaBCascade()
    )
    fast = l5.afferent("apical_inhibitory").synapses
    return l5.with_afferent("apical_inhibitory", synapses=(*fast, slow))


@pytest.mark.cpp
def test_a_cascade_of_the_dendrite_is_not_probed_either():
    experiment = ProbeSpikes(afferent="apical_inhibitory", groups=2, cells_per_group=2)
    with pytest.raises(EngineError, match="no response that adds up"):
        simulate(with_dendritic_cascade(), experiment, seed=1)


# Receptors on terminals


def inhibited(strength: float, kind: str) -> Population:
    """Current synapses on a membrane that follows them: the inhibitory one, or a steady excitatory one."""
    held = PresynapticInhibition(strength=strength, terminals=1)
    fast = {"decay": "3 ms", "current_based": True}
    gaba = Synapse(receptor="gaba_a", weight="1 nS" if kind == "auto" else 0.0, reversal="-80 mV", **fast)
    ampa = Synapse(receptor="ampa", weight=0.0 if kind == "auto" else "1 nS", reversal="0 mV", **fast)
    return passive(
        Afferent(name="excitatory", rate="1 kHz", synapses=(ampa,), presynaptic=held if kind == "hetero" else None),
        Afferent(name="inhibitory", rate="10 Hz", synapses=(gaba,), presynaptic=held if kind == "auto" else None),
    )


def left_after_volley(kind: str, strength: float, delay: float) -> float:
    """The response a ``delay`` (s) after a volley of 8 spikes, against that without receptors; same random numbers."""
    later = {0.3 + delay: 2.0} if kind == "auto" else {}  # the excitatory afferent goes on all the time
    experiment = volleys({0.3: 8.0, **later}, 10.0, 2000, 0.9)
    first = round((0.3 + delay) * 1e3) - (0 if later else 6)
    window = slice(first, first + 12)
    held, free = (
        simulate(inhibited(s, kind), experiment, seed=5)["v_free"].values[0].mean(axis=0)[window] + 0.070
        for s in (strength, 0.0)
    )
    assert np.abs(free).max() > 1e-4
    return float(held.sum() / free.sum())


@pytest.mark.cpp
@pytest.mark.parametrize(("kind", "strength"), [("auto", 0.8), ("hetero", 0.5)])
def test_a_volley_takes_from_the_release_that_follows(kind, strength):
    """Reference: 0.6 of the second inhibitory potential is left at 200 ms, and it recovers with the time constant.

    8 spikes on average occupy 1 - exp(-8 x 0.5) = 0.98 of the receptors, of which exp(-200/300) are left.
    """
    for delay in (0.2, 0.4):
        occupied = -np.expm1(-8 * 0.5) * np.exp(-delay / 0.3)
        assert left_after_volley(kind, strength, delay) == pytest.approx(1 - strength * occupied, abs=0.01)
    if kind == "auto":
        assert left_after_volley(kind, strength, 0.2) == pytest.approx(0.6, abs=0.05)


@pytest.mark.cpp
def test_release_in_the_engine_has_the_mean_that_theory_takes():
    """Poisson spikes meet the mean over time of what they themselves leave behind."""
    for channel, rates in (("current", None), ("inhibitory", 1500.0)):
        population = PRESYNAPTIC.apply(POPULATIONS["e1"](), 0.8, "bio")
        level = 0.0 if rates is None else rates
        experiment = SteadyDrive(levels=(level,), channel=channel, cells=192, duration="4 s", warm_up="1 s")
        recording = simulate(population, experiment, seed=8)
        error = recording["v_free_mean"].values.std() / np.sqrt(192)
        point = operating_point(population, rates=None if rates is None else {"inhibitory": rates})
        assert recording["v_free_mean"].values.mean() == pytest.approx(point.v, abs=4 * error + 5e-5)
        plain = operating_point(POPULATIONS["e1"](), rates=None if rates is None else {"inhibitory": rates})
        assert abs(point.v - plain.v) > 20 * error


def kernels(population: Population) -> tuple[np.ndarray, np.ndarray]:
    """Responses to an excitatory and an inhibitory spike."""
    found = []
    for afferent in ("excitatory", "inhibitory"):
        probe = ProbeSpikes(
            afferent=afferent, sizes=(1.0,), groups=5, cells_per_group=10, duration="0.3 s", warm_up="0.3 s"
        )
        found.append(simulate(population, probe, seed=2)["response"].values[0].mean(axis=0))
    return found[0], found[1]


@pytest.mark.cpp
def test_presynaptic_receptors_shrink_responses_of_both_signs_and_keep_their_shape():
    """The control is the factor on the wrong side: fewer GABA receptors leave the excitatory response as it was."""
    e1 = POPULATIONS["e1"]()
    left = PresynapticInhibition(strength=0.8).steady_release(500.0)
    assert 0.6 < left < 0.7
    # current holds the potential, which would change the driving forces
    held = PRESYNAPTIC.apply(e1, 0.8)
    held = replace(held, current=_holding(held, operating_point(e1).v))
    wrong = e1.with_synapse("gaba_a", weight=left * e1.synapse("gaba_a").weight)
    wrong = wrong.with_synapse("gaba_b", weight=left * e1.synapse("gaba_b").weight)
    wrong = replace(wrong, current=_holding(wrong, operating_point(e1).v))
    before, after, control = kernels(e1), kernels(held), kernels(wrong)
    for sign in (0, 1):
        assert np.abs(after[sign]).max() / np.abs(before[sign]).max() == pytest.approx(left, rel=0.08)
        assert np.corrcoef(before[sign], after[sign])[0, 1] > 0.99
    assert np.abs(control[1]).max() / np.abs(before[1]).max() == pytest.approx(left, rel=0.08)
    assert np.abs(control[0]).max() / np.abs(before[0]).max() > 0.98


def _holding(population: Population, v: float) -> float:
    """The current (A) that brings the mean free potential to ``v`` (V)."""
    low, high = -3e-10, 3e-10
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if operating_point(population, current=middle).v < v else (low, middle)
    return (low + high) / 2


def test_terminals_are_chosen_by_the_reading():
    e1 = POPULATIONS["e1"]()
    chosen: dict[Mode, tuple[bool, bool]] = {
        "bio": (True, True), "bio:autoreceptor": (False, True), "bio:heteroreceptor": (True, False),
    }  # fmt: skip
    for mode, expected in chosen.items():
        changed = PRESYNAPTIC.apply(e1, 0.5, mode)
        present = tuple(changed.afferent(name).presynaptic is not None for name in ("excitatory", "inhibitory"))
        assert present == expected
    steady = PRESYNAPTIC.apply(e1, 0.5)
    assert settled(PRESYNAPTIC.apply(e1, 0.5, "bio")) == steady
    assert PRESYNAPTIC.apply(PRESYNAPTIC.apply(e1, 0.3, "bio"), 0.2, "bio") == PRESYNAPTIC.apply(e1, 0.5, "bio")
    with pytest.raises(ValueError, match="outside 0 to 1"):
        PRESYNAPTIC.apply(e1, 1.2, "bio")
    with pytest.raises(ValueError, match="no afferent that releases GABA"):
        PRESYNAPTIC.apply(POPULATIONS["escape_rate"](), 0.5)


def test_terminals_of_each_compartment_hear_the_gaba_released_there():
    l5 = POPULATIONS["l5_thick_tufted"]()
    sources = {
        "excitatory": "inhibitory", "inhibitory": "inhibitory",
        "apical_excitatory": "apical_inhibitory", "apical_inhibitory": "apical_inhibitory",
    }  # fmt: skip
    expected: dict[Mode, set[str]] = {
        "bio": set(sources), "bio:autoreceptor": {"inhibitory", "apical_inhibitory"},
        "bio:heteroreceptor": {"excitatory", "apical_excitatory"},
    }  # fmt: skip
    for mode, names in expected.items():
        changed = PRESYNAPTIC.apply(l5, 0.5, mode)
        found = {a.name: a.presynaptic.source for a in changed.afferents if a.presynaptic is not None}
        assert found == {name: sources[name] for name in names}
    assert settled(PRESYNAPTIC.apply(l5, 0.5, "bio")) == PRESYNAPTIC.apply(l5, 0.5)


def test_what_the_steady_reading_adds_is_on_top_of_the_receptors_that_are_there():
    e1 = POPULATIONS["e1"]()
    present = e1.with_afferent("excitatory", presynaptic=PresynapticInhibition(strength=0.3, time_constant="0.5 s"))
    together, steady = settled(PRESYNAPTIC.apply(present, 0.4, "bio")), settled(PRESYNAPTIC.apply(present, 0.4))
    for one, other in zip(together.synapses, steady.synapses, strict=True):
        assert one.weight == pytest.approx(other.weight, rel=1e-12)
    with pytest.raises(ValueError, match=r"to 1\.1, outside 0 to 1; the untouched one is 0\.3"):
        PRESYNAPTIC.apply(present, 0.8)


def test_a_spike_that_changes_later_release_has_no_kernel():
    population = PRESYNAPTIC.apply(POPULATIONS["e1"](), 0.5, "bio")
    with pytest.raises(PredictionRefused, match="also takes from the releases"):
        predict_kernel(population, "inhibitory")
    with pytest.raises(EngineError, match="also takes from the releases"):
        simulate(population, ProbeSpikes(afferent="inhibitory", groups=2, cells_per_group=2), seed=1)
    steady = PRESYNAPTIC.apply(POPULATIONS["e1"](), 0.5)
    assert predict_kernel(population).features == predict_kernel(steady).features
