"""The verb on a synthetic result: planted changes are explained, impossible ones refused, all of it saved and shown."""

import json

import numpy as np
import pytest

from mesobridge.validation.explain import ExplainError, explain, save_explanation, spoken
from mesobridge.validation.explain.design import TARGETS, design
from mesobridge.validation.report import render_report
from mesobridge.validation.report.folder import _beside

THRESHOLD = {
    "v50": {"value": "-3.9 mV", "standard_error": "0.3 mV"},
    "q_max": {"relative": 0.0, "standard_error": 0.03},
    "width": {"relative": 0.0, "standard_error": 0.05},
    "area": {"relative": 0.0, "standard_error": 0.03},
    "operating_v": {"value": "0 mV", "standard_error": "0.2 mV"},
}


@pytest.fixture(scope="module")
def answer(result):
    levers = ["ampa_density", "calcium_depolarization", "threshold_shift", "threshold_spread"]
    return explain(result, THRESHOLD, mechanisms=levers)


def test_the_planted_lever_is_found_and_enough_alone(answer):
    assert answer.explained
    first = next(row for row in answer.document["answer"]["few"] if row["explains"])
    assert first["levers"] == ["threshold_shift"]
    assert first["amounts"]["threshold_shift"] == pytest.approx(-0.0039, abs=0.0004)
    ranges = {row["lever"]: row for row in answer.document["answer"]["ranges"]}
    low, high = ranges["threshold_shift"]["joint"]
    assert low <= -0.0039 <= high < 0
    assert ranges["threshold_shift"]["needed"]
    assert not ranges["ampa_density"]["needed"]
    inner = ranges["threshold_shift"]["interval"]
    assert low - 1e-6 <= inner[0] <= inner[1] <= high + 1e-6


def test_a_change_that_is_not_shown_is_said_to_be_none(result):
    nothing = {name: {**entry, "value": 0.0} if "value" in entry else entry for name, entry in THRESHOLD.items()}
    found = explain(result, nothing, mechanisms=["ampa_density", "threshold_shift"])
    assert found.document["answer"]["no_change"]["misfit"] == pytest.approx(0.0, abs=1e-9)
    assert "the data show none" in " ".join(found.document["sentences"])


def test_any_mixture_can_be_asked_about(answer):
    assert answer.explains({"threshold_shift": -0.0038})
    assert not answer.explains({"threshold_shift": 0.002})
    assert not answer.explains({})
    with pytest.raises(ExplainError, match="possible are"):
        answer.explains({"threshold_shift": -0.1})


def test_the_answer_is_plain_json_and_its_sentences_name_what_matters(answer):
    assert json.loads(json.dumps(answer.document, allow_nan=False))["schema"] == "mesobridge.explanation/1"
    said = " ".join(spoken(answer.document))
    assert "Enough alone: threshold_shift −" in said
    assert "Part of every explanation: threshold_shift" in said
    parts = {part for row in answer.document["answer"]["features"] for part in row["error_parts"]}
    assert parts == {"points of the curves", "between the points", "superposition"}


def test_the_next_measurement_is_ranked_by_what_it_promises(answer):
    for row in answer.document["answer"]["next"]:
        promised = [one["promised"] for one in row["single"]]
        assert promised == sorted(promised)
        assert 0 < promised[0] < 1.02
        together = [one["promised"] for one in row["together"]]
        assert together == sorted(together, reverse=True)


def test_a_lever_can_be_the_target_and_levers_can_be_left_out(result):
    levers = ["ampa_density", "threshold_shift"]
    found = explain(result, THRESHOLD, mechanisms=levers, target="ampa_density").document
    assert [lever["name"] for lever in found["levers"]] == levers
    assert [row["target"] for row in found["answer"]["next"]] == ["ampa_density"]
    with pytest.raises(ExplainError, match="no lever of this question"):
        explain(result, THRESHOLD, mechanisms=levers, target="gaba_a_density")
    with pytest.raises(ExplainError, match="not studied"):
        explain(result, THRESHOLD, mechanisms=["dopamine"])


def test_bounds_are_kept(result):
    question = THRESHOLD | {"bounds": {"threshold_shift": {"lowest": "-2 mV", "highest": "1 mV"}}}
    found = explain(result, question, mechanisms=["threshold_shift", "ampa_density"])
    assert not found.explained
    lever = found.document["levers"][0]
    assert [lever["lowest"], lever["highest"]] == [-0.002, 0.001]
    beyond = {"bounds": {"threshold_shift": {"lowest": "-9 mV"}}}
    with pytest.raises(ExplainError, match="study a wider range"):
        explain(result, THRESHOLD | beyond)


def test_a_change_that_no_mixture_makes_is_refused_with_the_feature_that_rules_it_out(result):
    impossible = THRESHOLD | {"operating_v": {"value": "+20 mV", "standard_error": "0.2 mV"}}
    found = explain(result, impossible)
    assert found.explained is False
    document = found.document["answer"]
    assert document["smallest_misfit"] > document["threshold"]
    assert document["ruled_out_by"][0]["feature"] == "operating_v"
    assert document["ruled_out_by"][0]["p_value_without"] > 0.05
    assert all(row["joint"] is None for row in document["ranges"])
    said = " ".join(spoken(found.document))
    assert "No mixture of these levers explains the change" in said
    assert "operating_v rules it out most" in said


@pytest.mark.slow
def test_a_condition_explains_itself_by_theory(result):
    found = explain(result, condition="threshold_shift=0.004")
    assert found.document["source"] == "predicted"
    first = next(row for row in found.document["answer"]["few"] if row["explains"])
    assert first["levers"] == ["threshold_shift"]
    with pytest.raises(ExplainError, match="no such condition"):
        explain(result, condition="base")
    with pytest.raises(ExplainError, match="one of them"):
        explain(result, THRESHOLD, condition="threshold_shift=0.004")


def test_a_wrong_theory_does_not_explain_what_was_measured(result):
    """The synthetic theory of relative refractoriness misses by a factor; at its own errors it is excluded."""
    levers = ["relative_refractoriness"]
    assert not explain(result, condition="relative_refractoriness=0.4", mechanisms=levers, level=0.5).explained
    assert explain(result, condition="relative_refractoriness=0.4", mechanisms=levers, source="measured").explained


def test_without_an_observation_it_says_what_could_be_told_apart(result):
    found = explain(result)
    assert found.explained is None
    with pytest.raises(ExplainError, match="Nothing was observed"):
        found.explains({"ampa_density": 1.2})
    matrix = found.document["sensitivity"]
    names = [feature["name"] for feature in found.document["features"]]
    levers = [lever["name"] for lever in found.document["levers"]]
    shift = np.array(matrix["per_unit"])[names.index("v50"), levers.index("threshold_shift")]
    assert shift == pytest.approx(1.0, abs=0.1), "volts of v50 per volt of threshold"
    d_prime, low, high = (np.array(matrix[key]) for key in ("d_prime", "d_prime_low", "d_prime_high"))
    assert np.all((low <= d_prime + 1e-9) & (d_prime <= high + 1e-9))
    assert d_prime[levers.index("threshold_shift"), levers.index("nmda_fraction")] > 5
    assert any("levers" in line for line in spoken(found.document))


@pytest.mark.slow
def test_it_is_saved_with_figures_and_shown_in_the_report(answer, result, tmp_path):
    path = save_explanation(answer, tmp_path)
    assert path.name == "explain.json"
    for name in ("inverse-sensitivity", "inverse-answer"):
        assert (tmp_path / "figures" / f"{name}.png").stat().st_size > 5000
    document = {**result.document, "levers": result.document["levers"][:1]} | _beside(tmp_path, result.document)
    page = render_report(result.dataset, document, "", tmp_path).read_text(encoding="utf-8")
    assert 'id="inverse"' in page
    assert 'data-lever="threshold_shift"' in page
    assert "figure-inverse-answer" in page
    later = {"provenance": {"started": "2030-01-01T00:00:00Z"}}
    assert _beside(tmp_path, later) == {}, "an answer about an earlier run is left out"
    (tmp_path / "explain.json").write_text('{"schema": "other"}', encoding="utf-8")
    with pytest.raises(ValueError, match="another schema"):
        _beside(tmp_path, result.document)


def test_drive_levels_and_probes_are_designed_for_a_feature(result):
    for target in ("v50", "q_max", "area", "gain"):
        found = design(result, target)
        promised = [row["promised"] for row in found["single"]]
        assert promised == sorted(promised)
        assert 0 < promised[0] < 1
        kinds = {row["kind"] for row in found["single"]}
        assert kinds == {"probe"} if target == "area" else "drive level" in kinds
    twice = design(result, "v50", neuron_seconds=2 * design(result, "v50")["neuron_seconds"])
    assert twice["single"][0]["promised"] < design(result, "v50")["single"][0]["promised"]
    assert {"v50", "gain", "area"} <= set(TARGETS)
    with pytest.raises(ExplainError, match="no feature to design for"):
        design(result, "operating_v")
