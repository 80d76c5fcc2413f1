import pytest

from mesobridge.validation.study import StudyError
from mesobridge.validation.study.mistakes import Mistakes, place_name, unknown_name


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (("sigmoid", "v_min"), "sigmoid.v_min"),
        (("mechanisms", 1, "amounts", 0), "mechanisms (entry 2).amounts (entry 1)"),
        ((), ""),
    ],
)
def test_a_place_reads_like_the_file_and_counts_from_one(place, name):
    assert place_name(place) == name


def test_a_near_name_is_suggested_and_a_far_one_gets_the_whole_list():
    assert unknown_name("key", "levls", ["levels", "cells"]) == "there is no key 'levls'; did you mean 'levels'?"
    assert unknown_name("key", "xyz", ["levels", "cells"]) == "there is no key 'xyz'; known: levels, cells."


def test_the_error_counts_and_lists_its_mistakes():
    assert str(StudyError("my.toml", ["a: b."])) == "my.toml: 1 mistake\n  a: b."
    error = StudyError("my.toml", ["a: b.", "c: d."])
    assert str(error).splitlines() == ["my.toml: 2 mistakes", "  a: b.", "  c: d."]
    assert Mistakes(["x.", "y."]).sentences == ("x.", "y.")
