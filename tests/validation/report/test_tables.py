"""Tables say why a number is missing, and what a bound asks."""

from typing import Any

import pytest

from mesobridge.validation.report.features import FEATURES
from mesobridge.validation.report.levers import read_levers
from mesobridge.validation.report.tables import bound_words, change_cell, claim_rows, validity_rows


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        ([None, 0.05], "at most 0.05"),
        ([0.0, 0.05], "at most 0.05"),
        ([30.0, None], "at least 30"),
        ([0.5, 1.2], "0.5 to 1.2"),
        (0.1, "at most 0.1"),
        (None, "—"),
    ],
)
def test_bounds_are_said_in_words(bound: Any, words: str) -> None:
    assert bound_words(bound) == words


def test_checks_that_are_not_met_come_first(document: dict[str, Any]) -> None:
    assert [row.ok for row in validity_rows(document)] == [False, True]


def _cell(document: dict[str, Any], entry: dict[str, Any], refusals: list[dict[str, str]]) -> Any:
    row = {**document["levers"][0], "features": {"gain": entry}}
    changed = {**document, "levers": [row], "refusals": refusals}
    return change_cell(changed, read_levers(changed)[0], FEATURES["gain"])


def test_several_reasons_stand_as_sentences_of_their_own(document: dict[str, Any]) -> None:
    refusals = [
        {"condition": "ampa_density=0.7", "what": "sigmoid", "reason": "Too few spikes"},
        {"condition": "ampa_density=0.7", "what": "sigmoid", "reason": "No level above half."},
    ]
    cell = _cell(document, {"measured": None, "predicted": 1e-3, "verdict": "undecided"}, refusals)
    assert cell.reason == "Too few spikes. No level above half."


def test_a_refused_sigmoid_explains_a_missing_gain(document: dict[str, Any]) -> None:
    refusals = [{"condition": "ampa_density=0.7", "what": "sigmoid", "reason": "Too few spikes."}]
    cell = _cell(document, {"measured": None, "predicted": 1e-3, "verdict": "undecided"}, refusals)
    assert (cell.reason, cell.look.key, cell.measured) == ("Too few spikes.", "missing", False)


def test_a_refusal_of_the_untouched_population_explains_a_missing_change(document: dict[str, Any]) -> None:
    refusals = [{"condition": "base", "what": "kernel", "reason": "Too short."}]
    cell = _cell(document, {"measured": None, "predicted": 1e-3, "verdict": "undecided"}, refusals)
    assert cell.reason == "Untouched population: Too short."


def test_a_missing_prediction_is_missing_not_undecided(document: dict[str, Any]) -> None:
    entry = {**document["levers"][0]["features"]["gain"], "predicted": None, "verdict": "undecided"}
    cell = _cell(document, {**entry, "reason": "no prediction"}, [])
    assert cell.measured
    assert (cell.number.predicted, cell.look.key, cell.reason) == ("—", "missing", "no prediction")


def test_other_refusals_explain_nothing(document: dict[str, Any]) -> None:
    refusals = [{"condition": "ampa_density=1.4", "what": "sigmoid", "reason": "Too few spikes."}]
    cell = _cell(document, {"measured": None, "predicted": None, "verdict": "undecided"}, refusals)
    assert cell.reason == "no reason recorded"


def test_an_expected_sign_is_a_mark_and_a_word(document: dict[str, Any]) -> None:
    rows = claim_rows(document)
    assert [row.expected[1] for row in rows[:3]] == ["unchanged within the margin", "unchanged within the margin", "up"]
    assert rows[0].number.unit == "mV"
    assert rows[3].number.value == "—"
