"""NetCDF: parameters over conditions with units, and everything else beside them."""

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge import EXPORTS
from mesobridge.bridge.export import read_netcdf

from .trials import EMPIRICAL, JANSEN_RIT


def test_parameters_lie_over_conditions_with_units_and_intervals(tmp_path):
    (path,) = EXPORTS["netcdf"].write(JANSEN_RIT, tmp_path)
    with xr.open_dataset(path) as data:
        assert list(data["condition"].values) == [model.condition for model in JANSEN_RIT.models]
        assert data["A"].values == pytest.approx([3.25e-3, 3.5e-3])
        assert data["A"].attrs["units"] == "V"
        low, high = data["A_interval"].sel(condition="base").values
        assert low < 3.25e-3 < high
        assert data["A_standard_error"].values == pytest.approx([3.25e-5, 3.5e-5])
        assert np.array_equal(data["covariance"].values[0], JANSEN_RIT.base.covariance)
        assert float(data["amount"].sel(condition="base")) == 0.0
        assert {"title", "cell", "validity", "citation", "provenance", "units"} <= set(data.attrs)
        assert all("long_name" in data[name].attrs for name in data.data_vars)


def test_the_calibration_comes_back(tmp_path):
    back = read_netcdf(EXPORTS["netcdf"].write(EMPIRICAL, tmp_path)[0])
    assert back.base.parameters == EMPIRICAL.base.parameters
    assert back.base.instance.fixed_points()[0]["rate"] == EMPIRICAL.base.instance.fixed_points()[0]["rate"]


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.nc"
    xr.Dataset({"x": ("t", [1.0])}).to_netcdf(path)
    with pytest.raises(ValueError, match="holds no calibration"):
        read_netcdf(path)
