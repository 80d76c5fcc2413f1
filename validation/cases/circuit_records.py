"""Measurements of the cases with recurrent circuits, kept beside them for their pages and for quick tests.

``python -m mesobridge.validation.cases.circuit_records [CASE ...]`` makes them again.
"""

import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from . import microcircuit, quadratic_network, sparse_network, working_memory
from .case import CaseRow

_FOLDER = Path(__file__).with_name("records")
MEASURES: dict[str, Callable[[], dict[str, Any]]] = {
    "L9": quadratic_network.measure,
    "L10": sparse_network.measure,
    "L11": working_memory.measure,
    "L18": microcircuit.measure,
    "L18-full": microcircuit.measure_full,
}
ROWS: dict[str, Callable[[dict[str, Any]], tuple[CaseRow, ...]]] = {
    "L9": quadratic_network.rows,
    "L10": sparse_network.rows,
    "L11": working_memory.rows,
    "L18": microcircuit.rows,
    "L18-full": microcircuit.full_rows,
}


@cache
def stored(case: str) -> dict[str, Any]:
    """Return the stored measurement of a case."""
    return json.loads((_FOLDER / f"{case}.json").read_text(encoding="utf-8"))


def stored_rows(case: str) -> tuple[CaseRow, ...]:
    """Return the rows of a case from its stored measurement."""
    return ROWS[case](stored(case))


def table(case: str) -> str:
    """Return the rows of a stored measurement as a table of a documentation page."""
    lines = ["| quantity | ours | published | allowed | verdict |", "|---|---|---|---|---|"]
    for row in stored_rows(case):
        error = "" if row.standard_error is None else f" ± {row.standard_error:.2g}"
        unit = "" if row.unit == "1" else f" {row.unit}"
        verdict = "agrees" if row.agrees else "**differs**"
        lines.append(
            f"| {row.quantity} | {row.ours:.4g}{error}{unit} | {row.published:.4g} | {row.tolerance:.2g} | {verdict} |"
        )
    return "\n".join(lines)


def main(wanted: list[str]) -> None:
    """Measure these cases, or all, and store what was found."""
    _FOLDER.mkdir(exist_ok=True)
    for case in wanted or MEASURES:
        found = MEASURES[case]()
        (_FOLDER / f"{case}.json").write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
        print(case, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
