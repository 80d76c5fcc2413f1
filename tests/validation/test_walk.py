"""The whole walk on the population with a known answer: truth is found, reruns and killed runs change no number."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.prediction import operating_point
from mesobridge.meanfield import ExGaussianSigmoid
from mesobridge.spiking import POPULATIONS, EscapeRateCell
from mesobridge.spiking.engine import Machine
from mesobridge.validation.result import read_result, save_result
from mesobridge.validation.walk import run

from .tiny import TINY


@pytest.mark.cpp
def test_planted_sigmoid_and_kernel_are_found_within_their_intervals(result):
    population = POPULATIONS["escape_rate"]()
    cell = population.cell
    assert isinstance(cell, EscapeRateCell)
    width = np.hypot(cell.threshold_spread, operating_point(population).sigma_v)
    truth = ExGaussianSigmoid(cell.q_max, cell.threshold, width, cell.kappa)
    base = result.dataset.sel(condition="base")
    assert int(base["count"].sum()) > 10_000
    v, rate = base["v_free"].values, base["rate"].values
    z = (rate - truth(v)) / base["rate_se"].values
    assert np.nanmax(np.abs(z)) < 4.5
    wrong = ExGaussianSigmoid(cell.q_max, cell.threshold, width, 2 * cell.kappa)
    assert np.nanmax(np.abs((rate - wrong(v)) / base["rate_se"].values)) > 8
    for name in ("area", "mean_lag", "time_to_peak"):
        one = base.sel(feature=name)
        assert float(one["measured"]) == pytest.approx(float(one["predicted"]), rel=5e-3)


@pytest.mark.cpp
def test_levers_of_the_memoryless_population_do_what_theory_says(result):
    rows = {row["mechanism"]: row for row in result.document["levers"]}
    density, spread = rows["ampa_density"]["features"], rows["threshold_spread"]["features"]
    assert density["area"]["measured"]["value"] == pytest.approx(density["area"]["absolute"]["value"] / 2, rel=1e-3)
    assert spread["width"]["sign"] == "+"
    assert spread["area"]["sign"] == "0"
    judged = [cell["verdict"] for row in rows.values() for cell in row["features"].values()]
    assert judged.count("holds") > 30
    assert judged.count("fails") == 0


@pytest.mark.cpp
def test_the_mass_model_follows_the_step_and_its_controls_do_not(result):
    scores = {row["model"]: row for row in result.document["dynamics"]}
    assert scores["mass"]["error_to_floor"] < 1.3
    assert scores["scrambled_kernel"]["error_to_floor"] > 1.05 * scores["mass"]["error_to_floor"]


@pytest.mark.cpp
def test_a_rerun_reads_finished_points_and_gives_the_same_numbers(result, points, monkeypatch):
    machine = Machine(workers=1)
    monkeypatch.setenv("MESOBRIDGE_CACHE", str(points))
    again = run(TINY, machine=machine)
    xr.testing.assert_identical(again.dataset, result.dataset)
    assert again.document["levers"] == result.document["levers"]


@pytest.mark.cpp
def test_a_result_is_read_back_as_it_was_saved(result, tmp_path):
    save_result(result, tmp_path)
    back = read_result(tmp_path)
    assert back.document == result.document
    xr.testing.assert_allclose(back.dataset, result.dataset, rtol=0, atol=0)
    assert back.study == result.study


@pytest.mark.cpp
@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_with_the_same_numbers(result, tmp_path):
    """SIGKILL has no mercy: the run is killed five times, then left alone."""
    code = f"from mesobridge.validation.walk import run; run({TINY!r}, folder={str(tmp_path)!r})"
    environment = {**os.environ, "MESOBRIDGE_CACHE": str(tmp_path / "cache")}
    rng = random.Random(3)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, start_new_session=True)
        time.sleep(rng.uniform(3, 20))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    xr.testing.assert_allclose(read_result(tmp_path).dataset, result.dataset, rtol=0, atol=0)
