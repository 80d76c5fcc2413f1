"""The table: its numbers are those of the functions, nothing is missing, and it says whose it is."""

from typing import Any

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_allclose

from mesobridge.meanfield import (
    ExponentialCell,
    eif_mean_potential,
    eif_rate,
    eif_response,
    eif_response_times,
    rate_response_table,
)

CELL = ExponentialCell(
    tau_m=20e-3, tau_ref=1e-3, v_threshold=-50e-3, v_reset=-70e-3, slope_factor=1.5e-3, v_cutoff=-40e-3
)
MU = -65e-3 + 20e-3 * np.array([-1.0, 0.0, 1.0, 3.0])
SIGMA = np.array([0.5, 1.5, 4.0]) * 1e-3 * np.sqrt(20.0)


@pytest.fixture(scope="module")
def table() -> xr.Dataset:
    return rate_response_table(CELL, MU, SIGMA)


def test_every_column_is_what_its_function_gives(table):
    points = np.meshgrid(MU, SIGMA, indexing="ij")
    cell: dict[str, Any] = CELL.parameters
    assert_allclose(table.rate, eif_rate(*points, **cell, size=8000), rtol=1e-9)
    assert_allclose(table.mean_v, eif_mean_potential(*points, **cell, size=8000), rtol=1e-12)
    fine = {name: eif_response(0.0, *points, **cell, size=8000, modulation=name).real for name in ("mu", "sigma")}
    assert_allclose(table.slope_mu, fine["mu"], rtol=1e-4)
    assert_allclose(table.slope_sigma, fine["sigma"], rtol=2e-3)
    times = eif_response_times(*points, **cell)
    assert_allclose(table.tau_mu, times.tau_mu, rtol=1e-9)
    assert_allclose(table.tau_sigma, times.tau_sigma, rtol=1e-9)


def test_the_stated_accuracy_holds_from_silent_to_active(table):
    fine = rate_response_table(CELL, MU, SIGMA, size=8000)
    assert float(fine.rate.max()) > 50
    for name in ("rate", "mean_v", "tau_mu", "slope_mu"):
        assert_allclose(table[name], fine[name], rtol=2e-4)


def test_nothing_is_missing_even_where_the_cell_is_silent(table):
    assert float(table.rate.min()) < 1e-100
    for name in table.data_vars:
        assert np.all(np.isfinite(table[name]))
        assert table[name].attrs["units"]
        assert table[name].attrs["long_name"]
    assert np.all(table.tau_mu > 0)
    assert table.sizes == {"mu": 4, "sigma": 3}


def test_flags_have_words(table):
    flags = table.tau_sigma_outcome
    words = np.array(flags.attrs["flag_meanings"].split())
    assert flags.attrs["flag_values"] == list(range(words.size))
    falling = words[flags.values] == "falling"
    assert np.all(falling == (table.slope_sigma.values <= 0))
    assert falling.any()
    assert not falling.all()
    assert np.all(table.tau_sigma.values[falling] == 0)


def test_the_table_is_of_its_cell_alone_and_survives_a_file(table, tmp_path):
    table.to_netcdf(tmp_path / "table.nc")
    with xr.open_dataset(tmp_path / "table.nc") as read:
        xr.testing.assert_identical(read.load(), table)
        CELL.require_same(read.attrs, "The table")
    other = ExponentialCell(**{**CELL.parameters, "tau_ref": 0.0})
    with pytest.raises(ValueError, match="tau_ref"):
        other.require_same(table.attrs, "The table")


def test_several_cells_are_several_tables():
    with pytest.raises(ValueError, match="cell is a list, but a table is of one ExponentialCell; make a list of table"):
        rate_response_table([CELL, CELL], MU, SIGMA)  # type: ignore[arg-type]


def test_axes_that_do_not_rise_are_refused():
    with pytest.raises(ValueError, match="mu of shape"):
        rate_response_table(CELL, MU[::-1], SIGMA)
    with pytest.raises(ValueError, match="sigma of shape"):
        rate_response_table(CELL, MU, 5e-3)
    with pytest.raises(ValueError, match="some noise"):
        rate_response_table(CELL, MU, SIGMA - SIGMA[0])
