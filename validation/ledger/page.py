"""docs/claims.md, written from a finished ledger and never by hand.

``python -m mesobridge.validation.ledger.page DIR docs/claims.md`` reads what `mesobridge run --claims` left.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..report.ledger import DomainCell, LedgerRow, ledger_rows, tally
from ..report.papers import papers
from .document import SCHEMA

_HEAD = """# Claims

Every testable statement of shine2021, each measured and judged by a test with a margin from a data file. Margins were
set after small pilot runs of the experiments had been seen, and not changed since: this is no blind test. The page is
written by `make claims` from the ledger that `mesobridge run --claims` makes; do not edit it.

A statement is tried in several domains (populations, backgrounds, drives). *Holds* and *fails* are findings,
*undecided* a lack of data. A direction that is shown, but no larger than its margin, *fails*: it is too small to speak
of. Scales (rates, slopes, widths, areas, times) are given as logarithms of ratios: 0.05 is five percent. Verdicts are
not corrected for their number; [how it works](how-it-works.md#verdicts) explains the tests.

Statements whose place is *beside the review* are not made there: they are other papers' on the same mechanisms, or the
negative of one that fails.

The rows on receptor densities need data that are not shipped (zilles2017, in the files of hansen2022, for
non-commercial use). Get the folder data/autoradiography of github.com/netneurolab/hansen_receptors and run
`mesobridge run --claims --receptors FOLDER`.
"""


def claims_page(ledger: Mapping[str, Any]) -> str:
    """Return the page of a ledger's document."""
    rows = dict(zip((row["id"] for row in ledger["rows"]), ledger_rows(ledger), strict=True))
    parts = [_HEAD, _made(ledger), "\n".join(_tally(ledger))]
    for experiment in ledger["experiments"]:
        own = [rows[row["id"]] for row in ledger["rows"] if row["experiment"] == experiment["name"]]
        if own:
            parts.append(f"## {experiment['title']}\n")
            parts += ["\n".join(_statement(row)) for row in own]
    parts.append("\n".join(_references(ledger["papers"])))
    return "\n".join(parts)


def _made(ledger: Mapping[str, Any]) -> str:
    data = "with" if ledger["receptor_data"] else "without"
    return (
        f"Seed {ledger['seed']}, effort {ledger['effort']:g}, intervals at {100 * ledger['level']:g} %, {data} the "
        "receptor densities, which are not shipped.\n"
    )


def _tally(ledger: Mapping[str, Any]) -> Iterator[str]:
    yield "| verdict | statements | which |"
    yield "|---|---|---|"
    for seen, count, names in tally(ledger):
        yield f"| {seen.word} | {count} | {', '.join(f'[{name}](#{name})' for name in names) or 'none'} |"
    yield ""


def _statement(row: LedgerRow) -> Iterator[str]:
    yield f"### {row.id}\n"
    yield f"{row.text} ({row.place})\n"
    yield f"Expected of {row.expected}. Verdict: **{row.look.word}**.\n"
    yield "| domain | measured | verdict |"
    yield "|---|---|---|"
    yield from (f"| {cell.domain} | {_measured(cell)} | {cell.look.word} |" for cell in row.cells)
    yield ""
    if row.note:
        yield f"{row.note} ({row.papers})\n"


def _measured(cell: DomainCell) -> str:
    """Return an effect with its interval, or why there is none."""
    if cell.reason:
        return cell.reason
    number = " ".join(filter(None, (cell.number.value, cell.number.unit, cell.number.interval)))
    return f"{number}, in steps of {cell.steps}" if cell.steps else number


def _references(keys: Sequence[str]) -> Iterator[str]:
    yield "## Papers\n"
    for paper in papers(keys):
        yield f"* {paper.key}: {paper.text}" + (f" doi:{paper.doi}" if paper.doi else "")
    yield ""


def read_ledger(folder: Path) -> Mapping[str, Any]:
    """Return the ledger of a result folder.

    Raises
    ------
    ValueError
        If the folder has no ledger.
    """
    path = folder / "report.json"
    document = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    ledger = document.get("ledger") or {}
    if ledger.get("schema") != SCHEMA:
        raise ValueError(f"{folder} has no ledger of this version; make it with 'mesobridge run --claims -o {folder}'.")
    return ledger


def main(folder: Path, page: Path) -> None:
    """Write the page of the ledger in ``folder``."""
    page.write_text(claims_page(read_ledger(folder)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
