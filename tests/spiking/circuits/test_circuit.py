"""The description of circuits: what it refuses, what it derives, and how mechanisms and scaling change it."""

from dataclasses import replace

import pytest

from mesobridge.spiking import POPULATIONS, PresynapticInhibition, QuadraticCell, Synapse
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, Delay, GateSaturation, Projection, Stimulus
from mesobridge.spiking.circuits.strength import jump_synapse, synapse_of_strength
from mesobridge.spiking.stimuli import Step

AMPA = Synapse(receptor="ampa", weight="1 nS", reversal="0 mV", decay="3 ms")
NMDA = Synapse(receptor="nmda", weight="0.1 nS", reversal="0 mV", rise="2 ms", decay="80 ms", magnesium="1 mM")
GABA = Synapse(receptor="gaba_a", weight="2 nS", reversal="-75 mV", decay="6 ms")
DELAY = Delay(mean="1 ms")


def named(name, base="e1"):
    return replace(POPULATIONS[base](), name=name)


def projection(source="E", target="I", synapses=(AMPA,), **changes):
    given = {"probability": 0.1, "delay": DELAY} | changes
    return Projection(source=source, target=target, synapses=synapses, **given)


def circuit(*projections, stimuli=()):
    populations = (
        CircuitPopulation(population=named("E"), size=80),
        CircuitPopulation(population=named("I", "fast_spiking"), size=20),
        CircuitPopulation(population=named("L5", "l5_thick_tufted"), size=10),
    )
    return Circuit(name="three", populations=populations, projections=projections, stimuli=stimuli)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: circuit(projection(source="X")), r"source 'X' is no population of 'three'; it has: E, I, L5"),
        (lambda: circuit(projection(target="Y")), r"target 'Y' is no population"),
        (lambda: circuit(projection(), projection()), r"projections named E to I repeat"),
        (lambda: circuit(projection(probability=None)), r"neither of probability and in_degree given"),
        (lambda: circuit(projection(in_degree=3)), r"both of probability and in_degree given"),
        (lambda: circuit(projection(probability=None, in_degree=0)), r"in_degree 0; a whole number of at least 1"),
        (lambda: circuit(projection(probability=None, in_degree=81)), r"in_degree 81 exceeds the 80 cells"),
        (lambda: circuit(projection(probability=1.2)), r"Projection.probability: 1.2 is out of range"),
        (lambda: circuit(projection(synapses=())), r"no synapse; give at least one receptor"),
        (lambda: circuit(projection(synapses=(AMPA, AMPA))), r"receptors \['ampa', 'ampa'\] repeat"),
        (lambda: circuit(projection(synapses=(replace(AMPA, site="dendrite"),))), r"ampa_dendrite on I, whose cells"),
        (lambda: circuit(projection(saturation=GateSaturation())), r"saturation is that of one nmda synapse"),
        (lambda: circuit(stimuli=(Stimulus(target="E", channel="x", waveform=Step(height=1)),)), r"no channel 'x'"),
        (lambda: circuit(stimuli=(Stimulus(target="E", channel="dendrite", waveform=Step(height=1)),)), r"no dendrite"),
        (lambda: circuit(stimuli=(Stimulus(target="X", waveform=Step(height=1)),)), r"target 'X' is no population"),
        (lambda: Circuit(name="none", populations=()), r"no population; give at least one"),
        (lambda: CircuitPopulation(population=named("E"), size=0), r"size 0; give a whole number of at least 1"),
        (lambda: Delay(mean="1 ms", spread="1 ms"), r"on a constant delay; name a distribution"),
        (lambda: Delay(mean="1 ms", distribution="normal"), r"0 for a normal delay; give a spread"),
        (lambda: Delay(mean="1 ms", spread="1 ms", distribution="uniform"), r"keep the spread below mean / sqrt"),
        (lambda: circuit().population("X"), r"'X' is no population of 'three'"),
        (lambda: circuit().projection("X"), r"three has no projection 'X'; it has: none"),
    ],
)
def test_every_mistake_is_one_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        make()
    assert str(caught.value).count("\n") == 0


def test_what_a_circuit_derives():
    three = circuit(projection(), projection("E", "E", autapses=False), projection("I", "E", (GABA,)))
    assert three.names == ("E", "I", "L5")
    assert three.sizes == {"E": 80, "I": 20, "L5": 10}
    assert [p.name for p in three.incoming("E")] == ["E to E", "I to E"]
    assert [p.name for p in three.outgoing("E")] == ["E to I", "E to E"]
    assert three.in_degree("E to I") == pytest.approx(8.0)
    assert three.in_degree("E to E") == pytest.approx(7.9)
    drawn = three.with_projection("E to I", probability=None, in_degree=5)
    assert drawn.in_degree("E to I") == 5
    assert three.with_population("E", size=40).in_degree("E to I") == pytest.approx(4.0)
    assert three.uncoupled().projections == ()


def test_receptors_are_scaled_in_the_background_and_in_projections():
    three = circuit(projection(synapses=(AMPA, NMDA)), projection("I", "I", (GABA,)), projection("E", "L5", (AMPA,)))
    more = three.with_modulation("ampa_density", 1.5, ("I",))
    assert more.projection("E to I").synapses[0].weight == pytest.approx(1.5e-9)
    assert more.projection("E to I").synapses[1] == NMDA
    assert more.projection("I to I") == three.projection("I to I")
    assert more.projection("E to L5") == three.projection("E to L5")
    assert more.population("I").population.synapse("ampa").weight == pytest.approx(
        1.5 * three.population("I").population.synapse("ampa").weight
    )
    assert more.population("E") == three.population("E")
    everywhere = three.with_modulation("gaba_a_density", 2.0)
    assert everywhere.projection("I to I").synapses[0].weight == pytest.approx(2 * GABA.weight)


def test_the_neutral_amount_changes_nothing():
    three = circuit(projection(synapses=(AMPA, NMDA)))
    assert three.with_modulation("ampa_density", 1.0) == three
    assert three.with_modulation("threshold_shift", 0.0, ("E",)) == three


def test_a_mechanism_of_the_cell_leaves_projections_alone():
    three = circuit(projection())
    shifted = three.with_modulation("threshold_shift", "2 mV", ("E", "I"))
    assert shifted.projections == three.projections
    assert shifted.population("E").population.cell.threshold == pytest.approx(-0.048)


def test_a_mechanism_that_cannot_act_is_refused():
    two = replace(circuit(), populations=circuit().populations[2:])
    with pytest.raises(ValueError, match="neither the background of L5 nor a projection onto it has gaba_b"):
        two.with_modulation("gaba_b_density", 1.5)
    with pytest.raises(ValueError, match="unknown mechanism 'glow'"):
        two.with_modulation("glow", 1.5)
    with pytest.raises(ValueError, match="'X' is no population"):
        two.with_modulation("ampa_density", 1.5, ("X",))
    coupled = circuit(projection())
    with pytest.raises(ValueError, match="cannot act on the terminals of 'E to I'"):
        coupled.with_modulation("gaba_b_presynaptic", 0.4, ("I",))
    presynaptic = coupled.with_modulation("gaba_b_presynaptic", 0.4, ("E",), mode="bio")
    held = presynaptic.population("E").population.afferent("excitatory").presynaptic
    assert isinstance(held, PresynapticInhibition)


def test_scaling_keeps_mean_and_variance_of_the_input():
    rates = {"E": 3.0, "I": 8.0}
    full = circuit(
        projection("E", "I", (AMPA,), probability=None, in_degree=40),
        projection("I", "E", (GABA,), probability=0.5),
        projection("E", "E", (NMDA,), probability=1.0, saturation=GateSaturation()),
    )
    small = full.scaled(0.25, rates)
    assert small.sizes == {"E": 20, "I": 5, "L5": 2}
    for before, after in zip(full.projections[:2], small.projections[:2], strict=True):
        old, new = before.synapses[0], after.synapses[0]
        rate = rates[before.source]
        assert small.in_degree(after) == pytest.approx(full.in_degree(before) * 0.25)
        variance = [c.in_degree(p) * s.weight**2 for c, p, s in ((full, before, old), (small, after, new))]
        assert variance[0] == pytest.approx(variance[1])
        mean = [
            c.in_degree(p) * rate * s.weight * s.gate_area + s.tonic
            for c, p, s in ((full, before, old), (small, after, new))
        ]
        assert mean[0] == pytest.approx(mean[1])
    assert 0 < small.projection("E to E").synapses[0].tonic < 80 * NMDA.weight
    assert full.scaled(1.0, rates) == full


def test_scaling_refuses_what_it_cannot_do():
    full = circuit(projection())
    with pytest.raises(ValueError, match="no rate for E"):
        full.scaled(0.5, {})
    with pytest.raises(ValueError, match=r"factor -1; a number above 0"):
        full.scaled(-1, {"E": 1.0})
    with pytest.raises(ValueError, match="nothing would be left of I"):
        full.scaled(0.01, {"E": 1.0})
    with pytest.raises(ValueError, match="needs a negative tonic conductance"):
        full.scaled(4.0, {"E": 1.0})


def test_a_jump_is_a_charge_that_arrives_at_once():
    cell = POPULATIONS["textbook_lif"]().cell
    up, down = jump_synapse("ampa", "0.1 mV", cell, "0 mV"), jump_synapse("gaba_a", 5e-4, cell, "-90 mV")
    assert up.weight * up.gate_area * 0.070 / cell.capacitance == pytest.approx(1e-4)
    assert down.weight * down.gate_area * 0.020 / cell.capacitance == pytest.approx(5e-4)
    current = synapse_of_strength("ampa", {"reversal": "0 mV", "decay": "2 ms"}, "currents", "70 pA", cell)
    assert current.weight == pytest.approx(1e-9)
    assert current.current_based
    with pytest.raises(ValueError, match="drives no current"):
        jump_synapse("ampa", "1 mV", cell, "-70 mV")
    with pytest.raises(ValueError, match="is negative; give its size"):
        jump_synapse("ampa", "-1 mV", cell, "0 mV")


def test_quadratic_cells_take_no_threshold_mechanism():
    cell = QuadraticCell(capacitance="100 pF", curvature="10 pA/mV**2", excitability="1 pA")
    quadratic = CircuitPopulation(population=replace(named("Q"), cell=cell, afferents=(), noise=None), size=3)
    one = Circuit(name="q", populations=(quadratic,))
    conducting = Projection(source="Q", target="Q", synapses=(AMPA,), probability=0.5, delay=DELAY)
    with pytest.raises(ValueError, match="a conductance synapse on Q, whose cells are quadratic"):
        replace(one, projections=(conducting,))
    for mechanism in ("threshold_shift", "threshold_spread", "absolute_refractoriness", "ahp_conductance"):
        with pytest.raises(ValueError, match=mechanism):
            one.with_modulation(mechanism, 1.1e-3)
