import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.sigmoid_fit import smooth
from mesobridge.bridge.sigmoid_fit.smooth import STIFFNESS, _merged, _monotone, fit_tabulated

OPERATING, SCALE, SLOPE = -57.6e-3, 3.2e-3, 1500.0


def planted_rate(v):
    """A threshold-linear curve with a soft knee, Hz: no family of sigmoids."""
    return SLOPE * SCALE * np.log1p(np.exp((v + 55.5e-3) / SCALE))


def drawn_table(rng, exposure=50.0):
    """Twelve levels spread evenly and eight at the operating drive, potential and count erring together."""
    drive = np.concatenate([np.linspace(-70e-3, -18e-3, 12), np.full(8, OPERATING)])
    shared, own = rng.standard_normal((2, drive.size))
    v_error, rate = np.full(drive.size, 7e-5), planted_rate(drive)
    error = 0.9 * np.sqrt(np.maximum(rate, 1 / exposure) / exposure)
    count = np.maximum(np.round((rate + error * (0.5 * shared + 0.866 * own)) * exposure), 0.0)
    rate_se = 0.9 * np.sqrt(np.maximum(count, 1)) / exposure
    columns = {
        "drive": drive, "v_free": drive + v_error * shared, "v_free_se": v_error, "count": count,
        "exposure": np.full(drive.size, exposure), "rate": count / exposure, "rate_se": rate_se,
        "rate_v_covariance": 0.5 * rate_se * v_error, "fano": np.full(drive.size, 0.81),
        "cells": np.full(drive.size, 25.0),
    }  # fmt: skip
    return xr.Dataset({name: ("level", values) for name, values in columns.items()}).sortby("v_free")


def slope_errors(draws):
    """Relative errors of the slope at the operating point over ``draws`` tables."""
    rng, found = np.random.default_rng(2), []
    for _ in range(draws):
        fit = fit_tabulated(drawn_table(rng), {}, v_cap=-18e-3, level=0.95, errors=False)
        found.append(float(fit.sigmoid.gain(OPERATING)))
    return np.array(found) * (1 + np.exp(-(OPERATING + 55.5e-3) / SCALE)) / SLOPE - 1


def test_levels_of_one_drive_are_one_knot():
    table = drawn_table(np.random.default_rng(1))
    drive, v, exposure = (table[name].values for name in ("drive", "v_free", "exposure"))
    labels = _merged(drive, v, exposure, 1e-6)
    held = labels[np.isclose(drive, OPERATING)]
    assert len(held) == 8
    assert len(set(held)) == 1
    assert len(set(labels)) == 13
    means = [np.mean(v[labels == k]) for k in range(13)]
    assert np.all(np.diff(means) > 0)
    assert len(set(_merged(drive[::-1], -v[::-1], exposure, 1e-6))) == 13
    assert len(set(_merged(drive, v, exposure, 6e-3))) < 5


def test_the_slope_at_the_operating_point_has_no_kink():
    errors = slope_errors(200)
    assert np.sqrt(np.mean(errors**2)) < 0.09
    assert np.abs(errors).max() < 0.35


def test_kinks_come_back_when_levels_of_one_drive_are_knots_of_their_own(monkeypatch):
    monkeypatch.setattr(smooth, "COUNTED", 1.0)
    merged = smooth._merged
    monkeypatch.setattr(smooth, "_merged", lambda drive, v, exposure, width: merged(v, v, exposure, width))
    assert np.abs(slope_errors(200)).max() > 1


@pytest.mark.parametrize("stiffness", STIFFNESS)
def test_a_smooth_never_falls_not_even_by_rounding(stiffness):
    rng = np.random.default_rng(4)
    rough = np.diff(np.eye(20), 2, axis=0)
    for _ in range(60):
        rate = 40 * np.sort(rng.random(20))
        rate[5:12] = rate[5]
        rates = _monotone(rate + rng.normal(size=20), np.full(20, 0.5), rough, stiffness)
        assert rates[-1] > rates[0]
        assert np.all(np.diff(rates) >= 0)
