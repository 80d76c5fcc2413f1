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
