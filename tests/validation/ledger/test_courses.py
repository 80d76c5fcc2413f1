"""Courses over time: from an effect into the document, from there into one panel for each quantity."""

import json

import numpy as np
import pytest

from mesobridge.validation.document import plain
from mesobridge.validation.ledger import Ledger, Settings, ledger_document
from mesobridge.validation.ledger.effect import Course, Effect
from mesobridge.validation.ledger.judge import judge
from mesobridge.validation.ledger.statement import Statement
from mesobridge.validation.report.figures.courses import courses_of, draw_courses
from mesobridge.validation.verdict import Measurement


def number(value: float) -> Measurement:
    return Measurement(value=value, standard_error=1e-4, degrees_of_freedom=9)


def statement(identifier: str, kind: str) -> Statement:
    return Statement(
        id=identifier, text=identifier, place="Fig. 2c", kind=kind, margin=1e-3, unit="V", experiment="activation",  # type: ignore[arg-type]
        observable="potential", domains=("slice",), papers=("shine2021",),
    )  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    course = Course(
        quantity="potential", unit="V", time=(-0.5, 0.5, 1.5), changes=(number(0), number(-3e-3), number(5e-3))
    )
    effect = Effect(observable="potential", domain="slice", unit="V", measurement=number(-3e-3), course=course)
    both = [judge(statement(*words), {"slice": effect}) for words in (("rise", "rises"), ("fall", "falls"))]
    made = Ledger(rows=tuple(both), settings=Settings(), seconds={"activation": 1.0})
    return plain(ledger_document(made))["rows"]


def test_a_course_stands_in_the_document_with_its_intervals(rows):
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    course = rows[0]["domains"][0]["course"]
    assert course["change"] == [0, -3e-3, 5e-3]
    for low, change, high in zip(course["low"], course["change"], course["high"], strict=True):
        assert high - change == pytest.approx(change - low)
        assert high - change == pytest.approx(2.262e-4, rel=1e-3)  # Student's t of 9 degrees of freedom


def test_two_statements_on_one_course_draw_it_once(rows):
    courses = courses_of(rows)
    assert list(courses) == ["potential"]
    assert list(courses["potential"]) == ["slice"]
    (axes,) = draw_courses(courses).axes
    assert axes.get_ylabel() == "change of potential (mV)"
    assert axes.get_legend_handles_labels()[1] == ["slice"]
    (line,) = (line for line in axes.get_lines() if line.get_label() == "slice")
    assert np.asarray(line.get_ydata()) == pytest.approx([0, -3, 5])


def test_rows_without_a_course_have_none():
    assert courses_of([{"domains": [{"domain": "x"}]}]) == {}
