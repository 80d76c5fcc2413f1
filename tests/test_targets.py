"""One study on every Brian2 target: the planted truth on each, the same results on all, fixed by the seed.

Single experiments are compared in tests/spiking/engine; here it is the whole walk, from the study to its file.
"""

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.prediction import operating_point
from mesobridge.meanfield import ExGaussianSigmoid
from mesobridge.spiking import POPULATIONS, EscapeRateCell
from mesobridge.spiking.engine import Machine
from mesobridge.validation.document import document
from mesobridge.validation.numbers import dataset
from mesobridge.validation.progress import Silence
from mesobridge.validation.result import Result, read_result, save_result
from mesobridge.validation.simulations import Laboratory
from mesobridge.validation.store import Store
from mesobridge.validation.study import read_study
from mesobridge.validation.walk import investigate

pytestmark = [pytest.mark.slow, pytest.mark.cpp]

TARGETS = ("cpp_standalone", "cython", "numpy")
# Precision that the first pass meets: all targets then sample the same levels, and their noise is the same.
SMALL = {
    "title": "one study, three targets",
    "population": "escape_rate",
    "seed": 21,
    "mechanisms": [{"id": "ampa_density", "amounts": [1.4]}],
    "sigmoid": {
        "v_min": "-12 mV", "v_max": "20 mV", "levels": 10, "cells": 60, "duration": "0.5 s", "warm_up": "0.1 s",
        "budget": 1000, "precision": {"v50": "5 mV", "width": "5 mV", "q_max": 0.5, "skew": 1.0},
    },
    "operating": {"rate": "20 Hz", "slots": 2},
    "kernel": {"cells_per_group": 2, "duration": "0.2 s", "warm_up": "0.05 s"},
    "dynamics": {
        "stimuli": [{"kind": "step", "height": 0.8}], "cells_per_group": 20, "duration": "0.8 s", "warm_up": "0.1 s",
    },
    "rate_kernel": {"enabled": False},
}  # fmt: skip


def walked(target, folder) -> Result:
    """The study on a target, with no finished points to read."""
    study = read_study({**SMALL, "simulation": {"target": target}})
    laboratory = Laboratory(machine=Machine(target=target, workers=2), store=Store(folder), progress=Silence())
    findings = investigate(study, laboratory)
    return Result(study=study, dataset=dataset(findings), document=document(findings))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return {target: walked(target, tmp_path_factory.mktemp(target)) for target in TARGETS}


@pytest.mark.parametrize("target", TARGETS)
def test_the_planted_truth_is_found_on_every_target(results, target):
    found = results[target]
    assert found.document["provenance"]["target"] == target
    cell = POPULATIONS["escape_rate"]().cell
    assert isinstance(cell, EscapeRateCell)
    width = np.hypot(cell.threshold_spread, operating_point(POPULATIONS["escape_rate"]()).sigma_v)
    base = found.dataset.sel(condition="base")
    v, rate, error = (base[name].values for name in ("v_free", "rate", "rate_se"))
    assert base["count"].sum() > 5000
    truth = ExGaussianSigmoid(cell.q_max, cell.threshold, width, cell.kappa)
    # The potential has an error too, which the slope turns into one of the rate.
    error = np.hypot(error, truth.gain(v) * base["v_free_se"].values)
    assert np.max(np.abs(rate - truth(v)) / error) < 4
    wrong = ExGaussianSigmoid(cell.q_max, cell.threshold + 0.002, width, cell.kappa)
    assert np.max(np.abs(rate - wrong(v)) / error) > 6
    verdicts = [cell["verdict"] for row in found.document["levers"] for cell in row["features"].values()]
    assert verdicts.count("holds") >= 8, "the kernel's features at least"
    assert "fails" not in verdicts


@pytest.mark.parametrize("target", TARGETS[1:])
def test_every_target_gives_the_same_results_within_their_errors(results, target):
    """The noise is the same: results differ by rounding and the spike it may move, far less than their errors."""
    compiled, other = results["cpp_standalone"].dataset, results[target].dataset
    for name in ("measured", "change"):
        error = compiled[f"{name}_se"].values
        known = np.isfinite(error) & (error > 0)
        assert known.sum() >= 18
        assert np.array_equal(np.isfinite(other[f"{name}_se"].values), np.isfinite(error))
        value = compiled[name].values
        distance = np.abs(other[name].values - value)
        # The kernel of linear cells has no error but rounding.
        assert np.all(distance[known] < 0.5 * error[known] + 1e-8 * np.abs(value[known])), name
    for name in ("predicted", "predicted_rate", "kernel_predicted"):
        np.testing.assert_allclose(other[name], compiled[name], rtol=1e-5, atol=1e-12, equal_nan=True)
    np.testing.assert_allclose(other["kernel"], compiled["kernel"], rtol=1e-6, atol=1e-12)
    levers = [r.document["levers"][0]["features"] for r in (results["cpp_standalone"], results[target])]
    assert [cell["sign"] for cell in levers[0].values()] == [cell["sign"] for cell in levers[1].values()]


@pytest.mark.parametrize("target", TARGETS)
def test_a_seed_and_a_target_fix_every_number_of_the_file(results, target, tmp_path):
    save_result(results[target], tmp_path / "first")
    save_result(walked(target, tmp_path / "points"), tmp_path / "again")
    first, again = (read_result(tmp_path / name) for name in ("first", "again"))
    xr.testing.assert_identical(first.dataset, again.dataset)
    for part in ("levers", "claims", "dynamics", "validity", "base"):
        assert first.document[part] == again.document[part]


def test_another_seed_gives_other_numbers(results, tmp_path):
    study = read_study({**SMALL, "seed": 22})
    laboratory = Laboratory(machine=Machine(workers=2), store=Store(tmp_path), progress=Silence())
    other = dataset(investigate(study, laboratory))
    compiled = results["cpp_standalone"].dataset
    assert np.all(other["measured"].sel(condition="base").values != compiled["measured"].sel(condition="base").values)
