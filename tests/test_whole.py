"""The package as a user meets it: the small study from the command line, and the example of the README."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

import mesobridge

ROOT = Path(__file__).resolve().parent.parent
SMALL = ROOT / "studies/small.toml"
WRITTEN = {"report.html", "report.json", "results.nc", "study.toml"}

pytestmark = [pytest.mark.slow, pytest.mark.cpp]


def mesobridge_run(study: Path, folder: Path, cache: Path) -> dict[str, Any]:
    """Run a study in a process of its own, with a cache of its own, and return its document."""
    command = [sys.executable, "-m", "mesobridge", "run", str(study), "-o", str(folder)]
    environment = os.environ | {"MESOBRIDGE_CACHE": str(cache)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert {path.name for path in folder.iterdir()} >= WRITTEN
    return json.loads((folder / "report.json").read_text())


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("first")
    return folder, mesobridge_run(SMALL, folder / "out", folder / "cache")


def test_theory_is_exact_on_the_memoryless_population_and_nothing_fails(first):
    verdicts = [item["verdict"] for row in first[1]["levers"] for item in row["features"].values()]
    assert verdicts.count("holds") > len(verdicts) / 2
    assert "fails" not in verdicts


def test_a_seed_fixes_every_number_even_without_the_finished_points(first, tmp_path):
    folder, document = first
    again = mesobridge_run(folder / "out/study.toml", tmp_path / "out", tmp_path / "cache")
    assert again["levers"] == document["levers"]
    assert again["dynamics"] == document["dynamics"]
    xr.testing.assert_identical(
        xr.load_dataset(folder / "out/results.nc").drop_attrs(),
        xr.load_dataset(tmp_path / "out/results.nc").drop_attrs(),
    )


def test_another_seed_gives_other_numbers(first, tmp_path):
    folder, document = first
    study = tmp_path / "study.toml"
    study.write_text((folder / "out/study.toml").read_text().replace("seed = 3", "seed = 4", 1))
    assert mesobridge_run(study, tmp_path / "out", folder / "cache")["levers"] != document["levers"]


def test_every_number_of_the_results_has_unit_and_name(first):
    results = xr.load_dataset(first[0] / "out/results.nc")
    numbers = {name: variable for name, variable in results.variables.items() if variable.dtype.kind in "fiu"}
    assert len(numbers) > 20
    assert [name for name, number in numbers.items() if not {"units", "long_name"} <= set(number.attrs)] == []


def test_the_example_of_the_readme_runs_as_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    assert (tmp_path / "results/threshold/report.html").stat().st_size > 10_000
    assert "report.html" in capsys.readouterr().out
    assert mesobridge.read_result(tmp_path / "results/threshold").dataset.equals(
        xr.load_dataset(tmp_path / "results/threshold/results.nc")
    )
