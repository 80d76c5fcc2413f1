"""The report's JSON: the keys that programs rely on, no NaN, and a reason for everything that is missing."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.estimate import FEATURE_UNITS
from mesobridge.validation.document import document, plain
from mesobridge.validation.replicated import Replicated

VERDICTS = {"holds", "fails", "undecided"}
LEVER = "threshold_spread[review] +3 mV"


def test_numpy_numbers_become_plain_and_what_is_not_finite_null():
    given = {
        "a": np.float64(1.5), "b": np.int64(3), "c": (np.nan, np.inf, -np.inf), 4: [np.bool_(True), None, "text"],
        "d": {"e": np.array(2.0), "f": float("nan")},
    }  # fmt: skip
    found = plain(given)
    assert found == {"a": 1.5, "b": 3, "c": [None, None, None], "4": [True, None, "text"], "d": {"e": 2.0, "f": None}}
    assert type(found["a"]) is float
    assert type(found["b"]) is int
    assert type(found["4"][0]) is bool
    json.dumps(found, allow_nan=False)


@pytest.fixture(scope="module")
def written(findings):
    return document(findings)


@pytest.mark.cpp
def test_the_keys_of_the_schema_are_there(written):
    assert written["schema"] == "mesobridge.report/1"
    assert {"provenance", "levers", "claims", "dynamics", "validity"} <= set(written)
    assert json.loads(json.dumps(written, allow_nan=False)) == written
    assert [row["mechanism"] for row in written["levers"]] == ["ampa_density", "threshold_spread"]
    for row in written["levers"]:
        assert {"mechanism", "mode", "amount"} <= set(row)
        assert set(row["features"]) == set(FEATURE_UNITS)
        for name, cell in row["features"].items():
            assert {"measured", "predicted", "unit", "verdict"} <= set(cell)
            assert cell["unit"] == FEATURE_UNITS[name]
            assert cell["verdict"] in VERDICTS
            assert cell["measured"] is None or {"value", "interval"} <= set(cell["measured"])


@pytest.mark.cpp
def test_what_was_done_can_be_done_again_from_the_provenance(written, findings):
    said = written["provenance"]
    assert (said["seed"], said["target"], said["precision"], said["level"]) == (11, "cpp_standalone", "float64", 0.95)
    assert {"version", "machine", "started", "seconds", "notes"} <= set(said)
    spent = sum(job.neuron_seconds for c in findings.conditions for job in findings.sampling.jobs(c.population))
    assert said["neuron_seconds"] > spent, "probes and unseen stimuli come on top"
    assert {"shine2021", "stimberg2019", "marreiros2008"} <= set(said["studies_papers"])


@pytest.mark.cpp
def test_an_unmet_precision_is_said(written, findings):
    unmet = replace(
        findings, sampling=replace(findings.sampling, sampling=replace(findings.sampling.sampling, met=False))
    )
    met = replace(findings, sampling=replace(findings.sampling, sampling=replace(findings.sampling.sampling, met=True)))
    sentence = "The budget was spent before the wanted standard errors were met."
    assert sentence in document(unmet)["provenance"]["notes"]
    assert sentence not in document(met)["provenance"]["notes"]


@pytest.mark.cpp
def test_claims_are_about_directions_and_judged(written):
    claims = {row["id"]: row for row in written["claims"]}
    assert claims["ampa_density.area@×2"]["verdict"] == "holds"
    assert claims["threshold_spread.width@+3 mV"]["verdict"] == "holds"
    assert {row["verdict"] for row in claims.values()} <= VERDICTS
    assert all(row["statement"] and row["reason"] for row in claims.values())


@pytest.mark.cpp
def test_validity_and_dynamics_have_their_rows(written):
    assert len(written["validity"]) >= 8
    assert all({"check", "value", "bound", "ok", "sentence"} <= set(row) for row in written["validity"])
    assert [row["model"] for row in written["dynamics"]] == ["mass", "scrambled_kernel", "logistic", "recorded_mean_v"]
    assert written["base"]["operating"]["operating_rate"]["value"] == pytest.approx(20, rel=0.1)
    split = written["base"]["width_split"]
    assert split["total"]["value"] == pytest.approx(split["quenched"]["value"] + split["temporal"]["value"], rel=0.2)


@pytest.mark.cpp
def test_a_lever_that_could_not_be_estimated_is_listed_with_the_reason(findings):
    nothing = replace(
        findings.measured[LEVER], sigmoid=None, kernel=None, features=Replicated(whole={}, left_out=()), parts=None,
        left_out=(), refusals=(("sigmoid", "too few spikes"),),
    )  # fmt: skip
    found = document(replace(findings, measured={**findings.measured, LEVER: nothing}))
    assert {"condition": LEVER, "what": "sigmoid", "reason": "too few spikes"} in found["refusals"]
    row = next(row for row in found["levers"] if row["condition"] == LEVER)
    assert {cell["verdict"] for cell in row["features"].values()} == {"undecided"}
    assert all(cell["measured"] is None and cell["reason"] for cell in row["features"].values())
    assert {row["verdict"] for row in found["claims"] if row["condition"] == LEVER} == {"undecided"}
    json.dumps(found, allow_nan=False)
