"""`mesobridge calibrate` from the command line: table on standard output, files named on standard error."""

from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mesobridge import cli
from mesobridge.validation.calibrate import CalibrationError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A stand-in for the work behind the command, which notes what it was asked for."""
    seen: dict[str, Any] = {}

    def calibrate_folder(folder: Path, model: str, **settings: Any) -> tuple[str, tuple[Path, ...]]:
        seen.update(folder=folder, model=model, **settings)
        if model == "no-such":
            raise CalibrationError("there is no model 'no-such'; known: jansen-rit.")
        return "found", (folder / "calibration.json",)

    for name, members in (
        ("calibration_folder", {"calibrate_folder": calibrate_folder}),
        ("calibration_text", {"calibration_lines": lambda found: iter([f"all that was {found}"])}),
    ):
        module = ModuleType(f"mesobridge.validation.{name}")
        module.__dict__.update(members)
        monkeypatch.setitem(__import__("sys").modules, module.__name__, module)
    return seen


def test_the_command_explains_itself_with_an_example(capsys):
    assert cli.main(["calibrate", "--help"]) == cli.DONE
    assert "Example:  mesobridge calibrate results --model jansen-rit" in capsys.readouterr().out


def test_the_table_goes_to_standard_output_and_files_to_standard_error(asked, capsys):
    assert cli.main(["calibrate", "results", "--model", "jansen-rit"]) == cli.DONE
    said = capsys.readouterr()
    assert said.out == "all that was found\n"
    assert said.err == "wrote results/calibration.json\n"
    assert asked == {
        "folder": Path("results"), "model": "jansen-rit", "published": None, "match": "curve", "given": (),
        "formats": (), "output": None,
    }  # fmt: skip


def test_every_setting_reaches_the_work(asked):
    options = ["--published", "standard", "--match", "operating", "--set", "C=100", "--set", "b=40 1/s"]
    options += ["--export", "json", "--export", "tvb", "-o", "out"]
    assert cli.main(["calibrate", "results", "--model", "jansen-rit", *options]) == cli.DONE
    assert asked["published"] == "standard"
    assert asked["match"] == "operating"
    assert asked["given"] == ("C=100", "b=40 1/s")
    assert asked["formats"] == ("json", "tvb")
    assert asked["output"] == Path("out")


def test_bad_input_is_said_in_plain_words(asked, capsys):
    assert cli.main(["calibrate", "results", "--model", "no-such"]) == cli.BAD_INPUT
    assert capsys.readouterr().err == "mesobridge: there is no model 'no-such'; known: jansen-rit.\n"
    assert cli.main(["calibrate", "results"]) == cli.BAD_INPUT
    assert "Missing option '--model'" in capsys.readouterr().err
    assert cli.main(["calibrate", "results", "--model", "x", "--match", "both"]) == cli.BAD_INPUT


def test_list_names_what_can_be_calibrated(capsys):
    assert cli.main(["list", "calibrations"]) == cli.DONE
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines][:2] == ["wilson-cowan", "jansen-rit"]
    assert all(len(line.split()) > 3 for line in lines)
