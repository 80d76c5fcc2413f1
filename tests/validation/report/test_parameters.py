"""The parts of a whole keep their size, their sign and their share."""

from typing import Any

import pytest

from mesobridge.validation.report.levers import group_by_mechanism, read_levers
from mesobridge.validation.report.numbers import MINUS
from mesobridge.validation.report.parameters import estimate_rows, family_rows, gain_rows, width_rows


def test_shares_are_of_the_total_squared_width(document: dict[str, Any]) -> None:
    split = document["base"]["width_split"]
    rows = width_rows(document)
    assert [row.name for row in rows][:2] == ["population sigmoid", "thresholds that differ between cells"]
    for row, name in zip(rows, ("total", "quenched", "temporal", "gap"), strict=True):
        assert row.number.unit == "mV²"
        assert row.bar == pytest.approx(100 * split[name]["value"] / split["total"]["value"])
        assert row.share == f"{round(row.bar)}\N{NO-BREAK SPACE}%"


def test_a_negative_remainder_is_written_but_has_no_bar() -> None:
    split = {"total": {"value": 2e-5, "unit": "V2"}, "gap": {"value": -1e-6, "unit": "V2"}}
    gap = width_rows({"base": {"width_split": split}})[1]
    assert gap.number.value.startswith(MINUS)
    assert gap.share == f"{MINUS}5\N{NO-BREAK SPACE}%"
    assert gap.bar == 0


def test_a_width_that_was_not_split_has_no_rows() -> None:
    assert width_rows({"base": {"width_split": None}}) == []
    assert width_rows({}) == []


def test_parameters_are_written_in_the_units_of_the_bench(document: dict[str, Any]) -> None:
    rows = {(row.of, row.name): row.number for row in estimate_rows(document)}
    assert (rows["sigmoid", "kappa"].value, rows["sigmoid", "kappa"].unit) == ("4.60", "mV")
    assert (rows["kernel", "area"].value, rows["kernel", "area"].unit) == ("4.210", "mV ms")


def test_families_and_criteria_do_not_depend_on_the_order_on_disk(document: dict[str, Any]) -> None:
    families = document["base"]["families"]
    turned = {name: dict(reversed(families[name].items())) for name in reversed(families)}
    assert family_rows({"base": {"families": turned}}) == family_rows(document)
    assert [name for name, _ in family_rows(document)[1]] == ["exgaussian", "logistic"]


def test_the_gain_is_split_where_the_result_has_the_parts(document: dict[str, Any]) -> None:
    rows = gain_rows(group_by_mechanism(read_levers(document))[0])
    assert [row.title for row in rows] == ["×0.7", "×1.4"]
    gain, slope, area = rows[0].numbers
    assert (gain.value, slope.value, area.value) == (f"{MINUS}0.360", f"{MINUS}0.0100", "—")
