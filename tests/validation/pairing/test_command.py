"""What the command line asks of a circuit's study: the file, with its own words in place of the file's."""

from pathlib import Path

import pytest

from mesobridge.validation.pairing.command import asked_circuit
from mesobridge.validation.study import StudyError
from mesobridge.validation.study.circuit_study import read_circuit_study

STUDY = Path(__file__).parents[3] / "studies" / "bistable.toml"


def test_without_other_words_it_is_the_study_of_the_file() -> None:
    assert asked_circuit(STUDY, None, None) == read_circuit_study(STUDY)


def test_seed_and_target_replace_those_of_the_file() -> None:
    asked = asked_circuit(STUDY, "numpy", 12)
    assert (asked.seed, asked.simulation.target) == (12, "numpy")
    assert asked.pairing == read_circuit_study(STUDY).pairing


def test_a_wrong_seed_is_a_mistake() -> None:
    with pytest.raises(StudyError, match="seed"):
        asked_circuit(STUDY, None, -3)
