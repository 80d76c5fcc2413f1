"""From planted recordings to features: the truth within the errors, or a refusal with its reason."""

from dataclasses import replace

import numpy as np
import pytest

from mesobridge.meanfield import CascadeKernel
from mesobridge.validation.measurement import Constants, FitPlan, Recorded, measure

from ..bridge.planted import PlantedCells, draw_probe, draw_steady

CELLS = PlantedCells()
N = 100
KERNEL = CascadeKernel(2e-6, (0.005, 0.020))
CAP = -0.040
OPERATING = -0.056
SLOPE = 1e-8  # A/V: the drive that belongs to a potential
PLAN = FitPlan(family="exgaussian", q_max="at_cap", operating_drive=SLOPE * (OPERATING + 0.070), level=0.95, groups=10)
CONSTANTS = Constants(v_cap=CAP, refractory_period=None)


def recorded(seed=1, cells=CELLS):
    curve = draw_steady(cells, np.linspace(-0.065, CAP, 14), n=N, seed=seed, drive_slope=SLOPE)
    held = draw_steady(cells, np.full(3, OPERATING), n=N, seed=seed + 100, drive_slope=SLOPE)
    return Recorded(steady=(curve, held), probe=draw_probe(KERNEL, seed=seed))


@pytest.fixture(scope="module")
def measured():
    return measure(recorded(), PLAN, CONSTANTS)


def truths():
    sigmoid = CELLS.sigmoid(N)
    top = float(sigmoid(CAP))
    slope = float(sigmoid.gain(OPERATING))
    half = float(sigmoid.quantile(0.5 * top / sigmoid.q_max))
    return {
        "q_max": top, "v50": half, "area": KERNEL.area, "mean_lag": KERNEL.mean_lag, "operating_v": OPERATING,
        "operating_rate": float(sigmoid(OPERATING)), "operating_slope": slope, "gain": slope * KERNEL.area,
    }  # fmt: skip


@pytest.mark.parametrize("name", list(truths()))
def test_every_planted_feature_is_found_within_its_error(measured, name):
    found, truth = measured.features.measure(name), truths()[name]
    assert measured.refusals == ()
    assert 0 < found.standard_error < 0.1 * abs(truth)
    low, high = found.interval(0.9999)
    assert low < truth < high


def test_a_wrong_truth_is_outside_the_same_errors(measured):
    wrong = {"v50": 0.001, "q_max": 10.0, "operating_rate": 5.0}
    for name, by in wrong.items():
        low, high = measured.features.measure(name).interval(0.9999)
        assert not low < truths()[name] + by < high, name


def test_gain_is_slope_times_area_in_every_replicate(measured):
    assert len(measured.features.left_out) == len(measured.left_out) == PLAN.groups
    for features in (measured.features.whole, *measured.features.left_out):
        assert features["gain"] == features["operating_slope"] * features["area"]


def test_a_group_that_is_left_out_is_left_out_of_every_recording():
    whole = recorded()
    part = whole.without(3, 10)
    assert [r.sizes["cell"] for r in part.steady] == [90, 90]
    assert part.probe.sizes["group"] == 9
    kept = np.arange(N)[np.arange(N) % 10 != 3]
    np.testing.assert_array_equal(part.steady[0]["spike_count"], whole.steady[0]["spike_count"].isel(cell=kept))
    assert whole.table.sizes["level"] == 17


def test_silent_cells_are_refused_a_sigmoid_but_keep_their_kernel():
    silent = PlantedCells(threshold=0.0)
    found = measure(replace(recorded(), steady=recorded(cells=silent).steady), PLAN, CONSTANTS)
    assert found.sigmoid is None
    assert found.kernel is not None
    assert found.parts is None
    assert found.features.whole == {}
    assert [what for what, _ in found.refusals] == ["sigmoid", "features"]
    assert all(len(reason) > 20 for _, reason in found.refusals)


@pytest.mark.parametrize("size", [0.0, 1e-6])
def test_a_probe_without_a_response_is_refused_a_kernel_but_keeps_the_sigmoid(size):
    base = recorded()
    noise = size * np.random.default_rng(0).standard_normal(base.probe["response"].shape)
    found = measure(
        replace(base, probe=base.probe.assign(response=(base.probe["response"].dims, noise))), PLAN, CONSTANTS
    )
    assert found.kernel is None
    assert found.sigmoid is not None
    assert [what for what, _ in found.refusals] == ["kernel"]
    assert found.features.measure("q_max") is None
