"""The shrinkage that a design promises comes when memoryless cells are counted at the level it names."""

import numpy as np
import pytest

from mesobridge.bridge.inverse import LevelDesign
from mesobridge.bridge.sigmoid_fit import CountData

from ..planted import PlantedCells

SIGMOID = PlantedCells().sigmoid(200)
LEVELS = np.linspace(-0.065, -0.038, 10)
EXPOSURE = 200.0


def counted(v: np.ndarray, exposure: np.ndarray, rng: np.random.Generator) -> CountData:
    """Counts of memoryless cells: Poisson at the rate of their sigmoid."""
    count = rng.poisson(SIGMOID(v) * exposure).astype(float)
    nothing = np.zeros(v.size)
    return CountData(v, count, exposure, np.ones(v.size), nothing, nothing)


@pytest.fixture(scope="module")
def plan() -> LevelDesign:
    rng = np.random.default_rng(1)
    return LevelDesign.from_counts(counted(LEVELS, np.full(LEVELS.size, 50 * EXPOSURE), rng))


def test_the_error_it_starts_from_is_that_of_repeated_fits(plan):
    rng = np.random.default_rng(2)
    exposure = np.full(LEVELS.size, 50 * EXPOSURE)
    fits = [LevelDesign.from_counts(counted(LEVELS, exposure, rng)).gradient("v50")[0] for _ in range(60)]
    assert np.std(fits, ddof=1) == pytest.approx(plan.standard_error("v50"), rel=3 / np.sqrt(2 * 59))


@pytest.mark.parametrize("target", ["v50", "q_max", "width"])
def test_the_promised_shrinkage_holds(plan, target):
    rng = np.random.default_rng(3)
    grid = np.linspace(-0.065, -0.030, 30)
    exposure = 100 * EXPOSURE
    best = plan.additions(target, grid, exposure)[0]
    worst = plan.additions(target, grid, exposure)[-1]
    assert best.shrinkage < 0.93
    assert worst.shrinkage > best.shrinkage + 0.03
    place = float(best.candidate.name.split()[2]) * 1e-3
    before, after = [], []
    for _ in range(60):
        data = counted(LEVELS, np.full(LEVELS.size, 50 * EXPOSURE), rng)
        v, e = np.append(LEVELS, place), np.append(data.exposure, exposure)
        added = rng.poisson(SIGMOID(place) * exposure)
        nothing = np.zeros(v.size)
        more = CountData(v, np.append(data.count, added), e, np.ones(v.size), nothing, nothing)
        before.append(LevelDesign.from_counts(data).gradient(target)[0])
        after.append(LevelDesign.from_counts(more).gradient(target)[0])
    kept = np.std(after, ddof=1) / np.std(before, ddof=1)
    assert kept == pytest.approx(
        best.shrinkage, abs=3 * best.shrinkage * np.sqrt(1 - best.shrinkage**2 + 0.05) / np.sqrt(59)
    )


def test_a_sequence_never_gives_worse_than_its_first_level(plan):
    grid = np.linspace(-0.065, -0.030, 30)
    first = plan.additions("width", grid, EXPOSURE)[0].shrinkage
    sequence = plan.sequence("width", grid, EXPOSURE, 3)
    assert sequence[0].shrinkage == pytest.approx(first)
    assert sequence[2].shrinkage < sequence[1].shrinkage < sequence[0].shrinkage


def test_slope_has_the_gradient_of_its_finite_difference(plan):
    v = -0.052
    value, gradient = plan.gradient("slope", v)
    moved = []
    for k in range(plan.psi.size):
        step = 1e-5 * np.eye(plan.psi.size)[k]
        up, down = (plan.family.evaluate(plan.psi + s * step, np.array([v]))[1][0] for s in (1, -1))
        moved.append((up - down) / 2e-5)
    assert value == pytest.approx(plan.family.evaluate(plan.psi, np.array([v]))[1][0])
    np.testing.assert_allclose(gradient, moved, rtol=1e-3, atol=1e-3 * np.max(np.abs(moved)))
    with pytest.raises(ValueError, match="no feature"):
        plan.gradient("area")
