"""The ledger as a whole: asked for on the command line, made by experiments, every statement judged, shown, written."""

import json
from collections import Counter
from pathlib import Path

import pytest

from mesobridge.cli import _asked, main
from mesobridge.spiking.engine import Machine
from mesobridge.validation.document import plain
from mesobridge.validation.ledger import Settings, ledger, ledger_document, make_ledger, read_statements
from mesobridge.validation.ledger.experiments import EXPERIMENTS
from mesobridge.validation.progress import Lines, Silence
from mesobridge.validation.report.figures.ledger import draw_ledger
from mesobridge.validation.report.ledger import ledger_rows, tally
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store

from .example import example_ledger

QUICK = ("rebound", "gating", "receptor maps")


def test_the_command_line_asks_for_a_ledger():
    assert not _asked(None, None, None).ledger.enabled
    assert _asked(None, None, None, claims=True).ledger.enabled
    with_data = _asked(None, None, None, receptors=Path("densities")).ledger
    assert (with_data.enabled, with_data.receptors) == (True, "densities")


def test_receptor_data_that_are_not_there_are_bad_input_before_anything_runs(tmp_path, capsys):
    assert main(["run", "--receptors", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
    assert "ReceptData_S.npy" in capsys.readouterr().err


def test_experiments_without_simulation_make_rows_and_a_json_document(capsys):
    made = ledger(only=QUICK, machine=Machine(workers=1), progress=Silence())
    document = plain(ledger_document(made))
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert {row["experiment"] for row in document["rows"]} == set(QUICK)
    assert made.row("camp-closes-hcn").overall == "fails"
    assert made.row("rebound-fast-inhibition").overall == "fails"
    assert made.row("nicotinic-granular").overall == "undecided"
    with pytest.raises(ValueError, match="no statement 'x'"):
        made.row("x")
    with pytest.raises(ValueError, match="no experiment 'x'"):
        ledger(only=["x"], machine=Machine(workers=1))


def test_the_time_left_is_said_after_every_experiment(tmp_path, capsys):
    import sys

    laboratory = Laboratory(machine=Machine(workers=1), store=Store(tmp_path), progress=Lines(sys.stderr))
    make_ledger(laboratory, Settings(), only=QUICK)
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Claims ledger")]
    assert len(said) == 3
    assert "s left" in said[0]
    assert "done in" in said[-1]


def test_the_seed_fixes_the_draws():
    one, again, other = (ledger(only=["rebound"], seed=seed, machine=Machine(workers=1)) for seed in (1, 1, 2))
    values = [plain(ledger_document(made))["rows"] for made in (one, again, other)]
    assert values[0] == values[1] != values[2]


def test_rows_of_the_report_say_all_and_count_all():
    rows = ledger_rows(example_ledger())
    assert [row.look.word for row in rows] == ["holds in part", "holds everywhere", "fails", "undecided"]
    assert rows[0].cells[1].number.value == "+0.600"
    assert rows[3].cells[0].reason == "needs the receptor data"
    assert Counter({look.word: count for look, count, _ in tally(example_ledger())}).total() == len(rows)


def test_figures_show_every_statement():
    figure = draw_ledger(example_ledger()["rows"])
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["scales", "series", "shifts", "unknown"]


@pytest.mark.cpp
@pytest.mark.slow
def test_every_experiment_delivers_what_its_statements_ask_for(tmp_path):
    laboratory = Laboratory(machine=Machine(workers=2), store=Store(tmp_path), progress=Silence())
    made = make_ledger(laboratory, Settings(effort=0.1))
    assert [row.statement.id for row in made.rows] == [s.id for s in read_statements()]
    assert set(made.seconds) == set(EXPERIMENTS)
    assert {row.overall for row in made.rows} >= {"holds everywhere", "fails"}
