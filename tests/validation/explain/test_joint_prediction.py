"""Pairs of levers that a study did not combine are predicted together, and a real result is asked."""

import numpy as np
import pytest

from mesobridge.bridge.prediction import predict_features
from mesobridge.spiking import MECHANISMS
from mesobridge.validation.document import document
from mesobridge.validation.explain import explain
from mesobridge.validation.explain.joint_prediction import with_predicted_interactions
from mesobridge.validation.numbers import dataset
from mesobridge.validation.result import Result
from mesobridge.validation.study import read_study

from ..tiny import TINY

pytestmark = pytest.mark.cpp


@pytest.fixture(scope="module")
def real(findings) -> Result:
    return Result(study=read_study(TINY), dataset=dataset(findings), document=document(findings))


@pytest.mark.slow
def test_a_pair_is_predicted_as_it_would_be_by_hand(real, monkeypatch, tmp_path):
    monkeypatch.setenv("MESOBRIDGE_CACHE", str(tmp_path))
    found = with_predicted_interactions(real, None)
    (row,) = found.document["interactions"]
    assert [part["mechanism"] for part in row["parts"]] == ["ampa_density", "threshold_spread"]
    population = real.study.population
    joint = MECHANISMS["threshold_spread"].apply(MECHANISMS["ampa_density"].apply(population, 2.0), 0.003)
    current = real.dataset.attrs["operating_drive"]
    areas = [predict_features(p, current=current)["area"] for p in (joint, population)]
    alone = [float(real.dataset["predicted"].isel(condition=k).sel(feature="area")) for k in (1, 2, 0)]
    expected = np.log(areas[0]) - np.log(alone[0]) - np.log(alone[1]) + np.log(alone[2])
    assert areas[1] == pytest.approx(alone[2], rel=1e-6)
    assert row["features"]["area"]["predicted"] == pytest.approx(expected, abs=1e-9)
    assert with_predicted_interactions(found, None).document["interactions"] == [row], "a known pair is left alone"


@pytest.mark.slow
def test_a_measured_condition_of_a_real_result_is_explained_by_its_lever(real, monkeypatch, tmp_path):
    monkeypatch.setenv("MESOBRIDGE_CACHE", str(tmp_path))
    assert "left_out" in real.dataset
    for name, lever, amount in (
        ("ampa_density[review] ×2", "ampa_density", 2.0),
        ("threshold_spread[review] +3 mV", "threshold_spread", 0.003),
    ):
        found = explain(real, condition=name, interactions="predicted")
        assert found.explains({lever: amount})
        assert not found.explains({})
        first = next(row for row in found.document["answer"]["few"] if row["explains"])
        assert first["levers"] == [lever]
