"""The claims ledger as the report and the documentation show it: rows of written numbers with their verdicts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .numbers import Shown, compact, scale, shown, usual_unit
from .verdicts import ABSENT, VERDICTS, Look, look

OVERALL = {
    "holds everywhere": Look("holds", VERDICTS["holds"].mark, "holds everywhere", "#00664b", "#d3ebe1"),
    "holds in part": Look("part", "\N{CIRCLE WITH LEFT HALF BLACK}", "holds in part", "#6a5a00", "#f1e8c4"),
    "fails": VERDICTS["fails"],
    "undecided": VERDICTS["undecided"],
}
HOW_TO = "The ledger was not made; 'mesobridge run --claims' makes it."


@dataclass(frozen=True)
class DomainCell:
    """One domain of a statement: the effect, its verdict, the steps of a series, or why there is no number."""

    domain: str
    number: Shown
    look: Look
    steps: str
    reason: str


@dataclass(frozen=True)
class LedgerRow:
    """One statement of shine2021."""

    id: str
    text: str
    place: str
    expected: str
    look: Look
    cells: tuple[DomainCell, ...]
    note: str
    papers: str


def ledger_rows(ledger: Mapping[str, Any]) -> list[LedgerRow]:
    """Return the rows of a ledger in the order of its statements."""
    return [
        LedgerRow(
            str(row["id"]),
            str(row["text"]),
            str(row["place"]),
            expectation(row),
            OVERALL.get(str(row["verdict"]), ABSENT),
            tuple(domain_cell(domain, row) for domain in row["domains"]),
            str(row.get("note", "")),
            ", ".join(row.get("papers", [])),
        )
        for row in ledger.get("rows", [])
    ]


def expectation(row: Mapping[str, Any]) -> str:
    """Return what is expected of an effect, with its margin, in words."""
    unit = str(row["unit"])
    tail = "" if unit == "1" else f" {usual_unit(unit)}"

    def written(value: float) -> str:
        return f"{compact(value * scale(unit))}{tail}"

    what = f"{row['expected']} {written(row['value'])}" if row["kind"] == "near" else str(row["expected"])
    margin = "by more than" if row["kind"] == "exists" else "margin"
    return f"{row['observable']}: {what}, {margin} {written(row['margin'])}"


def domain_cell(domain: Mapping[str, Any], row: Mapping[str, Any]) -> DomainCell:
    """Return one domain of a statement as it is written: no digits far below the margin."""
    found, unit = domain.get("measured") or {}, str(row["unit"])
    error = max(found.get("standard_error", 0.0), 0.005 * float(row["margin"]))
    number = shown(found.get("value"), found.get("interval"), unit, error=error, signed=True)
    steps = "; ".join(compact(step["value"] * scale(unit), signed=True) for step in domain.get("steps", []))
    return DomainCell(str(domain["domain"]), number, look(domain.get("verdict")), steps, str(domain.get("reason", "")))


def tally(ledger: Mapping[str, Any]) -> list[tuple[Look, int, Sequence[str]]]:
    """Return for every verdict its look, how many statements have it, and which."""
    rows = ledger.get("rows", [])
    counts = Counter(row["verdict"] for row in rows)
    return [
        (seen, counts[verdict], [str(row["id"]) for row in rows if row["verdict"] == verdict])
        for verdict, seen in OVERALL.items()
    ]
