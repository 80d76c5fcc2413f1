"""The description of a cell: units, rules between its fields, and what belongs to it."""

from typing import Any

import pytest

from mesobridge.meanfield import ExponentialCell, eif_rate

WORDS: dict[str, Any] = {
    "tau_m": "20 ms", "tau_ref": "0 ms", "v_threshold": "-50 mV", "v_reset": "-70 mV", "slope_factor": "1.5 mV",
    "v_cutoff": "-40 mV",
}  # fmt: skip


def test_parameters_are_the_keywords_of_the_rate():
    cell = ExponentialCell(**WORDS)
    assert cell.parameters == pytest.approx(
        {"tau_m": 0.02, "tau_ref": 0, "v_threshold": -0.05, "v_reset": -0.07, "slope_factor": 0.0015, "v_cutoff": -0.04}
    )
    keywords: dict[str, Any] = cell.parameters
    assert eif_rate(-55e-3, 6.7e-3, **keywords) > 1


def test_another_cell_is_named():
    cell = ExponentialCell(**WORDS)
    cell.require_same(cell.parameters, "The table")
    with pytest.raises(
        ValueError, match=r"The table belongs to a cell with v_reset = -0\.06, this one has v_reset = -0\.07"
    ):
        cell.require_same({**cell.parameters, "v_reset": -0.06}, "The table")
    with pytest.raises(ValueError, match="tau_m = None"):
        cell.require_same({}, "The table")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"v_cutoff": "-71 mV"}, "not above the reset"),
        ({"v_cutoff": "-55 mV"}, "not above the threshold"),
        ({"slope_factor": "-1 mV"}, "at least 0"),
        ({"tau_m": 0.0}, "above 0"),
    ],
)
def test_impossible_cells_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        ExponentialCell(**{**WORDS, **change})


def test_without_slope_factor_a_cell_spikes_at_its_threshold():
    assert ExponentialCell(**WORDS).v_spike == pytest.approx(-0.04)
    assert ExponentialCell(**{**WORDS, "slope_factor": 0.0}).v_spike == pytest.approx(-0.05)
    with pytest.raises(ValueError, match=r"v_cutoff: -0\.055 V is below the threshold"):
        ExponentialCell(**{**WORDS, "slope_factor": 0.0, "v_cutoff": "-55 mV"})
    with pytest.raises(ValueError, match=r"v_threshold: -0\.08 V is not above the reset"):
        ExponentialCell(**{**WORDS, "slope_factor": 0.0, "v_threshold": "-80 mV"})


def test_one_description_is_one_cell():
    with pytest.raises(ValueError, match=r"ExponentialCell\.tau_m: an array of shape \(2,\) is not one number"):
        ExponentialCell(**{**WORDS, "tau_m": [0.02, 0.03]})
