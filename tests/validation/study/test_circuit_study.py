"""The study of a circuit: read whole, every mistake named, written back as it was."""

import tomllib
from pathlib import Path

import pytest

from mesobridge.validation.study import StudyError
from mesobridge.validation.study.circuit_study import is_circuit_study, read_circuit_study

STUDIES = Path(__file__).parents[3] / "studies"
LIBRARY = {"library": "ei_sparse", "sizes": {"E": 400, "I": 100}}


def mistakes(table: dict) -> str:
    with pytest.raises(StudyError) as caught:
        read_circuit_study(table)
    return str(caught.value)


def test_the_study_in_the_repository_is_read_and_written_back() -> None:
    study = read_circuit_study(STUDIES / "ei_network.toml")
    assert study.built.names == ("E", "I")
    assert read_circuit_study(tomllib.loads(study.resolved_toml())) == study


def test_a_circuit_of_the_library_takes_other_sizes() -> None:
    assert read_circuit_study({"circuit": LIBRARY}).built.sizes == {"E": 400, "I": 100}


def test_only_a_table_named_circuit_makes_a_study_one_of_a_circuit() -> None:
    assert is_circuit_study(STUDIES / "ei_network.toml")
    assert not is_circuit_study(STUDIES / "small.toml")
    assert is_circuit_study({"circuit": LIBRARY})


@pytest.mark.parametrize(
    ("pairing", "sentence"),
    [
        ({"stimuli": [{"kind": "stp", "target": "E"}]}, "did you mean 'step'?"),
        ({"stimuli": [{"kind": "step", "height": 1.0}]}, "target: is missing"),
        ({"stimuli": [{"kind": "step", "height": 1.0, "target": "E", "channel": "thalamus"}]}, "no channel 'thalamus'"),
        ({"modulations": [{"mechanism": "ampa", "amount": 2.0}]}, "there is no mechanism 'ampa'"),
        ({"modulations": [{"mechanism": "nmda_fraction", "amount": 0.5}]}, "leave this population out"),
        ({"modulations": [{"mechanism": "ampa_density", "amount": 1.1}] * 2}, "is there twice"),
        ({"sweep": {"target": "E", "channel": "x", "factors": [1, 2, 3]}}, "there is no afferent 'x'"),
        ({"sweep": {"target": "E", "channel": "excitatory", "factors": [1, 3, 2]}}, "they do not rise"),
        ({"sweep": {"target": "E", "factors": {"from": 1, "to": 2, "points": 2}}}, "needs at least 3"),
        ({"sweep": {"target": "E", "factors": {"from": 1, "to": 2}}}, "has the numbers from, to and points"),
        ({"start": {"E": 4.0}}, "give a rate for each of E, I"),
        ({"bin": "1 s"}, "fewer than 100 bins"),
        ({"repets": 4}, "did you mean 'repeats'?"),
    ],
)
def test_a_mistake_is_named(pairing: dict, sentence: str) -> None:
    assert sentence in mistakes({"circuit": LIBRARY, "pairing": pairing})


def test_several_mistakes_are_named_at_once() -> None:
    found = mistakes(
        {"circuit": LIBRARY, "pairing": {"start": {"E": 4.0}, "modulations": [{"mechanism": "ampa", "amount": 2.0}]}}
    )
    assert "2 mistakes" in found


def test_mistakes_of_the_circuit_keep_their_place() -> None:
    assert "circuit.populations.E" in mistakes({"circuit": {"populations": {"E": {"size": 10, "cel": "x"}}}})
    assert "there is no circuit 'ei'" in mistakes({"circuit": {"library": "ei"}})


def test_mistakes_of_the_circuit_are_told_with_those_of_other_tables() -> None:
    found = mistakes({"circuit": {"library": "ei_spars"}, "pairing": {"repeats": 1}})
    assert "2 mistakes" in found


def test_factors_of_a_sweep_may_be_a_range() -> None:
    asked = {"target": "E", "channel": "external", "factors": {"from": 0.9, "to": 1.1, "points": 5}}
    study = read_circuit_study({"circuit": LIBRARY, "pairing": {"sweep": asked}})
    assert study.pairing.sweep is not None
    assert study.pairing.sweep.factors == (0.9, 0.95, 1.0, 1.05, 1.1)
