"""The whole comparison: it accepts the network that made the data, and no other."""

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from mesobridge.meanfield import AlphaKernel, CascadeKernel, LogisticSigmoid, PopulationNetwork
from mesobridge.validation.pairing import Comparison, compare
from mesobridge.validation.pairing.comparison import curvature_shift

from .planted import SIGMOID, planted, stationary, transients

LEVELS = np.where(np.arange(200) < 50, 14000.0, 16000.0)


@dataclass(frozen=True)
class Recorded:
    steady: xr.Dataset
    steps: xr.Dataset

    def judge(self, network: PopulationNetwork) -> Comparison:
        return compare(network, stationary=self.steady, transients=self.steps, inputs={"E.external": LEVELS})


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    network = planted()
    return Recorded(stationary(network, 40.0, 1), transients(network, LEVELS, 16, 100))


def same_slope() -> LogisticSigmoid:
    """Return a logistic with the rate and the slope of the planted sigmoid where the network rests."""
    v = float(planted().structure.moments(planted().reference())[0][0])
    rate, gain = float(SIGMOID(v)), float(SIGMOID.gain(v))
    scale = rate * (1 - rate / 100.0) / gain
    return LogisticSigmoid(100.0, v + scale * np.log(100.0 / rate - 1), scale)


def test_the_network_that_made_the_data_is_accepted(recorded: Recorded) -> None:
    found = recorded.judge(planted())
    assert found.tests == 7
    assert found.holds()
    assert {row["name"] for row in found.table()} >= {"rate of E", "spectrum of I", "course of E"}


WRONG = {
    "a kernel that is too fast": {"inhibition": CascadeKernel(-4e-6, (3e-3, 10e-3))},
    "a kernel of another family": {"excitation": AlphaKernel(1e-6, 2 / 18e-3)},
    "no delay": {"delay": 0.0},
    "half a millisecond less delay": {"delay": 1.5e-3},
    "too many inputs": {"inhibitory_count": 124.0},
    "too many cells": {"size": 25000},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_network_is_not_accepted(recorded: Recorded, changes: dict) -> None:
    assert not recorded.judge(planted(**changes)).holds(1e-3)


def test_a_sigmoid_of_another_family_is_not_accepted(recorded: Recorded) -> None:
    found = recorded.judge(planted(sigmoid=same_slope()))
    assert not found.holds(1e-3)
    # Rate and slope at rest are right: only the large step tells.
    assert abs(found.numbers[0].z) < 4
    assert found.worst.name.startswith("course")


@pytest.mark.slow
def test_finite_size_moves_the_mean_as_the_curvature_says() -> None:
    small = planted(size=400)
    expected = curvature_shift(small, small.reference())
    found = [stationary(small, 60.0, seed)["rate"].mean("time").values - small.reference() for seed in range(4)]
    error = np.std(found, axis=0, ddof=1) / 2
    assert np.abs(expected).max() > 0.1
    assert np.all(np.abs(np.mean(found, axis=0) - expected) < 4 * error + 0.3 * np.abs(expected))


@pytest.mark.slow
def test_the_chance_of_a_false_alarm_is_as_stated() -> None:
    network = planted()
    alarms = []
    for seed in range(40):
        found = compare(network, stationary=stationary(network, 20.0, 1000 + seed))
        alarms += [score.p_value < 0.1 for score in (*found.numbers, *found.curves)]
    assert abs(np.mean(alarms) - 0.1) < 4 * np.sqrt(0.09 / len(alarms)) + 0.02
