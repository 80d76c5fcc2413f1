"""Planted changes are called by their sign, held against their prediction, and split into slope and area."""

import math

import numpy as np
import pytest

from mesobridge.bridge.estimate import FEATURE_UNITS
from mesobridge.spiking import POPULATIONS
from mesobridge.validation.conditions import conditions
from mesobridge.validation.levers import lever_row
from mesobridge.validation.margins import read_margins
from mesobridge.validation.replicated import Replicated
from mesobridge.validation.study import read_study

GROUPS = 10
BASE = {
    "q_max": 100.0, "v50": -0.050, "max_slope": 5000.0, "width": 0.005, "area": 4e-6, "operating_rate": 10.0,
    "operating_slope": 2000.0, "gain": 8e-3,
}  # fmt: skip
REQUEST = read_study({"population": "e1", "mechanisms": [{"id": "threshold_shift", "amounts": ["4 mV"]}]}).mechanisms
CONDITION = conditions(POPULATIONS["e1"](), REQUEST)[1]


def replicated(features, error=0.001, seed=0):
    """Features whose jackknife error is ``error`` of them; conditions of one seed share it, as paired ones do."""
    shared = np.random.default_rng(seed).standard_normal((GROUPS, len(features)))
    shared = (shared - shared.mean(0)) / shared.std(0) * error / math.sqrt(GROUPS - 1)
    parts = [{n: v * (1 + d) for (n, v), d in zip(features.items(), row, strict=True)} for row in shared]
    return Replicated(whole=dict(features), left_out=tuple(parts))


def row(changed, predicted=None, base=BASE, error=0.001, predicted_base=None):
    return lever_row(
        CONDITION, replicated({**base, **changed}, error), replicated(base, error),
        {**BASE, **changed} if predicted is None else {**BASE, **predicted}, predicted_base or BASE, read_margins(),
    )  # fmt: skip


def test_a_row_says_which_lever_it_is_and_has_every_feature():
    found = row({"v50": -0.046})
    assert (found["mechanism"], found["mode"], found["amount"], found["amount_label"], found["unit"]) == (
        "threshold_shift", "review", 0.004, "+4 mV", "V"
    )  # fmt: skip
    assert list(found["features"]) == list(FEATURE_UNITS)
    assert all(cell["unit"] == FEATURE_UNITS[name] for name, cell in found["features"].items())


@pytest.mark.parametrize(("changed", "sign"), [(-0.046, "+"), (-0.054, "-"), (-0.05001, "0")])
def test_a_planted_change_is_given_its_sign_and_size(changed, sign):
    cell = row({"v50": changed})["features"]["v50"]
    assert cell["sign"] == sign
    assert cell["measured"]["value"] == pytest.approx(changed + 0.050)
    low, high = cell["measured"]["interval"]
    assert low <= changed + 0.050 <= high
    assert cell["absolute"]["value"] == changed


@pytest.mark.parametrize(
    ("predicted", "verdict"), [(120.0, "holds"), (122.0, "holds"), (150.0, "fails"), (90.0, "fails")]
)
def test_a_prediction_is_held_against_the_planted_change(predicted, verdict):
    """Measured +20 Hz; the margin is 5 % of 100 Hz and a quarter of the predicted change."""
    cell = row({"q_max": 120.0}, predicted={"q_max": predicted})["features"]["q_max"]
    assert cell["predicted"] == predicted - 100
    assert cell["margin"] == pytest.approx(5 + 0.25 * abs(predicted - 100))
    assert cell["verdict"] == verdict


def test_a_vague_measurement_decides_nothing():
    measured, base = replicated({**BASE, "q_max": 120.0}, 0.2, seed=1), replicated(BASE, 0.2, seed=2)
    found = lever_row(CONDITION, measured, base, {**BASE, "q_max": 150.0}, BASE, read_margins())
    assert found["features"]["q_max"]["verdict"] == "undecided"
    assert found["features"]["q_max"]["sign"] == "?"


def test_pairing_cancels_the_error_that_both_conditions_share():
    cell = row({"q_max": 120.0}, error=0.02)["features"]["q_max"]
    assert cell["absolute"]["standard_error"] == pytest.approx(0.02 * 120)
    assert cell["measured"]["standard_error"] == pytest.approx(0.02 * 20)


def test_the_change_of_gain_is_split_into_slope_and_area():
    slope, area = 2000.0 * 1.5, 4e-6 * 0.8
    split = row({"operating_slope": slope, "area": area, "gain": slope * area})["gain_split"]
    assert split["slope"]["value"] == pytest.approx(math.log(1.5))
    assert split["area"]["value"] == pytest.approx(math.log(0.8))
    assert split["gain"]["value"] == pytest.approx(split["slope"]["value"] + split["area"]["value"])


def test_a_gain_that_changes_sign_has_no_split():
    split = row({"area": -1e-6, "gain": -2e-3})["gain_split"]
    assert split["area"] is None
    assert split["gain"] is None
    assert split["slope"]["value"] == 0


def test_what_is_missing_is_undecided_with_a_reason():
    without = {name: value for name, value in BASE.items() if name != "width"}
    found = lever_row(CONDITION, replicated(without), replicated(BASE), BASE, BASE, read_margins())["features"]
    assert found["width"]["measured"] is None
    assert (found["width"]["verdict"], found["width"]["sign"]) == ("undecided", "?")
    assert found["width"]["reason"]
    found = lever_row(CONDITION, replicated(BASE), replicated(BASE), without, BASE, read_margins())["features"]
    assert found["width"]["measured"]["value"] == 0
    assert (found["width"]["verdict"], found["width"]["sign"], found["width"]["predicted"]) == ("undecided", "0", None)
    assert found["width"]["reason"] == "no prediction"
