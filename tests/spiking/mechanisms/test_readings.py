"""Readings of threshold, refractoriness, receptor density and NMDA: what they change, conserve and do to f-I curves."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from mesobridge.bridge.prediction import PredictionRefused, predict_rate
from mesobridge.bridge.rate_table import rate_table
from mesobridge.bridge.replicates import jackknife_pair
from mesobridge.bridge.validity import check_validity
from mesobridge.spiking import MECHANISMS, POPULATIONS, MovingThreshold, Population, ProbeSpikes, SteadyDrive
from mesobridge.spiking.burst_cells import TwoCompartmentCell
from mesobridge.spiking.engine import simulate
from mesobridge.spiking.mechanisms import Mode
from mesobridge.spiking.mechanisms.nmda_fraction import V_REFERENCE, charge, nmda_share
from mesobridge.spiking.synapses import Receptor, Synapse

from ...test_reference_effects import leaky, line, played, predicted, pyramid, read, with_tonic_inhibition, within
from ..responsive import membrane

E1, L5, RELAY = (POPULATIONS[name]() for name in ("e1", "l5_thick_tufted", "thalamic_relay"))


# A threshold that moves


def moving(population: Population, jump: str = "2 mV", decay: str = "27 ms") -> Population:
    """The cells with a threshold that spikes raise in place of the conductance they leave."""
    return population.with_cell(rectifier=None, moving_threshold=MovingThreshold(jump=jump, decay=decay))


@pytest.mark.cpp
@pytest.mark.parametrize("current", [250e-12, 500e-12])
def test_without_noise_the_interval_is_where_potential_and_threshold_meet(current):
    population = moving(replace(leaky(), noise=None))
    cell = membrane(population)
    tau, rest = cell.capacitance / cell.leak_conductance, cell.leak_reversal + current / cell.leak_conductance

    def distance(interval: float) -> float:
        v = rest + (cell.reset - rest) * np.exp(-(interval - cell.refractory_period) / tau)
        left = np.exp(-interval / 0.027)
        return v - cell.threshold - 0.002 * left / (1 - left)

    interval = float(np.asarray(brentq(distance, 2.1e-3, 1.0)))
    drive = SteadyDrive(levels=(current,), cells=4, duration="4 s", warm_up="1 s", dt="0.02 ms")
    count = simulate(population, drive, seed=1)["spike_count"].values.sum(axis=0)
    assert count.min() * interval / 4 == pytest.approx(1, rel=5e-3)
    still = brentq(lambda t: distance(t) + 0.002 * np.exp(-t / 0.027) / (1 - np.exp(-t / 0.027)), 2.1e-3, 1.0)
    still = float(np.asarray(still))
    assert still < 0.9 * interval, "the threshold must matter"


@pytest.mark.cpp
def test_theory_follows_a_threshold_that_moves():
    population = moving(pyramid().with_cell(after_hyperpolarization=None), jump="5 mV")
    currents = np.array([250, 350, 500, 800]) * 1e-12
    table = rate_table(simulate(population, SteadyDrive(levels=tuple(currents), cells=200), seed=4))
    theory = predict_rate(population, "current", currents).rate
    fixed = predict_rate(population.with_cell(moving_threshold=None), "current", currents).rate
    measured, error = table["rate"].values, table["rate_se"].values
    assert np.all(np.abs(measured - theory) < 4 * error + 0.03 * theory)
    assert np.all(fixed > 1.25 * measured), "the threshold must matter"


def test_theory_refuses_a_hard_threshold_that_moves():
    population = moving(leaky())
    with pytest.raises(PredictionRefused, match="the hard threshold moves"):
        predict_rate(population, "current", [2e-10])
    assert "e9" not in {check.id for check in check_validity(moving(POPULATIONS["textbook_lif"]()))}


@pytest.mark.slow
@pytest.mark.cpp
def test_a_brief_moving_threshold_steepens_the_curve_as_a_brief_rectifier_does():
    """From 20 to 5 ms the rectifier makes the slope 2.2 times steeper; a threshold of 2 mV does far less."""
    currents = np.arange(60, 460, 20) * 1e-12
    slow = moving(leaky())
    brief = MECHANISMS["relative_refractoriness"].apply(slow, 0.25, "bio")
    assert membrane(brief).moving_threshold == MovingThreshold(jump="2 mV", decay=0.027 / 4)
    pair = jackknife_pair(played(slow, currents), played(brief, currents), read)
    factor, shift = pair.log_ratio["slope"], pair.difference["input"]
    assert factor.value - 3 * factor.standard_error > np.log(1.05)
    assert factor.value + 3 * factor.standard_error < np.log(1.3)
    assert shift.value < 0


# Thresholds and K+ below them


def test_the_sodium_reading_leaves_the_reset_in_place():
    lower, before = membrane(MECHANISMS["threshold_shift"].apply(E1, "-4 mV", "bio")), membrane(E1)
    assert lower.threshold == pytest.approx(before.threshold - 0.004, abs=1e-15)
    assert (before.cutoff, lower.cutoff) == (-0.030, pytest.approx(-0.034, abs=1e-15))
    assert lower.reset == before.reset


def test_the_subthreshold_reading_is_worth_the_shift_in_current_at_threshold():
    def current(population):
        m = membrane(population).muscarinic
        assert m is not None
        gate = 1 / (1 + np.exp((m.v_half - E1.cell.threshold) / m.slope))
        return m.conductance * gate * (E1.cell.threshold - m.reversal)

    lower = MECHANISMS["threshold_shift"].apply(E1, "-3 mV", "bio:subthreshold")
    assert current(lower) - current(E1) == pytest.approx(-0.003 * E1.cell.resting_conductance, rel=1e-9)
    with pytest.raises(ValueError, match=r"all of its M current is worth -3\.5\d mV"):
        MECHANISMS["threshold_shift"].apply(E1, "-4 mV", "bio:subthreshold")
    with pytest.raises(ValueError, match="no M current"):
        MECHANISMS["threshold_shift"].apply(POPULATIONS["textbook_lif"](), "-1 mV", "bio:subthreshold")


@pytest.mark.slow
@pytest.mark.cpp
def test_readings_of_the_threshold_part_in_shift_and_slope():
    """Reference: V_T -4 mV and less K+ below it shift (slope below +20 and +15 %), half the AHP steepens (+40 %)."""
    currents = np.arange(120, 761, 40) * 1e-12
    halved = membrane(E1).muscarinic
    assert halved is not None
    changed = {
        "threshold and reset": MECHANISMS["threshold_shift"].apply(pyramid(), -0.004),
        "threshold alone": MECHANISMS["threshold_shift"].apply(pyramid(), -0.004, "bio"),
        "subthreshold": MECHANISMS["threshold_shift"].apply(pyramid(), -0.003, "bio:subthreshold"),
        "half the M current": pyramid().with_cell(muscarinic=replace(halved, conductance=halved.conductance / 2)),
        "half the AHP": MECHANISMS["ahp_conductance"].apply(pyramid(), 0.5),
    }
    base = played(pyramid(), currents)
    pairs = {name: jackknife_pair(base, played(other, currents), read) for name, other in changed.items()}
    for name, most in {
        "threshold and reset": 1.20, "threshold alone": 1.20, "subthreshold": 1.15, "half the M current": 1.15,
    }.items():  # fmt: skip
        factor, shift = pairs[name].log_ratio["slope"], pairs[name].difference["input"]
        assert factor.standard_error < 0.04
        assert factor.value < np.log(most) + 3 * factor.standard_error, name
        span = (25 - 3) / pairs[name].baseline["slope"].value
        assert abs(shift.value) > abs(factor.value) * span, f"{name}: the shift is not the larger part"
        assert shift.value < 0
    steeper = pairs["half the AHP"].log_ratio["slope"]
    assert steeper.value - 3 * steeper.standard_error > np.log(1.40)
    theory = {name: predicted(other, currents[::2]) for name, other in {**changed, "base": pyramid()}.items()}
    for name, pair in pairs.items():
        assert within(pair.log_ratio["slope"], np.log(theory[name]["slope"] / theory["base"]["slope"]), 0.05), name
        assert within(pair.difference["input"], theory[name]["input"] - theory["base"]["input"], 5e-12), name


# NMDA and receptor densities


@pytest.mark.parametrize("change", [-0.2, 0.2])
def test_receptors_are_exchanged_one_for_one(change):
    moved = MECHANISMS["nmda_fraction"].apply(E1, change, "bio")
    peaks = [p.synapse("ampa").weight + p.synapse("nmda").weight for p in (E1, moved)]
    assert peaks[1] == pytest.approx(peaks[0], rel=1e-12)
    assert nmda_share(moved) == pytest.approx(nmda_share(E1) + change, rel=1e-12)
    total = [sum(charge(p.synapse(r), V_REFERENCE) for r in ("ampa", "nmda")) for p in (E1, moved)]
    assert (total[1] - total[0]) * change > 0, "an NMDA receptor brings more charge than an AMPA receptor"


def test_equal_peaks_bring_the_charges_of_the_reference():
    """Reference, AMPA and NMDA conductances of equal peak: NMDA/AMPA charge 1.8 at -65 mV and 29 without block."""
    ampa, nmda = E1.synapse("ampa"), replace(E1.synapse("nmda"), weight=E1.synapse("ampa").weight)
    assert charge(nmda, -0.065) / charge(ampa, -0.065) == pytest.approx(1.8, abs=0.06)
    free = replace(nmda, magnesium=0.0)
    assert charge(free, -0.065) / charge(ampa, -0.065) == pytest.approx(29, abs=0.5)


@pytest.mark.parametrize("receptor", ["ampa", "gaba_a", "gaba_b"])
def test_density_readings_scale_what_they_name(receptor):
    mechanism = MECHANISMS[f"{receptor}_density"]
    base = E1.with_synapse(receptor, tonic="2 nS")
    phasic, tonic = (mechanism.apply(base, 1.4, mode).synapse(receptor) for mode in ("bio", "bio:tonic"))
    weight = base.synapse(receptor).weight
    assert (phasic.weight, phasic.tonic) == (pytest.approx(1.4 * weight), 2e-9)
    assert (tonic.weight, tonic.tonic) == (weight, pytest.approx(2.8e-9))
    together = mechanism.apply(mechanism.apply(base, 1.4, "bio"), 1.4, "bio:tonic")
    assert together == mechanism.apply(base, 1.4)
    with pytest.raises(ValueError, match="has no tonic"):
        mechanism.apply(E1, 1.4, "bio:tonic")


def test_densities_scale_the_receptors_of_all_compartments():
    for receptor in ("ampa", "gaba_a"):
        mechanism, names = MECHANISMS[f"{receptor}_density"], (receptor, f"{receptor}_dendrite")
        for mode in ("review", "bio", "bio:presynaptic"):
            before, after = ({s.label: s.weight for s in p.synapses} for p in (L5, mechanism.apply(L5, 1.4, mode)))
            assert after == {n: pytest.approx(w * (1.4 if n in names else 1.0), rel=1e-12) for n, w in before.items()}
    slow = Synapse(receptor="gaba_b", weight="1 nS", reversal="-90 mV", decay="200 ms", site="dendrite")
    gaba = L5.afferent("apical_inhibitory").synapses
    dendritic = L5.with_afferent("apical_inhibitory", synapses=(*gaba, slow))
    denser = MECHANISMS["gaba_b_density"].apply(dendritic, 1.4)
    assert denser == dendritic.with_synapse("gaba_b", "dendrite", weight=1.4e-9)
    with pytest.raises(ValueError, match=r"no gaba_b synapse on its soma; it has: .*gaba_b_dendrite"):
        dendritic.synapse("gaba_b")


@pytest.mark.parametrize(
    ("mode", "words"),
    [("review", "no ampa conductance"), ("bio", "no phasic ampa"), ("bio:tonic", "no tonic ampa")],
)
def test_densities_of_nothing_are_refused(mode, words):
    with pytest.raises(ValueError, match=words):
        MECHANISMS["ampa_density"].apply(E1.with_synapse("ampa", weight=0.0), 1.4, mode)


@pytest.mark.parametrize("mode", ["review", "bio"])
@pytest.mark.parametrize(("absent", "change"), [("ampa", -0.3), ("nmda", 0.3)])
def test_a_share_is_moved_to_receptors_that_carried_nothing(mode, absent, change):
    moved = MECHANISMS["nmda_fraction"].apply(E1.with_synapse(absent, weight=0.0), change, mode)
    assert nmda_share(moved) == pytest.approx(1 + change if absent == "ampa" else change, rel=1e-12)
    without = E1.with_synapse("ampa", weight=0.0).with_synapse("nmda", weight=0.0)
    with pytest.raises(ValueError, match="neither AMPA nor NMDA carries charge"):
        MECHANISMS["nmda_fraction"].apply(without, change, mode)


# Cells with a dendrite, and cells that lack what a lever scales


def test_the_spike_of_a_pyramid_with_a_dendrite_has_levers_too():
    def changed(identifier, amount, mode: Mode = "review"):
        return MECHANISMS[identifier].apply(L5, amount, mode)

    before = L5.cell
    assert isinstance(before, TwoCompartmentCell)
    assert changed("absolute_refractoriness", 2) == L5.with_cell(refractory_period=2 * before.refractory_period)
    assert changed("relative_refractoriness", 2, "bio") == L5.with_cell(threshold_decay=2 * before.threshold_decay)
    assert changed("relative_refractoriness", 0, "bio") == L5.with_cell(threshold_jump=0.0)
    lower = changed("threshold_shift", -0.004).cell
    assert isinstance(lower, TwoCompartmentCell)
    assert (lower.threshold, lower.reset) == (before.threshold - 0.004, before.reset - 0.004)
    with pytest.raises(ValueError, match="use the mode 'bio'"):
        changed("relative_refractoriness", 2)


@pytest.mark.parametrize(
    ("identifier", "mode", "amount", "population", "words"),
    [
        ("absolute_refractoriness", "review", 2, E1.with_cell(refractory_period=0.0), "no dead time to scale"),
        ("absolute_refractoriness", "review", 2, POPULATIONS["escape_rate"](), "memoryless cells"),
        ("relative_refractoriness", "bio", 2, L5.with_cell(threshold_jump=0.0), "give its cell a threshold_jump"),
        ("t_type_mode", "bio", 2, RELAY.with_cell(potassium_conductance=0.0), "no K\\+ leak to scale"),
        ("threshold_shift", "bio", -0.010, E1, "not above the reset that stays at -58 mV"),
    ],
)
def test_a_lever_without_its_target_is_refused(identifier, mode, amount, population, words):
    with pytest.raises(ValueError, match=f"{identifier}: .*{words}"):
        MECHANISMS[identifier].apply(population, amount, mode)


def test_terminals_release_onto_all_their_receptors():
    more = MECHANISMS["ampa_density"].apply(E1, 1.4, "bio:presynaptic")
    factors: dict[Receptor, float] = {"ampa": 1.4, "nmda": 1.4, "gaba_a": 1.0, "gaba_b": 1.0}
    for receptor, factor in factors.items():
        assert more.synapse(receptor).weight == pytest.approx(factor * E1.synapse(receptor).weight)


def test_the_charge_of_one_spike_has_the_share_and_the_lag_that_theory_gives():
    """Reference at -65 mV: mean lag 82 share + 3 (1 - share) ms, that is 10.9 and 42.5 ms for shares of 0.1 and 0.5."""
    for share, lag in ((0.1, 10.9), (0.5, 42.5)):
        moved = MECHANISMS["nmda_fraction"].apply(E1, share - nmda_share(E1))
        synapses = [moved.synapse("ampa"), moved.synapse("nmda")]
        charges = [charge(synapse, V_REFERENCE) for synapse in synapses]
        mean = sum(q * (s.decay + s.rise) for q, s in zip(charges, synapses, strict=True)) / sum(charges)
        assert mean == pytest.approx(lag * 1e-3, rel=0.01)


def test_less_ahp_is_less_of_one_current_only():
    half = MECHANISMS["ahp_conductance"].apply(E1, 0.5)
    before, after = membrane(E1).after_hyperpolarization, membrane(half).after_hyperpolarization
    assert before is not None
    assert after == replace(before, increment=0.5 * before.increment)
    assert half.with_cell(after_hyperpolarization=before) == E1
    assert membrane(MECHANISMS["ahp_conductance"].apply(E1, 0)).after_hyperpolarization is None
    with pytest.raises(ValueError, match="no after_hyperpolarization"):
        MECHANISMS["ahp_conductance"].apply(POPULATIONS["fast_spiking"](), 0.5)


def test_a_line_needs_a_curve_that_spans_the_rates():
    with pytest.raises(AssertionError, match="does not span"):
        line(np.array([1.0, 2.0]), np.array([5.0, 6.0]))


# Negative control of the shunt


@pytest.mark.cpp
def test_a_shunt_divides_excitatory_responses_and_a_current_of_the_same_size_does_not():
    """+5 nS of tonic GABA_A on 10 nS, at a held mean potential: the area falls by a third, or not at all."""
    probe = ProbeSpikes(sizes=(1.0,), groups=2, cells_per_group=1, duration="0.3 s", warm_up="0.2 s")

    def area(tonic: float, current_based: bool) -> float:
        base = with_tonic_inhibition(5e-9)
        base = base.with_synapse("gaba_a", current_based=current_based, reversal="-70 mV")
        changed = MECHANISMS["gaba_a_density"].apply(base, tonic / 5e-9, "bio:tonic")
        changed = replace(changed, noise=None).with_synapse("ampa", current_based=True)
        response = simulate(changed, probe, seed=1)["response"].values[0].mean(axis=0)
        return float(response.sum())

    assert area(5e-9, current_based=False) / area(0.0, current_based=False) == pytest.approx(10 / 15, rel=0.01)
    assert area(5e-9, current_based=True) / area(0.0, current_based=True) == pytest.approx(1, abs=1e-6)
