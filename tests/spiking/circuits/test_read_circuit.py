"""Circuits from files: the library, the format, and every mistake in it named."""

import re
from copy import deepcopy
from pathlib import Path

import pytest

import mesobridge.validation.report
from mesobridge.spiking import PointCell, TwoCompartmentCell
from mesobridge.spiking.circuits import CIRCUITS, Circuit, CircuitError, read_circuit
from mesobridge.spiking.circuits.library import brunel_network, brunel_points, circuit_facts, circuit_file, microcircuit

GOOD = {
    "name": "small",
    "synapses": {
        "ampa": {"reversal": "0 mV", "decay": "2 ms"},
        "slow": {"receptor": "gaba_a", "reversal": "-75 mV", "decay": "12 ms"},
    },
    "populations": {
        "E": {"size": 80, "population": "e1", "background": {"excitatory": {"rate": "2 kHz"}}},
        "I": {
            "size": 20,
            "cell": {
                "kind": "point", "capacitance": "100 pF", "leak_conductance": "10 nS", "leak_reversal": "-70 mV",
                "threshold": "-50 mV", "reset": "-60 mV", "refractory_period": "1 ms",
            },
            "noise": {"amplitude": "50 pA", "time_constant": "5 ms"},
            "background": {"external": {"rate": "500 Hz", "weights": {"ampa": "1 nS"}}},
        },
    },
    "projections": [
        {"source": "E", "target": ["E", "I"], "probability": 0.1, "delay": "1 ms", "weights": {"ampa": "0.2 nS"}},
        {
            "source": "I", "target": "E", "in_degree": 5, "weights": {"slow": "1 nS"},
            "delay": {"mean": "1 ms", "spread": "0.2 ms", "distribution": "normal"},
        },
    ],
    "stimuli": [{"kind": "step", "target": "E", "channel": "excitatory", "height": 0.5}],
}  # fmt: skip


def test_a_mapping_becomes_a_circuit():
    circuit = read_circuit(GOOD)
    assert circuit.sizes == {"E": 80, "I": 20}
    assert [p.name for p in circuit.projections] == ["E to E", "E to I", "I to E"]
    excitatory = circuit.population("E").population.afferent("excitatory")
    assert excitatory.rate == 2000
    assert [s.receptor for s in excitatory.synapses] == ["ampa", "nmda"]  # those of the ready-made population
    assert circuit.population("I").population.synapse("ampa").weight == pytest.approx(1e-9)
    assert circuit.projection("I to E").synapses[0].receptor == "gaba_a"
    assert circuit.projection("I to E").delay.spread == pytest.approx(2e-4)
    assert circuit.stimuli[0].channel == "excitatory"


MISTAKES = [
    (("populations", "E", "sizes"), 3, r"populations\.E: there is no key 'sizes'; did you mean 'size'\?"),
    (("populations", "E", "size"), 0, r"populations\.E: CircuitPopulation 'E': size 0"),
    (("populations", "E", "population"), "e9", r"populations\.E\.population: there is no population 'e9'"),
    (("populations", "I", "cell", "kind"), "pint", r"there is no kind of cell 'pint'; did you mean 'point'\?"),
    (("populations", "I", "cell", "reset"), "-10 mV", r"populations\.I\.cell: PointCell\.reset"),
    (("populations", "I", "cell", "capacitance"), "3 mV", r"populations\.I\.cell\.capacitance: '3 mV' does not have"),
    (("populations", "I", "background", "external", "weights", "ampa"), "3 mV", r"weights\.ampa: '3 mV'"),
    (("populations", "I", "background", "external", "weights", "nmda"), "3 nS", r"there is no synapse 'nmda'"),
    (("projections", 0, "target"), ["E", "X"], r"projections \(entry 1\)\.target: there is no population 'X'"),
    (("projections", 0, "in_degree"), 3, r"projections \(entry 1\): Projection 'E to E': both of probability"),
    (("projections", 1, "delay", "distribution"), "gamma", r"delay\.distribution: there is no choice 'gamma'"),
    (("projections", 1, "delay"), "1 mV", r"delay\.mean: '1 mV' does not have the dimension of s"),
    (("projections", 1, "weights"), {}, r"projections \(entry 2\): no receptor; give weights, currents, jumps"),
    (("projections", 1, "probabilty"), 0.1, r"there is no key 'probabilty'; did you mean 'probability'\?"),
    (("stimuli", 0, "kind"), "stop", r"stimuli \(entry 1\)\.kind: there is no kind of stimulus 'stop'"),
    (("stimuli", 0, "channel"), "inhibition", r"no channel 'inhibition'; choose among"),
    (("surprise",), 1, r"circuit: there is no key 'surprise'"),
]


@pytest.mark.parametrize(("place", "value", "sentence"), MISTAKES)
def test_every_mistake_names_its_place(place, value, sentence):
    table = deepcopy(GOOD)
    inner = table
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(CircuitError) as caught:
        read_circuit(table)
    assert any(re.search(sentence, mistake) for mistake in caught.value.mistakes), caught.value.mistakes


def test_all_mistakes_are_told_at_once():
    table = deepcopy(GOOD)
    del table["name"], table["populations"]["I"]["size"], table["projections"][0]["delay"]
    table["projections"][1]["source"] = "J"
    with pytest.raises(CircuitError, match="circuit: 4 mistakes") as caught:
        read_circuit(table)
    assert len(caught.value.mistakes) == 4


def test_a_file_that_is_missing_or_broken_is_said(tmp_path):
    with pytest.raises(CircuitError, match="the file does not exist"):
        read_circuit(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("name = ")
    with pytest.raises(CircuitError, match="not valid TOML"):
        read_circuit(broken)


@pytest.mark.parametrize("name", CIRCUITS)
def test_every_circuit_of_the_library_can_be_read_and_names_its_sources(name):
    circuit, facts = CIRCUITS[name](), circuit_facts(name)
    assert isinstance(circuit, Circuit)
    assert circuit.name == name
    folder = Path(mesobridge.validation.report.__file__).parent
    known = set(re.findall(r"^@\w+\{(\w+),", (folder / "references.bib").read_text(encoding="utf-8"), re.MULTILINE))
    assert facts["sources"]
    assert set(facts["sources"]) <= known


def test_an_unknown_circuit_is_said():
    with pytest.raises(ValueError, match="there is no circuit 'colum'; did you mean 'column'"):
        circuit_file("colum")


def test_the_column_has_its_layers_and_its_loops():
    column = CIRCUITS["column"]()
    assert isinstance(column.population("L5E").population.cell, TwoCompartmentCell)
    relay = column.population("relay").population.cell
    assert isinstance(relay, PointCell)
    assert relay.t_type is not None
    assert {p.target for p in column.outgoing("relay")} == {"L4E", "L4I", "L6E", "reticular"}
    assert {p.target for p in column.outgoing("L6E")} >= {"relay", "reticular"}
    assert [s.site for s in column.projection("L23E to the tuft").synapses] == ["dendrite"]


def test_the_points_of_brunel_differ_in_inhibition_and_drive():
    for point in brunel_points().values():
        network = brunel_network(point["g"], point["external"])
        inhibition, excitation = network.projection("I to E").synapses[0], network.projection("E to E").synapses[0]
        assert inhibition.weight / excitation.weight == pytest.approx(point["g"])
        assert network.population("I").population.afferent("external").rate == pytest.approx(1e4 * point["external"])


def test_the_microcircuit_has_the_published_numbers_of_synapses():
    full = CIRCUITS["potjans_diesmann_2014"]()
    assert sum(full.sizes.values()) == 77169
    synapses = sum(full.in_degree(p) * full.sizes[p.target] for p in full.projections)
    assert synapses == pytest.approx(0.3e9, rel=0.02)
    small = microcircuit(0.1)
    assert small.in_degree("L4E to L23E") == pytest.approx(0.1 * full.in_degree("L4E to L23E"), rel=1e-3)
