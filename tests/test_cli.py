import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mesobridge import cli
from mesobridge.spiking import MECHANISMS, STIMULI
from mesobridge.spiking.engine.errors import EngineError
from mesobridge.validation.study import Study

COMMANDS = ("run", "report", "explain", "validate", "list", "doctor")


@dataclass
class FakeResult:
    document: dict[str, Any]


def document(verdict: str) -> dict[str, Any]:
    features = {
        "area": {"verdict": "holds", "measured": {"value": 1.0}, "predicted": 1.0},
        "v_max_slope": {"verdict": "undecided", "measured": None, "predicted": 1.0},
    }
    row = {"mechanism": "ampa_density", "mode": "review", "amount": 1.4, "features": features}
    return {"levers": [row], "claims": [{"id": "c1", "statement": "It moves.", "verdict": verdict}]}


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand-ins for the rooms behind `run`, which note what they were asked for."""
    seen: dict[str, Any] = {"verdict": "holds"}

    def run(study: Study, *, folder: Path, machine: Any, progress: Any) -> FakeResult:
        seen.update(study=study, folder=folder, machine=machine)
        if isinstance(seen["verdict"], BaseException):
            raise seen["verdict"]
        progress.stage("simulate", 1)
        warnings.warn("no compiler found; the NumPy target is slower", stacklevel=2)
        progress.advance()
        return FakeResult(document(seen["verdict"]))

    @dataclass
    class Machine:
        target: str
        precision: str
        workers: int = 7

    monkeypatch.setattr("mesobridge.validation.walk.run", run)
    monkeypatch.setattr("mesobridge.validation.report.write_report", lambda result, folder: folder / "report.html")
    monkeypatch.setattr("mesobridge.spiking.engine.Machine", Machine)
    return seen


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command, capsys):
    assert cli.main([command, "--help"]) == cli.DONE
    assert f"Example:  mesobridge {command}" in capsys.readouterr().out


def test_without_a_command_the_help_is_shown(capsys):
    assert cli.main([]) == cli.DONE
    shown = capsys.readouterr().out
    assert all(command in shown for command in COMMANDS)


@pytest.mark.parametrize(("what", "known"), [("mechanisms", MECHANISMS), ("stimuli", STIMULI)])
def test_list_names_each_thing_with_a_sentence(what, known, capsys):
    assert cli.main(["list", what]) == cli.DONE
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert [line.split()[0] for line in lines] == list(known)
    assert all(len(line.split()) > 3 for line in lines)


def test_list_names_every_reading_of_a_mechanism_below_it(capsys):
    assert cli.main(["list", "mechanisms"]) == cli.DONE
    found: dict[str, dict[str, str]] = {}
    for line in capsys.readouterr().out.splitlines():
        if line.startswith("    "):
            found[list(found)[-1]][line.split()[0]] = line
        else:
            found[line.split()[0]] = {}
    assert {name: list(rows) for name, rows in found.items()} == {n: list(m.modes) for n, m in MECHANISMS.items()}
    for name, mechanism in MECHANISMS.items():
        assert all(mechanism.reading(mode).lever in found[name][mode] for mode in mechanism.modes)
    assert found["calcium_depolarization"]["bio:cation"].endswith("[1.5 mV, 3 mV]")
    assert found["ampa_density"]["review"].endswith("[0.7, 1.4]")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["frobnicate"], "No such command 'frobnicate'."),
        (["list", "mechanics"], "'mechanics' is not one of"),
        (["run", "absent.toml"], "absent.toml: 1 mistake\n  cannot be read"),
        (["run", "--seed", "-3"], "seed: -3 does not fit"),
        (["run", "--workers", "0"], "'--workers': 0 is not in the range"),
        (["report", "absent"], "absent has no results.nc"),
    ],
)
def test_bad_input_is_said_in_plain_words_on_stderr(arguments, sentence, rooms, capsys):
    assert cli.main(arguments) == cli.BAD_INPUT
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.out == ""
    assert "Traceback" not in said.err


def test_all_mistakes_of_a_study_file_are_shown(tmp_path, rooms, capsys):
    path = tmp_path / "study.toml"
    path.write_text('sed = 1\n[sigmoid]\nlevels = "many"\n')
    assert cli.main(["run", str(path)]) == cli.BAD_INPUT
    said = capsys.readouterr().err
    assert "2 mistakes" in said
    assert "did you mean 'seed'?" in said
    assert "sigmoid.levels: 'many' does not fit" in said


def test_the_command_line_has_the_last_word(rooms, tmp_path, capsys):
    arguments = ["run", "-o", str(tmp_path), "--seed", "11", "--target", "numpy", "--workers", "3"]
    assert cli.main(arguments) == cli.DONE
    assert (rooms["study"].seed, rooms["study"].simulation.target, rooms["machine"].target) == (11, "numpy", "numpy")
    assert (rooms["machine"].workers, rooms["folder"]) == (3, tmp_path)
    said = capsys.readouterr()
    assert f"report: {tmp_path.resolve() / 'report.html'}" in said.out
    assert "note: no compiler found; the NumPy target is slower" in said.err


def test_without_overrides_the_study_decides(rooms, tmp_path):
    assert cli.main(["run", "-o", str(tmp_path)]) == cli.DONE
    assert (rooms["study"].seed, rooms["machine"].target, rooms["machine"].workers) == (1, "cpp_standalone", 7)


@pytest.mark.parametrize(
    ("verdict", "options", "status"),
    [
        ("holds", ["--check"], cli.DONE), ("undecided", ["--check"], cli.DONE),
        ("fails", ["--check"], cli.NOT_MET), ("fails", [], cli.DONE),
    ],
)  # fmt: skip
def test_check_turns_a_failed_verdict_into_status_1(verdict, options, status, rooms, tmp_path, capsys):
    rooms["verdict"] = verdict
    assert cli.main(["run", "-o", str(tmp_path), *options]) == status
    said = capsys.readouterr()
    assert ("not met: claim c1: It moves." in said.out + said.err) == (verdict == "fails")


def test_an_interruption_leaves_with_130_and_says_that_nothing_is_lost(rooms, tmp_path, capsys):
    rooms["verdict"] = KeyboardInterrupt()
    assert cli.main(["run", "-o", str(tmp_path)]) == cli.INTERRUPTED
    assert "finished points are kept" in capsys.readouterr().err


def test_a_fault_of_the_program_is_not_dressed_up_as_bad_input(rooms, tmp_path, capsys):
    rooms["verdict"] = ZeroDivisionError("inside")
    assert cli.main(["run", "-o", str(tmp_path)]) == cli.BROKEN
    assert "Traceback" in capsys.readouterr().err


def test_a_simulation_that_fails_says_why_without_a_traceback(rooms, tmp_path, capsys):
    rooms["verdict"] = EngineError("the disk is full; free 2 GB.")
    assert cli.main(["run", "-o", str(tmp_path)]) == cli.BROKEN
    said = capsys.readouterr().err
    assert "the simulation failed: the disk is full; free 2 GB." in said
    assert "Traceback" not in said


def test_validate_sets_our_numbers_beside_the_published_ones(monkeypatch, capsys):
    @dataclass
    class Row:
        agrees: bool
        quantity: str = "rate"
        ours: float = 13.4
        published: float = 13.5
        unit: str = "Hz"
        agreeing_digits: float = 2.1
        standard_error: float | None = None

    @dataclass
    class Case:
        id: str
        agrees: bool
        title: str = "A case"
        source: str = "someone2000"
        only_by_name: bool = False

        def run(self) -> tuple[Row, ...]:
            return (Row(self.agrees),)

    module = ModuleType("mesobridge.validation.cases")
    module.__dict__["CASES"] = {"L1": Case("L1", True), "L2": Case("L2", False)}
    monkeypatch.setitem(sys.modules, module.__name__, module)
    assert cli.main(["validate", "L1", "--check"]) == cli.DONE
    assert "1 of 1 numbers agree" in capsys.readouterr().out
    assert cli.main(["validate"]) == cli.DONE
    assert cli.main(["validate", "--check"]) == cli.NOT_MET
    assert "DIFFERS" in capsys.readouterr().out
    assert cli.main(["validate", "L9"]) == cli.BAD_INPUT
    assert "there is no case 'L9'" in capsys.readouterr().err


def test_the_module_runs_as_a_program(tmp_path):
    command = [sys.executable, "-m", "mesobridge", "list", "mechanisms"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("ampa_density")
