"""A dose curve and a combination carried through the whole walk on the population with a known answer."""

from typing import Any

import numpy as np
import pytest

from mesobridge.validation.calibrate import calibrate
from mesobridge.validation.document import document
from mesobridge.validation.numbers import dataset
from mesobridge.validation.report.doses import MAIN
from mesobridge.validation.result import Result
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.study import read_study
from mesobridge.validation.walk import investigate

from .tiny import TINY

ASKED: dict[str, Any] = {
    **TINY,
    "title": "planted dose",
    "mechanisms": [{"id": "calcium_depolarization", "dose": {"from": "-4 mV", "to": "8 mV", "points": 4}}],
    "combinations": [{"parts": [{"id": "ampa_density", "amount": 1.6}, {"id": "threshold_shift", "amount": "4 mV"}]}],
    "operating": {"rate": "20 Hz", "slots": 4},
    "dynamics": {"enabled": False},
}


@pytest.fixture(scope="module")
def told(laboratory: Laboratory) -> tuple[dict[str, Any], Any]:
    found = investigate(read_study(ASKED), laboratory)
    return document(found), dataset(found)


@pytest.mark.cpp
@pytest.mark.slow
def test_the_gain_turns_at_the_steepest_point_of_the_planted_sigmoid(told):
    (curve,) = told[0]["doses"]
    gain = curve["features"]["gain"]
    assert curve["amounts"] == [-0.004, 0.0, 0.004, 0.008]
    assert gain["predicted_shape"] == "turns"
    assert gain["shape"] in ("turns", "undecided")
    for point, expected in zip(gain["points"], gain["predicted"], strict=True):
        reach = 4 * point["standard_error"]
        assert abs(point["value"] - expected) < reach
    low, high = gain["largest_at"]["interval"]
    assert low is None or low < gain["predicted_largest_at"]
    assert high is None or high > gain["predicted_largest_at"]
    assert curve["features"]["operating_v"]["shape"] == "rises"
    assert curve["features"]["v50"]["shape"] == "flat"


@pytest.mark.cpp
@pytest.mark.slow
def test_the_interaction_is_the_one_that_theory_has_exactly(told):
    (row,) = told[0]["interactions"]
    assert row["commute"] is True
    cells = row["features"]
    assert abs(cells["gain"]["predicted"]) > 0.05, "the comparison must not be empty"
    for name in MAIN:
        low, high = cells[name]["interaction"]["interval"]
        wide = 1e-9 + (high - low)
        assert low - wide < cells[name]["predicted"] < high + wide, name
        assert cells[name]["prediction"] != "fails"
    assert [cells[name]["verdict"] for name in ("area", "operating_v", "v50", "q_max")] == ["additive"] * 4


@pytest.mark.cpp
@pytest.mark.slow
def test_the_dataset_holds_curves_and_interactions_under_their_names(told):
    report, data = told
    found = data.sel(dose="calcium_depolarization[review]", feature="gain")
    np.testing.assert_allclose(found["dose_amount"], report["doses"][0]["amounts"])
    points = [point["value"] for point in report["doses"][0]["features"]["gain"]["points"]]
    np.testing.assert_allclose(found["dose_measured"], points)
    one = data.isel(combination=0).sel(feature="gain")
    assert float(one["interaction"]) == report["interactions"][0]["features"]["gain"]["interaction"]["value"]
    assert (float(one["first_amount"]), float(one["second_amount"])) == (1.6, 0.004)
    assert [row["condition"] for row in report["levers"]][-2:] == [
        "ampa_density[review] ×1.6",
        "threshold_shift[review] +4 mV",
    ]
    assert "condition" in data.dims
    assert report["interactions"][0]["combination"] not in data["condition"].values


@pytest.mark.cpp
@pytest.mark.slow
def test_two_levers_at_once_are_calibrated_and_their_changes_are_those_planted(told):
    found = calibrate(Result(study=read_study(ASKED), dataset=told[1], document=told[0]), "empirical")
    both = found.models[-1]
    assert both.condition == "ampa_density[review] ×1.6 + threshold_shift[review] +4 mV"
    assert (both.mechanism, both.mode) == ("ampa_density + threshold_shift", "review")
    changes = {one.name: one for one in both.changes}
    assert all(one.paired for one in changes.values())
    ratio = changes["area"].ratio
    assert ratio is not None
    low, high = ratio.interval
    assert low - 1e-3 < 1.6 < high + 1e-3
    assert abs(changes["v50"].difference.value - 4e-3) < 4 * changes["v50"].difference.standard_error
