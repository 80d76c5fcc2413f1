"""Every number of a study in one dataset: with unit and name, NaN where there is nothing, nothing lost on disk."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.estimate import FEATURE_UNITS
from mesobridge.validation.numbers import dataset
from mesobridge.validation.replicated import Replicated
from mesobridge.validation.unseen import Unseen

pytestmark = pytest.mark.cpp

LEVER = "threshold_spread[review] +3 mV"


@pytest.fixture(scope="module")
def numbers(findings) -> xr.Dataset:
    return dataset(findings)


def test_every_number_has_a_unit_and_a_name(numbers):
    columns = {name: v.attrs for name, v in numbers.variables.items() if v.dtype.kind in "fiu"}
    assert len(columns) > 30
    assert [
        name for name, attributes in columns.items() if not (attributes.get("units") and attributes.get("long_name"))
    ] == []


def test_conditions_levels_and_features_are_all_there(numbers, findings):
    assert list(numbers["condition"].values) == [c.name for c in findings.conditions]
    assert LEVER in numbers["condition"].values
    assert list(numbers["feature"].values) == list(FEATURE_UNITS)
    assert list(numbers["feature_unit"].values) == list(FEATURE_UNITS.values())
    table = findings.table("base")
    for name in ("drive", "v_free", "rate", "count", "exposure"):
        np.testing.assert_array_equal(numbers[name].sel(condition="base").values, table[name].values)
    assert np.all(np.diff(numbers["drive"].sel(condition="base")) >= 0)


def test_every_feature_stands_in_its_interval(numbers):
    for prefix in ("measured", "change"):
        value = numbers[prefix].sel(condition=LEVER)
        low, high = (numbers[f"{prefix}_{end}"].sel(condition=LEVER) for end in ("low", "high"))
        known = np.isfinite(value.values)
        assert known.sum() >= 19
        assert np.all((low <= value).values[known] & (value <= high).values[known])
    change = numbers["measured"].sel(condition=LEVER) - numbers["measured"].sel(condition="base")
    np.testing.assert_allclose(change, numbers["change"].sel(condition=LEVER), rtol=1e-9, atol=1e-15)
    assert np.all(numbers["change"].sel(condition="base").fillna(0) == 0)


def test_curves_stop_where_the_data_stop(numbers, findings):
    fitted = numbers["fitted_rate"].sel(condition="base")
    known = np.isfinite(fitted.values)
    assert 20 < known.sum() < fitted.size, "the band ends at the cap, before the highest level"
    estimate = findings.measured["base"].sigmoid
    v = numbers["v"].values[known]
    assert v.max() <= estimate.v_cap
    np.testing.assert_array_equal(fitted.values[known], estimate.sigmoid(v))
    assert np.all(numbers["fitted_rate_low"].sel(condition="base").values[known] >= 0)


def test_the_kernel_of_the_study_is_the_one_that_was_measured(numbers, findings):
    estimate = findings.measured["base"].kernel
    np.testing.assert_array_equal(numbers["kernel"].sel(condition="base"), estimate.response)
    assert numbers["kernel"].attrs["units"] == "V"


def refused(findings):
    """The findings as they would be if nothing of one lever could be estimated or predicted."""
    nothing = replace(
        findings.measured[LEVER],
        sigmoid=None,
        kernel=None,
        features=Replicated(whole={}, left_out=()),
        parts=None,
        left_out=(),
    )
    silent = replace(
        findings.predicted[LEVER], features={}, v=np.array([]), rate=np.array([]), response=np.full_like(
            findings.predicted[LEVER].response, np.nan
        ),
    )  # fmt: skip
    return replace(
        findings,
        measured={**findings.measured, LEVER: nothing},
        predicted={**findings.predicted, LEVER: silent},
        unseen=Unseen(),
    )


def test_what_is_missing_is_nan_and_the_rest_untouched(numbers, findings):
    found = dataset(refused(findings))
    for name in ("measured", "change", "predicted", "fitted_rate", "kernel", "kernel_predicted", "predicted_rate"):
        assert np.all(np.isnan(found[name].sel(condition=LEVER))), name
        assert np.any(np.isfinite(found[name].sel(condition="base"))), name
    assert np.all(np.isfinite(found["rate"].sel(condition=LEVER))), "what was counted stays"
    assert "mass_rate" in numbers
    assert "mass_rate" not in found


def test_levels_of_different_number_are_filled_with_nan(findings):
    short = findings.recorded[LEVER]
    fewer = replace(findings, recorded={**findings.recorded, LEVER: replace(short, steady=short.steady[:1])})
    found = dataset(fewer)
    count = sum(len(batch.levels) for batch in findings.sampling.batches)
    kept = len(findings.sampling.batches[0].levels)
    assert found.sizes["level"] == count > kept
    known = np.isfinite(found["rate"].sel(condition=LEVER).values)
    assert known[:kept].all()
    assert not known[kept:].any()
    assert np.isfinite(found["rate"].sel(condition="base")).all()


def test_nothing_is_lost_on_disk(numbers, tmp_path):
    numbers.to_netcdf(tmp_path / "numbers.nc", engine="netcdf4")
    back = xr.load_dataset(tmp_path / "numbers.nc", engine="netcdf4")
    xr.testing.assert_allclose(back, numbers, rtol=0, atol=0)
    assert back.attrs["schema"] == "mesobridge.results/1"
    assert back["rate"].attrs == numbers["rate"].attrs
