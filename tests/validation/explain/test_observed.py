"""An observation as its maker writes it: forms, units, errors that say what is wrong."""

import json
import math

import numpy as np
import pytest

from mesobridge.validation.explain import ExplainError, read_question
from mesobridge.validation.explain.columns import feature_columns
from mesobridge.validation.explain.observed import observation

TOML = """
title = "a drug"
v50 = { value = "-2 mV", standard_error = "0.3 mV" }
q_max = { relative = 0.1, standard_error = 0.02 }
correlation = [["v50", "q_max", 0.4]]

[bounds.ampa_density]
lowest = 1.0
"""


def test_toml_and_json_say_the_same(tmp_path):
    (tmp_path / "change.toml").write_text(TOML, encoding="utf-8")
    entries = {
        "title": "a drug",
        "v50": {"value": "-2 mV", "standard_error": "0.3 mV"},
        "q_max": {"relative": 0.1, "standard_error": 0.02},
        "correlation": [["v50", "q_max", 0.4]],
        "bounds": {"ampa_density": {"lowest": 1.0}},
    }
    (tmp_path / "change.json").write_text(json.dumps(entries), encoding="utf-8")
    first, second, third = (read_question(s) for s in (tmp_path / "change.toml", tmp_path / "change.json", entries))
    assert first == second == third
    assert first.title == "a drug"
    assert set(first.entries) == {"v50", "q_max"}


def test_changes_are_put_on_the_scale_on_which_effects_add(result):
    question = read_question(
        {
            "v50": {"value": "-2 mV", "standard_error": "0.3 mV"},
            "q_max": {"relative": 0.1, "standard_error": 0.022},
            "area": {"value": 0.42e-6, "standard_error": 0.042e-6},
            "gain": {"log_ratio": 0.2, "standard_error": 0.05},
            "correlation": [["v50", "q_max", 0.4]],
        }
    )
    columns = feature_columns(result.dataset, list(question.entries), "measured")
    seen = observation(question, columns)
    base = float(result.dataset["measured"].sel(feature="area").values[0])
    expected = [-2e-3, math.log(1.1), math.log(1 + 0.42e-6 / base), 0.2]
    np.testing.assert_allclose(seen.change, expected)
    errors = [0.3e-3, 0.02, 0.042e-6 / (base + 0.42e-6), 0.05]
    np.testing.assert_allclose(np.sqrt(np.diag(seen.covariance)), errors)
    assert seen.covariance[0, 1] == pytest.approx(0.4 * errors[0] * errors[1])
    assert seen.covariance[2, 3] == 0


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"v5": {"value": 0.0, "standard_error": 1.0}}, "v5: no such feature"),
        ({"v50": {"value": "-2 mV"}}, "standard_error"),
        ({"v50": {"value": 1.0, "relative": 1.0, "standard_error": 1.0}}, "one of"),
        ({"v50": -0.002}, "must have"),
        ({}, "names no feature"),
        ({"v50": {"relative": 0.1, "standard_error": 0.1}}, "differences"),
        ({"q_max": {"relative": -1.2, "standard_error": 0.1}}, "0 or below"),
        ({"q_max": {"relative": 0.2, "standard_error": 0.0}}, "above 0"),
        ({"q_max": {"decibel": 0.2, "standard_error": 0.1}}, "for powers"),
        ({"q_max": {"relative": 0.2, "standard_error": 0.1}, "spectrum": {"delay": 1, "gain": 1}}, "gain is unknown"),
        ({"power@10Hz": {"decibel": 1, "standard_error": 1}, "spectrum": {"loop_gain": 1.2}}, "runs away"),
        (
            {
                "v50": {"value": 0.0, "standard_error": 1e-3},
                "q_max": {"relative": 0.0, "standard_error": 0.1},
                "correlation": [["v50", "q_max", 1.0]],
            },
            "cannot hold together",
        ),
    ],
)
def test_mistakes_are_said_in_plain_words(entries, said, result):
    def ask() -> None:
        question = read_question(entries)
        observation(question, feature_columns(result.dataset, list(question.entries), "measured"))

    with pytest.raises(ExplainError, match=said):
        ask()


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ExplainError, match="does not exist"):
        read_question(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("v50 = {", encoding="utf-8")
    with pytest.raises(ExplainError, match="cannot be read"):
        read_question(tmp_path / "bad.toml")
