"""The ledger as plain JSON values, for the report, the page and other programs."""

import math
from typing import Any

from ..levers import number
from .effect import Course, Effect
from .experiments import EXPERIMENTS
from .judge import Judged
from .ledger import Ledger

SCHEMA = "mesobridge.ledger/1"


def ledger_document(ledger: Ledger) -> dict[str, Any]:
    """Return the ledger's content; what is missing is null, with its reason."""
    papers = {key for row in ledger.rows for key in row.statement.papers}
    papers |= {key for name in ledger.seconds for key in EXPERIMENTS[name].papers}
    return {
        "schema": SCHEMA,
        "seed": ledger.settings.seed,
        "level": ledger.settings.level,
        "effort": ledger.settings.effort,
        "receptor_data": ledger.settings.receptors is not None,
        "papers": sorted(papers),
        "experiments": [
            {"name": name, "title": EXPERIMENTS[name].title, "seconds": round(seconds, 1)}
            for name, seconds in ledger.seconds.items()
        ],
        "rows": [_row(row) for row in ledger.rows],
        "portraits": ledger.portraits,
    }


def _row(row: Judged) -> dict[str, Any]:
    statement = row.statement
    pairs = zip(row.effects, row.verdicts, strict=True)
    return {
        "id": statement.id,
        "text": statement.text,
        "place": statement.place,
        "kind": statement.kind,
        "expected": statement.expected,
        "value": statement.value,
        "margin": statement.margin,
        "unit": statement.unit,
        "experiment": statement.experiment,
        "observable": statement.observable,
        "papers": list(statement.papers),
        "note": statement.note,
        "verdict": row.overall,
        "domains": [_domain(effect, verdict, row.level) for effect, verdict in pairs],
    }


def _domain(effect: Effect, verdict: str, level: float) -> dict[str, Any]:
    measured = effect.measurement
    found = None if measured is None or not math.isfinite(measured.value) else number(measured, level)
    return {
        "domain": effect.domain,
        "verdict": verdict,
        "measured": found,
        "steps": [number(step, level) for step in effect.steps],
        "reason": effect.reason,
        "course": None if effect.course is None else _course(effect.course, level),
    }


def _course(course: Course, level: float) -> dict[str, Any]:
    intervals = [change.interval(level) for change in course.changes]
    return {
        "quantity": course.quantity,
        "unit": course.unit,
        "time": list(course.time),
        "change": [change.value for change in course.changes],
        "low": [low for low, _ in intervals],
        "high": [high for _, high in intervals],
    }
