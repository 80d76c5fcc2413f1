"""A folder on disk is enough to make the same report again, byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from mesobridge.validation.report import write_report
from mesobridge.validation.result import SCHEMA, Result, read_result
from mesobridge.validation.study import read_study

KEYS = {"schema", "provenance", "base", "levers", "claims", "dynamics", "validity", "refusals"}
ROW = {"mechanism", "mode", "amount", "features"}
ENTRY = {"measured", "predicted", "unit", "verdict"}


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def result(dataset: xr.Dataset, small_document: dict[str, Any]) -> Result:
    return Result(study=read_study({"title": "Small", "seed": 3}), dataset=dataset, document=small_document)


@pytest.mark.slow
def test_a_rebuilt_report_is_identical(result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each report has a store of its own: figures found in a shared one would be equal without being drawn again.
    monkeypatch.setenv("MESOBRIDGE_CACHE", str(tmp_path / "first-cache"))
    page = write_report(result, tmp_path / "first")
    monkeypatch.setenv("MESOBRIDGE_CACHE", str(tmp_path / "second-cache"))
    write_report(read_result(tmp_path / "first"), tmp_path / "second")
    first, second = _contents(tmp_path / "first"), _contents(tmp_path / "second")
    assert page == tmp_path / "first" / "report.html"
    assert {
        "report.html",
        "report.json",
        "results.nc",
        "study.toml",
        "figures/lever-map.svg",
        "figures/base.png",
    } <= set(first)
    assert first.keys() == second.keys()
    different = [name for name in first if first[name] != second[name] and name != "results.nc"]
    assert different == []
    xr.testing.assert_identical(*(xr.load_dataset(tmp_path / n / "results.nc") for n in ("first", "second")))


def test_the_document_on_disk_has_the_agreed_keys(result: Result, tmp_path: Path) -> None:
    from mesobridge.validation.result import save_result

    save_result(result, tmp_path)
    read = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert read["schema"] == SCHEMA == "mesobridge.report/1"
    assert set(read) == KEYS
    assert len(read["levers"]) == 2
    for row in read["levers"]:
        assert set(row) >= ROW
        assert len(row["features"]) == 20
        assert all(
            set(entry) >= ENTRY and set(entry["measured"]) == {"value", "interval"}
            for entry in row["features"].values()
        )


def test_every_figure_is_there_as_vector_and_as_picture(folder: Path) -> None:
    names = {path.stem for path in (folder / "figures").glob("*.svg")}
    assert len(names) == 14
    assert names == {path.stem for path in (folder / "figures").glob("*.png")}
