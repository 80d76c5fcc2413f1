"""The summary counts what the document holds, and changes when the document does."""

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest

from mesobridge.validation.report.levers import read_levers
from mesobridge.validation.report.words import (
    claim_sentences,
    counted,
    dynamics_sentences,
    gain_sentences,
    lever_sentences,
    lever_summary,
    listed,
    summary,
    validity_sentences,
)


def test_the_summary_counts_the_verdicts(document: dict[str, Any]) -> None:
    entries = [entry for row in document["levers"] for entry in row["features"].values()]
    tally = Counter(entry["verdict"] for entry in entries if entry["measured"] is not None)
    assert min(tally["holds"], tally["fails"], tally["undecided"]) > 0
    sentences = " ".join(lever_sentences(read_levers(document)))
    assert f"Of {sum(tally.values())} predicted changes" in sentences
    assert f"{tally['holds']} (" in sentences
    assert f"{tally['fails']} (" in sentences
    assert "16 comparisons are missing." in sentences
    assert f"relative_refractoriness ({tally['fails']} feature changes)" in sentences


def test_one_flipped_verdict_changes_the_summary(document: dict[str, Any]) -> None:
    changed = deepcopy(document)
    changed["levers"][0]["features"]["area"]["verdict"] = "fails"
    assert summary(changed) != summary(document)
    assert "ampa_density (1 feature change)" in " ".join(summary(changed))


def test_a_false_claim_is_quoted(document: dict[str, Any]) -> None:
    sentences = " ".join(claim_sentences(document["claims"]))
    assert "Of 4 claims of the review, 2 hold, 1 fails and 1 is undecided." in sentences
    assert "“Less relative refractoriness makes the sigmoid symmetric”" in sentences


def test_a_control_that_does_better_is_counted(document: dict[str, Any]) -> None:
    scores = deepcopy(document["dynamics"])
    assert "every negative control on 6 of 6" in " ".join(dynamics_sentences(scores))
    next(score for score in scores if score["model"] == "logistic")["normalized_error"] = 0.1
    assert "every negative control on 5 of 6" in " ".join(dynamics_sentences(scores))


def test_checks_outside_their_bound_are_named(document: dict[str, Any]) -> None:
    assert validity_sentences(document["validity"]) == [
        "1 of 2 validity checks of the reduction is outside its bound: e3 (base)."
    ]


def test_the_extremes_of_gain_are_named(document: dict[str, Any]) -> None:
    (sentence,) = gain_sentences(read_levers(document))
    row = next(row for row in document["levers"] if row["condition"] == "threshold_shift=-0.004")
    gain = row["features"]["gain"]
    factor = gain["absolute"]["value"] / (gain["absolute"]["value"] - gain["measured"]["value"])
    assert f"raised most by threshold_shift −4 mV (to {100 * factor:.0f}\N{NO-BREAK SPACE}%" in sentence


def test_a_lever_that_leaves_the_kernel_alone_says_so_in_three_words(document: dict[str, Any]) -> None:
    lever = next(lever for lever in read_levers(document) if lever.condition == "threshold_shift=-0.004")
    assert "lowers onset V10, midpoint V50, saturation V90" in lever_summary(lever)
    assert "leaves unchanged within the margin the whole kernel" in lever_summary(lever)


@pytest.mark.parametrize(("number", "words"), [(0, "0 claims"), (1, "1 claim"), (2, "2 claims")])
def test_nouns_agree(number: int, words: str) -> None:
    assert counted(number, "claim") == words


def test_long_lists_are_cut_and_counted() -> None:
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdefgh"), 3) == "a, b, c and 5 more"
