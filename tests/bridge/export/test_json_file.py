"""JSON and back: every number of a calibration survives."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.calibration import ParameterChange
from mesobridge.bridge.estimate import symmetric_estimate
from mesobridge.bridge.export import read_json, read_netcdf
from mesobridge.bridge.export.facts import condition_lines
from mesobridge.bridge.export.parts import instance_of, part_of
from mesobridge.meanfield import EmpiricalMass, TabulatedKernel

from .trials import CELL, EVERY, TABLE, calibration, empirical


@pytest.mark.parametrize("trial", EVERY, ids=lambda one: one.base.model)
def test_what_is_written_is_read(trial, tmp_path):
    (path,) = EXPORTS["json"].write(trial, tmp_path)
    back = read_json(path)
    assert back.cell == trial.cell
    assert back.validity == trial.validity
    assert "shine2021" in back.citation
    assert len(back.models) == len(trial.models) > 0
    for ours, theirs in zip(trial.models, back.models, strict=True):
        assert (theirs.condition, theirs.mechanism, theirs.amount) == (ours.condition, ours.mechanism, ours.amount)
        assert theirs.parameters == ours.parameters
        assert np.array_equal(theirs.covariance, ours.covariance)
        assert theirs.misfits == ours.misfits
        assert type(theirs.instance) is type(ours.instance)
        assert theirs.instance.fixed_points()[0].outputs == ours.instance.fixed_points()[0].outputs


def test_tables_survive(tmp_path):
    time = np.linspace(0.0, 0.1, 50)
    mass = EmpiricalMass(TABLE, {"in": TabulatedKernel(time, time * np.exp(-time / 0.01))}, -0.052, {"in": 10.0})
    back = read_json(EXPORTS["json"].write(calibration("empirical", mass), tmp_path)[0]).base.instance
    assert isinstance(back, EmpiricalMass)
    v = np.linspace(-0.07, -0.04, 77)
    assert np.array_equal(back.sigmoid(v), mass.sigmoid(v))
    assert np.array_equal(back.kernels["in"](time), mass.kernels["in"](time))


def test_changes_with_their_intervals_survive_and_two_levers_at_once_have_no_amount(tmp_path):
    changes = (
        ParameterChange(
            name="q_max", difference=symmetric_estimate(-2.0, 0.5, "Hz"), ratio=symmetric_estimate(0.9, 0.02, "1"),
            paired=True,
        ),
        ParameterChange(name="v50", difference=symmetric_estimate(1e-3, 1e-4, "V"), ratio=None, paired=False),
    )  # fmt: skip
    trial = calibration("empirical", empirical(), empirical())
    joint = replace(trial.models[1], condition="a + b", mechanism="a + b", amount=np.nan, changes=changes)
    for name, read in (("json", read_json), ("netcdf", read_netcdf)):
        (path,) = EXPORTS[name].write(replace(trial, models=(trial.base, joint)), tmp_path)
        back = read(path)
        assert back.models[1].changes == changes
        assert not back.base.changes
        assert np.isnan(back.models[1].amount)
    data = json.loads((tmp_path / "empirical_calibration.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert data["models"][1]["changes"]["q_max"]["ratio"]["interval"][1] < 1
    assert any("q_max" in line and "times 0.9" in line for line in condition_lines(joint))


def test_the_file_carries_units_cell_validity_citation_and_provenance(tmp_path):
    (path,) = EXPORTS["json"].write(calibration("empirical", empirical()), tmp_path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert data["schema"] == "mesobridge.calibration/1"
    assert data["cell"] == CELL
    assert data["units"].startswith("SI")
    assert "doi" in data["citation"]["shine2021"]
    assert data["provenance"]["seed"] == 1
    assert data["provenance"]["exported_with"].startswith("mesobridge ")
    assert data["models"][0]["parameters"]["q_max"]["unit"] == "Hz"


def test_other_files_and_families_are_refused(tmp_path):
    path = tmp_path / "other.json"
    path.write_text("{}")
    with pytest.raises(ValueError, match="schema None"):
        read_json(path)
    with pytest.raises(ValueError, match="no sigmoid or kernel 'Other'"):
        part_of({"class": "Other"})
    with pytest.raises(ValueError, match="no model 'Other'"):
        instance_of({"class": "Other"})
