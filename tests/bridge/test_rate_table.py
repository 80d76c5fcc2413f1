"""The table of levels: exact where counts are given, and its errors are those of repeated draws."""

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.rate_table import merge_tables, rate_table

from .planted import PlantedCells, draw_steady, steady_recording

CELLS = PlantedCells()
LEVELS = np.array([-0.060, -0.054, -0.050, -0.045])


def test_counts_and_exposures_are_sums_over_cells_and_halves():
    count = np.arange(12).reshape(2, 2, 3)
    v = np.array([[-0.06, -0.061, -0.059], [-0.05, -0.05, -0.05]])
    recording = steady_recording(count, v, np.full((2, 3), 4e-6), np.zeros(3), np.array([0.0, 1e-10]), 2.0, 0)
    table = rate_table(recording)
    assert table["count"].values.tolist() == [0 + 1 + 2 + 6 + 7 + 8, 3 + 4 + 5 + 9 + 10 + 11]
    assert table["exposure"].values.tolist() == [6.0, 6.0]
    np.testing.assert_allclose(table["rate"], table["count"] / 6.0)
    np.testing.assert_allclose(table["v_free"], [-0.06, -0.05])
    np.testing.assert_allclose(table["sigma_v"], 2e-3)
    assert all("units" in table[name].attrs and "long_name" in table[name].attrs for name in table.data_vars)


def test_the_spread_of_thresholds_does_not_enter_the_fano_factor():
    rng = np.random.default_rng(1)
    rates = np.linspace(1, 40, 500)
    count = rng.poisson(np.broadcast_to(rates, (2, 1, 500)))
    recording = steady_recording(
        count, np.full((1, 500), -0.05), np.full((1, 500), 4e-6), rates, np.array([0.0]), 2.0, 0
    )
    fano = float(rate_table(recording)["fano"][0])
    assert count.sum() > 1000
    assert np.var(count.sum(0)) / np.mean(count.sum(0)) > 5  # the naive Fano factor over the cells
    assert abs(fano - 1) < 4 * np.sqrt(2 / 500)


def test_standard_errors_are_the_scatter_of_repeated_draws():
    tables = [rate_table(draw_steady(CELLS, LEVELS, n=60, duration=1.0, dt=5e-3, seed=seed)) for seed in range(150)]
    for name, error in (("rate", "rate_se"), ("v_free", "v_free_se")):
        scatter = np.std([t[name].values for t in tables], axis=0, ddof=1)
        stated = np.sqrt(np.mean([t[error].values ** 2 for t in tables], axis=0))
        assert np.all(scatter > 0)
        np.testing.assert_allclose(stated / scatter, 1.0, atol=4 / np.sqrt(2 * 150))


def test_errors_of_rate_and_potential_go_together_and_their_covariance_is_seen():
    tables = [rate_table(draw_steady(CELLS, LEVELS, n=60, duration=1.0, dt=5e-3, seed=seed)) for seed in range(300)]
    rate, v = (np.array([t[name].values for t in tables]) for name in ("rate", "v_free"))
    true = np.array([np.cov(rate[:, i], v[:, i])[0, 1] for i in range(LEVELS.size)])
    scale = rate.std(0) * v.std(0)
    stated = np.mean([t["rate_v_covariance"].values for t in tables], axis=0)
    assert np.all(true[:2] > 0.2 * scale[:2])
    np.testing.assert_allclose(stated / scale, true / scale, atol=4 / np.sqrt(300))


def test_a_trend_shows_as_stationarity_and_a_steady_population_does_not():
    steady = rate_table(draw_steady(CELLS, LEVELS, n=100, duration=1.0, dt=5e-3, seed=3))
    drifting = rate_table(draw_steady(CELLS, LEVELS, n=100, duration=1.0, dt=5e-3, seed=3, trend=0.5))
    assert np.all(np.abs(steady["stationarity"]) < 4)
    assert np.all(drifting["stationarity"][1:] > 4)
    assert float(drifting["drift"][3]) == pytest.approx(0.25, abs=0.05)


def test_tables_concatenate_along_level():
    first, second = (
        rate_table(draw_steady(CELLS, levels, n=20, duration=0.5, dt=5e-3)) for levels in (LEVELS[::2], LEVELS[1::2])
    )
    merged = merge_tables(first, second)
    assert merged.sizes["level"] == 4
    assert np.all(np.diff(merged["v_free"]) > 0)
    assert isinstance(merged, xr.Dataset)
