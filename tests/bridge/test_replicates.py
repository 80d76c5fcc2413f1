"""The jackknife: errors of a mean and of a ratio are the textbook ones; pairing removes what is shared."""

import numpy as np
import pytest

from mesobridge.bridge.rate_table import rate_table
from mesobridge.bridge.replicates import jackknife, jackknife_pair, jackknife_values, without_group
from mesobridge.bridge.sigmoid_fit import fit_sigmoid

from .planted import PlantedCells, draw_probe, draw_steady

LEVELS = np.linspace(-0.064, -0.036, 12)


def _mean_rate(recordings):
    count = recordings[0]["spike_count"]
    return {"rate": float(count.sum() / (count.sizes["cell"] * count.sizes["level"] * recordings[0].attrs["duration"]))}


@pytest.fixture(scope="module")
def recording():
    return draw_steady(PlantedCells(threshold_spread=1e-6), LEVELS, n=100, duration=1.0, dt=5e-3, seed=1)


def test_groups_are_disjoint_and_cover_all_cells(recording):
    kept = [set(without_group(recording, g, 10)["threshold"].values) for g in range(10)]
    everything = set(recording["threshold"].values)
    assert all(len(k) == 90 for k in kept)
    assert set.union(*(everything - k for k in kept)) == everything


def test_the_error_of_a_mean_is_the_textbook_one(recording):
    found = jackknife(recording, _mean_rate, groups=100)["rate"]
    per_cell = recording["spike_count"].sum(("half", "level")).values / LEVELS.size
    assert found.standard_error == pytest.approx(per_cell.std(ddof=1) / np.sqrt(100), rel=1e-6)


def test_intervals_are_students():
    found = jackknife_values({"area": 1.0}, [{"area": 1.0 + x} for x in (-0.1, 0.0, 0.1)])["area"]
    error = np.sqrt(2 / 3 * 0.02)
    assert found.standard_error == pytest.approx(error)
    assert found.interval[1] - 1.0 == pytest.approx(4.302652730 * error)
    assert found.unit == "V s"


def _features(recordings):
    found = fit_sigmoid(rate_table(recordings[0]), family="exgaussian", q_max="fitted", intervals="wald").features
    return {name: found[name].value for name in ("q_max", "v50", "width", "skew")}


@pytest.mark.parametrize("spread", [1e-6, 0.002])
def test_the_jackknife_agrees_with_the_likelihood(spread):
    """With stratified thresholds the groups differ a little by design: unpaired errors err on the large side."""
    recording = draw_steady(PlantedCells(threshold_spread=spread), LEVELS, n=200, duration=1.0, dt=5e-3, seed=3)
    stated = fit_sigmoid(rate_table(recording), family="exgaussian", q_max="fitted", intervals="wald").features
    ratios = {
        name: e.standard_error / stated[name].standard_error
        for name, e in jackknife(recording, _features, groups=20).items()
    }
    noise = 4 / np.sqrt(2 * 19)
    assert all(ratio > 1 - noise for ratio in ratios.values())
    assert all(ratio < (1 if spread < 1e-3 else 2) * (1 + noise) for ratio in ratios.values())


def test_paired_errors_are_free_of_the_stratification():
    shifts, errors = [], []
    for seed in range(9):
        first = draw_steady(PlantedCells(), LEVELS, n=100, duration=1.0, dt=5e-3, seed=seed)
        second = draw_steady(PlantedCells(threshold=-0.054), LEVELS, n=100, duration=1.0, dt=5e-3, seed=100 + seed)
        shift = jackknife_pair(first, second, _features, groups=6).difference["v50"]
        shifts.append(shift.value)
        errors.append(shift.standard_error)
    scatter = np.std(shifts, ddof=1)
    assert np.mean(shifts) == pytest.approx(1e-3, abs=4 * scatter / np.sqrt(9))
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(scatter, rel=4 / np.sqrt(2 * 8))


def test_pairing_takes_out_the_shared_noise_and_covers_the_difference():
    hits, gain = 0, []
    for seed in range(60):
        shared = np.random.default_rng(seed).standard_normal(20)
        first = draw_probe(lambda t: 1e-4 * np.exp(-t / 0.02), noise=0.0, groups=20, duration=0.1, seed=seed)
        noisy = first.copy()
        noisy["response"] = first["response"] * (1 + 0.1 * shared)[None, :, None]
        own = 0.01 * np.random.default_rng(1000 + seed).standard_normal(20)
        second = noisy.copy()
        second["response"] = noisy["response"] * (1.3 + own)[None, :, None]
        pair = jackknife_pair(
            noisy, second, lambda r: {"area": float(r[0]["response"].sel(size=1.0).mean())}, groups=20
        )
        hits += pair.log_ratio["area"].covers(np.log(1.3))
        unpaired = np.hypot(
            pair.baseline["area"].standard_error / pair.baseline["area"].value,
            pair.changed["area"].standard_error / pair.changed["area"].value,
        )
        gain.append(unpaired / pair.log_ratio["area"].standard_error)
    assert hits >= 60 * 0.95 - 3 * np.sqrt(60 * 0.95 * 0.05)
    assert np.median(gain) > 5


def test_a_recording_without_cells_or_groups_is_refused(recording):
    with pytest.raises(ValueError, match="neither cells nor groups"):
        without_group(recording.mean("cell"), 0, 10)
    with pytest.raises(ValueError, match="at most 100"):
        without_group(recording, 0, 200)
