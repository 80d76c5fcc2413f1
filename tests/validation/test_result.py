"""A result folder holds whole files or none, and a folder that is not one is refused in a sentence."""

import json
from dataclasses import replace

import pytest
import xarray as xr

from mesobridge.validation.result import SCHEMA, Result, ResultError, read_result, save_result, whole_file
from mesobridge.validation.study import read_study


def verdicts(lever="holds", claim="holds"):
    return {"schema": SCHEMA, "levers": [{"features": {"q_max": {"verdict": lever}}}], "claims": [{"verdict": claim}]}


@pytest.fixture
def small():
    numbers = xr.Dataset({"rate": ("level", [1.0, 2.5], {"units": "Hz", "long_name": "rate"})})
    return Result(study=read_study({"seed": 5}), dataset=numbers, document=verdicts())


class Interrupted(Exception):
    pass


def interrupted_write(target):
    with whole_file(target) as path:
        path.write_text("half of the new")
        raise Interrupted


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "report.json"
    target.write_text("old")
    with pytest.raises(Interrupted):
        interrupted_write(target)
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]
    assert target.read_text() == "old"


def test_an_interrupted_first_write_leaves_nothing(tmp_path):
    with pytest.raises(Interrupted):
        interrupted_write(tmp_path / "results.nc")
    assert list(tmp_path.iterdir()) == []


def test_a_finished_write_takes_the_place_of_the_old_file(tmp_path):
    target = tmp_path / "report.json"
    target.write_text("old")
    with whole_file(target) as path:
        path.write_text("new")
        assert target.read_text() == "old", "the old file stands until the new one is whole"
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o644, "others may read it"


def test_what_is_saved_is_read_back(small, tmp_path):
    save_result(small, tmp_path / "new" / "folder")
    back = read_result(tmp_path / "new" / "folder")
    assert (back.study, back.document) == (small.study, small.document)
    xr.testing.assert_identical(back.dataset, small.dataset)


def test_a_document_with_nan_is_not_written(small, tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        save_result(replace(small, document={"schema": SCHEMA, "value": float("nan")}), tmp_path)
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize("name", ["results.nc", "report.json", "study.toml"])
def test_a_folder_without_one_of_its_files_is_refused(small, tmp_path, name):
    save_result(small, tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ResultError, match=rf"has no {name}; give the folder that 'mesobridge run' wrote\.$"):
        read_result(tmp_path)


@pytest.mark.parametrize("name", ["results.nc", "report.json"])
def test_a_damaged_file_is_refused(small, tmp_path, name):
    save_result(small, tmp_path)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ResultError, match=r"cannot be read .*; run the study again into a new folder"):
        read_result(tmp_path)


@pytest.mark.parametrize("document", [{"schema": "mesobridge.report/0"}, {}, [], None])
def test_a_foreign_report_is_refused(small, tmp_path, document):
    save_result(small, tmp_path)
    (tmp_path / "report.json").write_text(json.dumps(document))
    with pytest.raises(ResultError, match=r"has schema .*, not 'mesobridge.report/1'; run the study again"):
        read_result(tmp_path)


def test_a_result_is_met_unless_something_was_found_false(small):
    assert small.met
    assert replace(small, document=verdicts("undecided", "undecided")).met
    assert not replace(small, document=verdicts(lever="fails")).met
    assert not replace(small, document=verdicts(claim="fails")).met
