"""From a finished study to calibrated models: what is needed survives on disk, and old results are refused."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from mesobridge.bridge.calibration import CALIBRATIONS, Target
from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.validation.calibrate import CalibrationError, calibrate
from mesobridge.validation.calibration_document import (
    SCHEMA,
    calibration_document,
    read_calibrations,
    write_calibration,
)
from mesobridge.validation.calibration_folder import calibrate_folder
from mesobridge.validation.calibration_populations import JOINT, estimated_populations, refused_conditions
from mesobridge.validation.calibration_text import calibration_lines
from mesobridge.validation.result import ResultError, read_result, save_result

pytestmark = pytest.mark.cpp


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    place = tmp_path_factory.mktemp("finished")
    save_result(result, place)
    return place


@pytest.fixture(scope="module")
def populations(folder):
    return estimated_populations(read_result(folder))


@pytest.fixture(scope="module")
def jansen_rit(folder):
    return calibrate(folder, "jansen-rit")


def test_sigmoids_and_kernels_come_back_from_disk(populations, findings):
    assert [p.condition for p in populations] == [c.name for c in findings.conditions]
    for population in populations:
        measured = findings.measured[population.condition]
        low, high = population.v_range
        v = np.linspace(low, high, 50)
        lag = np.linspace(0, 0.2, 50)
        np.testing.assert_allclose(population.sigmoid(v), measured.sigmoid.sigmoid(v), rtol=1e-9, atol=1e-12)
        assert population.sigmoid.q_max == pytest.approx(float(measured.sigmoid.sigmoid.q_max), rel=1e-12)
        scale = np.abs(measured.kernel.kernel(lag)).max()
        np.testing.assert_allclose(population.kernel(lag), measured.kernel.kernel(lag), atol=1e-9 * scale)
        np.testing.assert_array_equal(population.sigmoid_covariance, measured.sigmoid.covariance)
        np.testing.assert_array_equal(population.kernel_covariance, measured.kernel.covariance)
        assert population.left_out == tuple(
            {name: one[name] for name in population.left_out[0]} for one in measured.features.left_out
        )


def test_the_operating_point_is_that_of_the_study(populations, result):
    base = populations[0]
    assert base.is_base
    assert not populations[1].is_base
    assert base.operating_input == result.study.population.afferent(result.study.kernel.afferent).rate
    assert base.operating_rate == pytest.approx(20, rel=0.2)
    assert base.features["operating_v"].value == base.operating_v
    assert set(populations[1].changes) == set(base.features)
    assert not base.changes


def test_landmarks_agree_with_the_features_of_the_study(populations, jansen_rit):
    base = populations[0]
    parameters = {one.name: one.estimate for one in jansen_rit.base.parameters}
    assert 2 * parameters["e0"].value == pytest.approx(base.features["q_max"].value, rel=1e-9)
    rest = base.operating_v - base.kernel.area * base.operating_input
    assert parameters["v0"].value == pytest.approx(base.features["v50"].value - rest, abs=1e-9)
    assert 2 / parameters["a"].value == pytest.approx(base.features["mean_lag"].value, rel=0.02)
    # Two ways to the same error: the curvature of the likelihood here, groups of cells there (up to twofold larger).
    ratio = 2 * parameters["e0"].standard_error / base.features["q_max"].standard_error
    assert 0.2 < ratio < 2


def test_a_calibration_loads_no_compiler_no_simulator_and_no_plots(folder, tmp_path):
    place = shutil.copytree(folder, tmp_path / "copy")
    question = (
        "import sys; from mesobridge.cli import main; "
        f"status = main(['calibrate', {str(place)!r}, '--model', 'wilson-cowan']); "
        "print(status, sorted({'brian2', 'matplotlib', 'numba'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "0 []"
    assert "wilson-cowan" in answer.stdout


def test_two_levers_at_once_are_calibrated_beside_each_alone(result):
    names = [str(name) for name in result.dataset["condition"].values]
    shared = ("feature", "feature_unit", "lag")
    part = result.dataset[[n for n, v in result.dataset.data_vars.items() if v.dims[0] == "condition"]]
    part = part.isel(condition=[2]).drop_vars(["mechanism", "mode", "amount", "amount_label"])
    moved = {n: f"{JOINT}{n}" for n in (*part.variables, *part.dims) if n not in (*shared, "condition")}
    joint = part.rename({**moved, "condition": "combination"}).assign_coords(
        combination=["both"],
        first_condition=("combination", [names[1]]),
        second_condition=("combination", [names[2]]),
    )
    both = replace(result, dataset=result.dataset.merge(joint, join="exact"))
    *alone, last = estimated_populations(both)
    assert [p.condition for p in alone] == names
    assert (last.condition, last.mechanism, last.mode) == ("both", "ampa_density + threshold_spread", "review")
    assert np.isnan(last.amount)
    np.testing.assert_array_equal(last.sigmoid_covariance, alone[2].sigmoid_covariance)
    assert (last.kernel, last.changes, last.left_out) == (alone[2].kernel, alone[2].changes, alone[2].left_out)
    found = calibrate(both, "jansen-rit")
    assert found.condition("both").changes == found.models[2].changes
    assert calibration_document(found, estimated_populations(both))["conditions"][3]["amount"] is None


def test_the_planted_doubling_of_a_synapse_is_found(jansen_rit):
    model = jansen_rit.condition("ampa_density[review] ×2")
    change = {one.name: one for one in model.changes}["A"]
    assert change.paired
    assert change.ratio.value == pytest.approx(2.0, rel=0.15)
    assert change.ratio.interval[0] > 1.5


@pytest.mark.parametrize("name", CALIBRATIONS)
def test_every_model_can_be_made_of_the_study(name, folder):
    found = calibrate(folder, name)
    assert found.base.condition == "base"
    assert len(found.models) + len(found.provenance["left out"]) == 3
    assert found.citation or name == "empirical"
    assert found.cell["operating point"]["input"]["unit"] == "Hz"
    assert json.dumps(found.cell)


def test_a_result_without_errors_is_refused_in_one_sentence(result):
    old = replace(result, dataset=result.dataset.drop_vars("sigmoid_covariance"))
    with pytest.raises(
        ResultError, match=r"no sigmoid_covariance: it was written by an earlier version, .*run the study"
    ):
        estimated_populations(old)


def test_a_condition_that_was_refused_is_left_out_with_its_reason(result):
    dataset = result.dataset.copy(deep=True)
    families = dataset["kernel_family"].values.astype(object)
    families[2] = ""
    dataset["kernel_family"] = ("condition", families.astype(str), dataset["kernel_family"].attrs)
    name = str(dataset["condition"].values[2])
    reason = {"condition": name, "what": "kernel", "reason": "No response at all."}
    lame = replace(result, dataset=dataset, document=result.document | {"refusals": [reason]})
    assert refused_conditions(lame) == {name: "No response at all."}
    found = calibrate(lame, "jansen-rit")
    assert [m.condition for m in found.models] == [str(n) for n in dataset["condition"].values[:2]]
    assert found.provenance["left out"] == {name: "No response at all."}
    families[0] = ""
    dataset["kernel_family"] = ("condition", families.astype(str), dataset["kernel_family"].attrs)
    with pytest.raises(EstimateRefused, match="The untouched population cannot be calibrated: no kernel was estimated"):
        calibrate(replace(lame, dataset=dataset), "jansen-rit")


@pytest.mark.parametrize(
    ("model", "settings", "sentence"),
    [
        ("jansen", {}, "no model 'jansen'; did you mean 'jansen-rit'"),
        ("jansen-rit", {"published": "standart"}, "no published set of jansen-rit 'standart'; did you mean 'standard'"),
        ("jansen-rit", {"given": {"CC": 1.0}}, "no parameter of jansen-rit 'CC'"),
    ],
)
def test_names_that_do_not_exist_are_refused(model, settings, sentence, folder):
    with pytest.raises(CalibrationError, match=sentence):
        calibrate(folder, model, **settings)


def test_a_calibration_is_kept_beside_its_result_one_for_each_model(folder, jansen_rit, populations):
    started = jansen_rit.provenance["started"]
    assert read_calibrations(folder, started) == []
    write_calibration(calibration_document(jansen_rit, populations), folder)
    write_calibration(calibration_document(calibrate(folder, "wilson-cowan"), populations), folder)
    path = write_calibration(calibration_document(jansen_rit, populations), folder)
    kept = read_calibrations(folder, started)
    assert sorted(one["model"] for one in kept) == ["jansen-rit", "wilson-cowan"]
    assert json.loads(path.read_text())["schema"] == SCHEMA
    one = next(one for one in kept if one["model"] == "jansen-rit")
    assert list(one["conditions"][0]["parameters"]) == [p.name for p in jansen_rit.base.parameters]
    curves = one["conditions"][1]["curves"]
    assert len(curves["v"]) == len(curves["model_rate"])
    assert read_calibrations(folder, "another time") == [], "made from an earlier run"
    path.write_text("{")
    with pytest.raises(ResultError, match=r"cannot be read .*; remove it and calibrate again"):
        read_calibrations(folder, started)
    path.write_text('{"schema": "other"}')
    with pytest.raises(ResultError, match="has schema 'other'"):
        read_calibrations(folder, started)
    path.unlink()


def test_the_table_names_every_parameter_and_every_condition(jansen_rit):
    lines = list(calibration_lines(jansen_rit))
    for one in jansen_rit.base.parameters:
        assert any(line.split()[:1] == [one.name] and one.source in line for line in lines)
    assert [line for line in lines if line in {m.condition for m in jansen_rit.models}] == [
        m.condition for m in jansen_rit.models
    ]
    assert any("times the untouched one [" in line and line.endswith("paired") for line in lines)


class FakeExport:
    """An export that writes one file."""

    models = ("jansen-rit",)

    def write(self, calibration, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.txt").write_text(calibration.base.model)
        return (folder / "model.txt",)


def test_a_folder_is_calibrated_kept_and_exported(folder, monkeypatch, tmp_path):
    monkeypatch.setattr("mesobridge.bridge.EXPORTS", {"text": FakeExport()}, raising=False)
    found, files = calibrate_folder(folder, "jansen-rit", formats=["text"], given=["C=100", "b=40 1/s"])
    assert [path.relative_to(folder).as_posix() for path in files] == ["calibration.json", "jansen-rit/model.txt"]
    values = found.base.values()
    assert (values["C"], values["b"]) == (100.0, 40.0)
    elsewhere = calibrate_folder(folder, "jansen-rit", formats=["text"], output=tmp_path / "out")[1]
    assert elsewhere[-1] == tmp_path / "out" / "model.txt"
    with pytest.raises(CalibrationError, match=r"This version has no export named 'tvb'; it has: text\."):
        calibrate_folder(folder, "jansen-rit", formats=["tvb"])
    with pytest.raises(CalibrationError, match="The export 'text' cannot hold liley; none can"):
        calibrate_folder(folder, "liley", formats=["text"])
    for given, sentence in (("C", "write NAME=VALUE"), ("C1x=2", "no parameter"), ("b=2 ms", "dimension of 1/s")):
        with pytest.raises(CalibrationError, match=sentence):
            calibrate_folder(folder, "jansen-rit", given=[given])


def test_the_error_variables_have_units_and_dimensions(result):
    for name in ("sigmoid_point", "sigmoid_covariance", "kernel_point", "kernel_covariance", "left_out"):
        assert result.dataset[name].attrs["long_name"]
    assert result.dataset["left_out"].dims == ("condition", "left_out_group", "feature")
    assert isinstance(CALIBRATIONS["jansen-rit"], Target)
