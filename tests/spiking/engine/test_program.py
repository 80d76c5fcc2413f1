"""A program is not believed: its exit, its steps, its arguments and its numbers are looked at."""

import json
import stat
import sys

import numpy as np
import pytest

from mesobridge.spiking.engine import EngineError
from mesobridge.spiking.engine.program import Program, file_digest, run_program

VALUES = {"cells.v": np.linspace(-0.07, -0.05, 5), "control.last_step": np.array([100], dtype=np.int32)}
WANTED = ("cells.v",)


@pytest.fixture
def program(tmp_path):
    """Return a maker of programs that answer as told: Python scripts in the place of compiled ones."""

    def make(body):
        script = tmp_path / "main"
        script.write_text(
            f"#!{sys.executable}\n"
            "import sys, numpy as np\n"
            "folder = sys.argv[2]\n"
            "files = dict(word.split('=') for word in sys.argv[3:])\n"
            "v = np.fromfile(files['cells.v'])\n"
            "def save(v, steps):\n"
            "    v.tofile(folder + 'v'); np.array([steps], dtype='i4').tofile(folder + 'done')\n" + body
        )
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        described = {
            "cells.v": {"file": "v", "dtype": "<f8", "size": 5, "constant": True},
            "control.steps_done": {"file": "done", "dtype": "<i4", "size": 1, "constant": False},
        }
        (tmp_path / "arrays.json").write_text(json.dumps(described))
        return Program((str(script),), tmp_path, 5, 1, file_digest(script))

    return make


def test_a_good_run_returns_its_arrays(program):
    arrays = run_program(program("save(v, 100)"), VALUES, WANTED, 1)
    np.testing.assert_array_equal(arrays["cells.v"], VALUES["cells.v"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("sys.exit('no memory')", "ended with status 1: no memory"),
        ("save(v, 99)", "stopped after 99 of 100 steps"),
        ("save(0 * v, 100)", "did not take its value of cells.v"),
        ("save(v[:3], 100)", "3 of 5 values of cells.v were written"),
        ("pass", "no result for control.steps_done"),
    ],
)
def test_a_run_that_failed_is_not_used(program, body, message):
    with pytest.raises(EngineError, match=message):
        run_program(program(body), VALUES, WANTED, 1)


def test_numbers_that_are_not_finite_are_not_used(program):
    values = {**VALUES, "cells.v": np.array([0, 1, np.inf, 2, 3.0])}
    with pytest.raises(EngineError, match=r"cells\.v is not finite for 1 values; take a smaller dt"):
        run_program(program("save(v, 100)"), values, WANTED, 1)


def test_a_program_that_was_changed_is_not_started(program):
    changed = program("save(v, 100)")
    with open(changed.command[0], "a") as script:
        script.write("\n")
    with pytest.raises(EngineError, match="is not the program that was built"):
        run_program(changed, VALUES, WANTED, 1)


def test_a_run_leaves_no_files(program, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    run_program(program("save(v, 100)"), VALUES, WANTED, 1)
    with pytest.raises(EngineError):
        run_program(program("sys.exit(3)"), VALUES, WANTED, 1)
    assert list(scratch.iterdir()) == []
