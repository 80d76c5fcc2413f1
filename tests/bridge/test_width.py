"""The width split: planted thresholds and planted noise come back apart, and their squares add."""

import numpy as np
import pytest

from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.bridge.width import as_width, split_width

from .planted import PlantedCells, draw_steady

LEVELS = np.linspace(-0.066, -0.044, 12)
STEP = PlantedCells(kappa=0.0, threshold_spread=0.002, sigma_v=0.003)
N = 200


@pytest.mark.parametrize("method", ["coordinate", "fitted"])
@pytest.mark.parametrize("seed", [0, 1])
def test_planted_variances_come_back(method, seed):
    split = split_width(draw_steady(STEP, LEVELS, n=N, duration=2.0, dt=5e-3, seed=seed), method=method)
    quenched = float(STEP.thresholds(N).var())
    for estimate, truth in ((split.quenched, quenched), (split.temporal, 9e-6), (split.total, quenched + 9e-6)):
        assert estimate.unit == "V2"
        assert estimate.standard_error < 0.1 * truth
        assert abs(estimate.value - truth) < 4 * estimate.standard_error + 0.02 * truth
    assert abs(split.gap.value) < 4 * split.gap.standard_error


@pytest.mark.slow
def test_spread_and_noise_are_told_apart():
    spread = PlantedCells(kappa=0.0, threshold_spread=0.003, sigma_v=0.0015)
    noise = PlantedCells(kappa=0.0, threshold_spread=0.0015, sigma_v=0.003)
    first, second = (
        split_width(draw_steady(c, LEVELS, n=N, duration=2.0, dt=5e-3, seed=5), method="fitted")
        for c in (spread, noise)
    )
    assert first.total.value == pytest.approx(second.total.value, rel=0.1)
    assert first.quenched.interval[0] > second.quenched.interval[1]
    assert first.temporal.interval[1] < second.temporal.interval[0]


def test_a_width_is_the_root_of_its_square():
    split = split_width(draw_steady(STEP, LEVELS, n=N, duration=1.0, dt=5e-3, seed=0))
    width = as_width(split.temporal)
    assert width.value == pytest.approx(np.sqrt(split.temporal.value))
    assert width.covers(width.value)
    assert width.unit == "V"


def test_few_cells_and_unreadable_offsets_are_refused():
    with pytest.raises(EstimateRefused, match="Too few cells"):
        split_width(draw_steady(STEP, LEVELS, n=40, duration=1.0, dt=5e-3))
    same = PlantedCells(kappa=0.0, threshold_spread=1e-6, sigma_v=0.003)
    with pytest.raises(EstimateRefused, match="too noisy"):
        split_width(draw_steady(same, LEVELS, n=100, duration=1.0, dt=5e-3), method="fitted")
