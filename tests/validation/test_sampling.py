"""Sampling ends when the errors are small enough or the budget is spent; the plan it leaves is fixed by the seed."""

from typing import Any

import numpy as np
import pytest

from mesobridge.bridge.prediction import operating_point
from mesobridge.spiking import MECHANISMS, POPULATIONS
from mesobridge.validation.sampling import MARGIN, operating_drive, plan_sampling, with_level
from mesobridge.validation.seeds import experiment_seed
from mesobridge.validation.study import StudyError, read_study

from ..bridge.planted import PlantedCells, draw_steady

POPULATION = POPULATIONS["escape_rate"]()
CELLS = PlantedCells(sigma_v=operating_point(POPULATION).sigma_v)
SEED = 4


class PlantedLaboratory:
    """Draws the counts of memoryless cells in place of simulating them."""

    def __init__(self):
        self.jobs = []

    def record(self, stage, jobs):
        self.jobs += jobs
        return [self._one(job) for job in jobs]

    def _one(self, job):
        drive = np.array(job.experiment.levels)
        v = operating_point(job.population).v + drive / POPULATION.cell.leak_conductance
        recording = draw_steady(
            CELLS, v, n=job.experiment.cells, duration=job.experiment.duration, seed=job.seed % 2**32
        )
        return recording.assign_coords(drive=("level", drive, {"units": "A"}))


def request(budget=20000.0):
    table = {
        "v_min": "-12 mV", "v_max": "20 mV", "levels": 10, "cells": 50, "duration": "1 s", "warm_up": "0.1 s",
        "budget": budget,
    }  # fmt: skip
    return read_study({"population": "escape_rate", "sigmoid": table}).sigmoid


def planned(targets, **changes):
    laboratory: Any = PlantedLaboratory()
    plan = plan_sampling(
        POPULATION, request(**changes), lambda pilot: targets, laboratory=laboratory, seed=SEED, dt=1e-4,
        family="exgaussian", q_max="at_cap",
    )  # fmt: skip
    return plan, laboratory


@pytest.fixture(scope="module")
def met():
    return planned({"v50": 2e-4, "width": 2e-4})


def test_sampling_ends_when_the_wanted_errors_are_met(met):
    plan, _ = met
    found = plan.sampling.estimate.features
    assert plan.sampling.met
    assert plan.sampling.spent < 20000
    assert len(plan.batches) > 1, "the pilot alone did not decide it"
    assert found["v50"].standard_error <= 2e-4
    truth = CELLS.sigmoid(50)
    rate = float(truth(POPULATION.cell.threshold + 0.020))
    assert abs(found["v50"].value - truth.quantile(0.5 * rate / truth.q_max)) < 4 * found["v50"].standard_error


def test_sampling_ends_when_the_budget_is_spent_and_says_so():
    plan, _ = planned({"v50": 1e-7}, budget=3000.0)
    assert not plan.sampling.met
    one_more_slot_each = 12 * 50 * 1.0
    assert 0.8 * 3000 < plan.sampling.spent < 3000 + one_more_slot_each
    assert plan.sampling.spent == sum(len(b.levels) * b.cells * b.duration for b in plan.batches)


def test_the_same_seed_plans_the_same_batches(met):
    again, _ = planned({"v50": 2e-4, "width": 2e-4})
    assert again.batches == met[0].batches
    assert again.seeds == met[0].seeds


def test_what_was_sampled_is_what_every_condition_is_given(met):
    plan, laboratory = met
    assert plan.jobs(POPULATION) == laboratory.jobs
    assert plan.seeds == tuple(experiment_seed(SEED, "steady", number) for number in range(len(plan.batches)))
    changed = MECHANISMS["ampa_density"].apply(POPULATION, 2.0)
    jobs = plan.jobs(changed)
    assert {job.population for job in jobs} == {changed}
    assert [(job.experiment, job.seed) for job in jobs] == [(job.experiment, job.seed) for job in laboratory.jobs]


def test_the_levels_cover_the_range_that_was_asked(met):
    v = met[0].sampling.table["v_free"].values - POPULATION.cell.threshold
    assert v.min() == pytest.approx(-0.012, abs=1e-3)
    assert v.max() == pytest.approx(0.020 + MARGIN, abs=1e-3), "a shifted condition still reaches its cap"


def test_the_operating_drive_gives_the_wanted_rate(met):
    plan, _ = met
    drive = operating_drive(plan, 20.0)
    v = operating_point(POPULATION).v + drive / POPULATION.cell.leak_conductance
    error = float(plan.sampling.estimate.rate(v).standard_error)
    assert error < 1.0
    assert abs(float(CELLS.sigmoid(50)(v)) - 20.0) < 4 * error
    longer = with_level(plan, drive, 3, seed=99)
    assert longer.batches[:-1] == plan.batches
    assert longer.batches[-1].levels == (drive,) * 3
    assert longer.seeds == (*plan.seeds, 99)
    assert longer.sampling is plan.sampling


@pytest.mark.parametrize("rate", [1e-6, 120.0])
def test_a_rate_outside_what_was_sampled_is_refused(met, rate):
    with pytest.raises(StudyError, match=r"operating\.rate: .* is outside the sampled rates .*; choose another rate"):
        operating_drive(met[0], rate)
