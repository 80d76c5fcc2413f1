import pytest

from mesobridge.spiking import POPULATIONS, AfterSpikeConductance, EscapeRateCell, PointCell
from mesobridge.validation.study import Mistakes, build_population, write_population


@pytest.mark.parametrize("name", POPULATIONS)
def test_a_population_written_out_is_built_again_equal(name):
    population = POPULATIONS[name]()
    assert build_population(name) == population
    assert build_population(write_population(population)) == population


def test_what_the_table_says_replaces_the_ready_made_value_and_nothing_else():
    built = build_population(
        {
            "name": "e1",
            "cell": {"threshold": "-52 mV", "rectifier": {"decay": "5 ms"}},
            "afferents": {"excitatory": {"rate": "900 Hz"}},
            "synapses": {"ampa": {"weight": "0.4 nS"}},
            "noise": {"amplitude": "50 pA"},
            "current": "20 pA",
        }
    )
    base = POPULATIONS["e1"]()
    assert base.noise is not None
    assert built.noise is not None
    assert isinstance(base.cell, PointCell)
    assert base.cell.rectifier is not None
    expected = (
        base.with_cell(
            threshold="-52 mV", rectifier=AfterSpikeConductance(increment=base.cell.rectifier.increment, decay="5 ms")
        )
        .with_afferent("excitatory", rate="900 Hz")
        .with_synapse("ampa", weight="0.4 nS")
    )
    assert built.cell == expected.cell
    assert built.afferents == expected.afferents
    assert (built.noise.amplitude, built.noise.time_constant) == (50e-12, base.noise.time_constant)
    assert built.current == 20e-12


def test_false_takes_away_what_may_be_absent():
    cell = {"rectifier": False, "muscarinic": False}
    built = build_population({"name": "e1", "cell": cell, "noise": False, "synapses": {"gaba_b": False}})
    assert isinstance(built.cell, PointCell)
    assert (built.cell.rectifier, built.cell.muscarinic, built.noise) == (None, None, None)
    assert [s.receptor for s in built.synapses] == ["ampa", "nmda", "gaba_a"]
    assert build_population(write_population(built)) == built


def test_a_new_population_states_everything():
    table = {
        "name": "mine",
        "cell": {
            "kind": "escape_rate",
            "capacitance": "1 nF",
            "leak_conductance": "20 nS",
            "leak_reversal": "-70 mV",
            "threshold": "-55 mV",
            "q_max": "80 Hz",
        },
        "afferents": {"thalamus": {"rate": "300 Hz"}},
        "synapses": {"ampa": {"afferent": "thalamus", "weight": "1 nS", "reversal": "0 mV", "decay": "2 ms"}},
    }
    built = build_population(table)
    assert isinstance(built.cell, EscapeRateCell)
    assert built.afferent("thalamus").synapses[0].weight == 1e-9
    assert build_population(write_population(built)) == built


def test_a_label_renames_a_changed_population_and_survives():
    built = build_population({"name": "e1", "label": "e1 in low calcium", "cell": {"threshold": "-51 mV"}})
    assert built.name == "e1 in low calcium"
    assert build_population(write_population(built)) == built


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("e2", "population.name: there is no population 'e2'; did you mean 'e1'?"),
        (3, "a name or a table with a name is wanted"),
        ({"name": "e1", "cel": {}}, "population: there is no key 'cel'; did you mean 'cell'?"),
        ({"name": "e1", "cell": {"threshold": "-60 mV"}}, "population.cell: PointCell.reset: -0.058 V is not below"),
        ({"name": "e1", "cell": {"kind": "pointy"}}, "population.cell.kind: there is no kind of cell 'pointy'"),
        ({"name": "e1", "cell": {"threshold": False}}, "population.cell.threshold: False is not a quantity in V"),
        ({"name": "e1", "cell": {"rectifier": "8 ms"}}, "population.cell.rectifier: '8 ms' does not fit"),
        ({"name": "e1", "synapses": {"ampa": {"wait": 1}}}, "population.synapses.ampa: there is no key 'wait'"),
        ({"name": "escape_rate", "synapses": {"ampax": {"weight": 1}}}, "population.synapses.ampax.afferent: "),
        (
            {"name": "e1", "afferents": {"excitatory": {"name": "x"}}},
            "population.afferents.excitatory.name: is given by",
        ),
        (
            {"name": "e1", "afferents": {"excitatory": "900 Hz"}},
            "population.afferents.excitatory: '900 Hz' does not fit",
        ),
        ({"name": "e1", "noise": {"amplitude": "80 mV"}}, "population.noise.amplitude: '80 mV' does not have"),
        ({"name": "e1", "label": "fast_spiking"}, "is the name of a ready-made population"),
    ],
)
def test_a_population_that_cannot_be_built_says_where_and_why(spec, sentence):
    with pytest.raises(Mistakes) as caught:
        build_population(spec)
    assert any(text.startswith(sentence) or sentence in text for text in caught.value.sentences), caught.value.sentences


def test_all_mistakes_of_a_population_are_named_at_once():
    table = {
        "name": "e1",
        "cell": {"threshold": "1 s", "reset": "2 s"},
        "synapses": {"nmda": {"rise": "1 V"}},
        "noise": 3,
    }
    with pytest.raises(Mistakes) as caught:
        build_population(table)
    assert len(caught.value.sentences) == 4, caught.value.sentences
