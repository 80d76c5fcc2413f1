"""LIF and EIF cells in coloured noise: both limits with their orders, and the white theory that must fail."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad

from mesobridge.meanfield import (
    coloured_eif_rate,
    coloured_grid,
    coloured_lif_rate,
    coloured_noise_sd,
    eif_rate,
    lif_rate,
)

LIF: dict[str, Any] = {"tau_m": 15e-3, "v_threshold": -50e-3, "v_reset": -60e-3}
MU, SD = np.array([-50e-3, -45e-3, -40e-3]), 3e-3


def canonical(tau_noise: float) -> float:
    """White-noise amplitude that leaves the same noise power at zero frequency."""
    return SD * np.sqrt(2 * (1 + tau_noise / 15e-3))


def adiabatic(mu: float) -> float:
    """Average of the noiseless rate over a frozen drive."""

    def weighted_rate(z: float) -> float:
        return np.exp(-z * z / 2) / np.sqrt(2 * np.pi) / (2e-3 + 15e-3 * np.log1p(0.01 / (mu + SD * z + 0.05)))

    start = (-0.05 - mu) / SD
    pieces = ((start, start + 1), (start + 1, max(start + 1, 0) + 12))
    return sum(quad(weighted_rate, *ends, epsabs=0, limit=400)[0] for ends in pieces)


def test_white_limit_is_approached_with_the_square_root() -> None:
    times = np.array([5e-5, 1.25e-5, 3e-6])
    gaps = []
    for t in times:
        found = coloured_lif_rate(MU, SD, **LIF, tau_ref=0.0, tau_noise=t)
        gaps.append(np.abs(found / lif_rate(MU, canonical(t), **LIF, tau_ref=0.0) - 1))
    slopes = np.polyfit(np.log(times), np.log(gaps), 1)[0]
    assert_allclose(slopes, 0.5, atol=0.12)


@pytest.mark.parametrize("dead", [0.0, 1.0, 2.0])
def test_threshold_shift_leaves_an_error_of_first_order(dead: float) -> None:
    times = np.array([5e-4, 1.25e-4])
    gaps = []
    for t in times:
        cell: dict[str, Any] = {**LIF, "tau_ref": dead * t}
        found = coloured_lif_rate(MU, SD, **cell, tau_noise=t, cells=100, noise_intervals=64)
        gaps.append(np.abs(found / lif_rate(MU, canonical(t), **cell, tau_syn=t) - 1))
    assert np.all(gaps[0] < 0.03)
    assert_allclose(gaps[0] / gaps[1], 4, rtol=0.25)


def test_a_reset_that_remembers_the_noise_through_the_dead_time_is_rejected() -> None:
    t = 1.25e-4
    cell: dict[str, Any] = {**LIF, "tau_ref": 2 * t}
    found = coloured_lif_rate(MU, SD, **cell, tau_noise=t, cells=100, noise_intervals=64)
    shift = 1.0326265 * canonical(t) * np.sqrt(t / 15e-3)
    both = {**cell, "v_threshold": -50e-3 + shift, "v_reset": -60e-3 + shift}
    printed_shift = np.abs(found / lif_rate(MU, canonical(t), **both) - 1)
    assert np.all(printed_shift > 1.5 * np.abs(found / lif_rate(MU, canonical(t), **cell, tau_syn=t) - 1))


def test_slow_noise_is_an_average_over_frozen_drive() -> None:
    expected = np.array([adiabatic(m) for m in MU])
    gaps = [
        np.abs(coloured_lif_rate(MU, SD, **LIF, tau_ref=2e-3, tau_noise=t) / expected - 1)
        for t in (0.1, 1.0, 10.0, 100.0)
    ]
    assert gaps[0][0] > gaps[1][0] > gaps[2][0] > gaps[3][0]
    assert np.all(gaps[3] < 5e-3)


def test_white_and_adiabatic_theories_are_both_rejected_in_between() -> None:
    mu = np.array([-57e-3, -54e-3])
    found = coloured_lif_rate(mu, SD, **LIF, tau_ref=2e-3, tau_noise=5e-3)
    white = lif_rate(mu, SD * np.sqrt(2), **LIF, tau_ref=2e-3)
    assert np.all(white / found > 1.8)
    assert np.all(np.array([adiabatic(m) for m in mu]) / found < 0.6)


def test_exponential_cell_in_the_white_limit() -> None:
    cell: dict[str, Any] = {
        "tau_m": 15e-3,
        "tau_ref": 2e-3,
        "v_threshold": -50e-3,
        "v_reset": -58e-3,
        "slope_factor": 2e-3,
        "v_cutoff": -30e-3,
    }
    gaps = [
        np.abs(coloured_eif_rate(MU, SD, **cell, tau_noise=t) / eif_rate(MU, canonical(t), **cell) - 1).max()
        for t in (1e-3, 1e-4, 2e-5)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 2e-3


def test_exponential_cell_is_resolved_by_the_default_grid() -> None:
    cell: dict[str, Any] = {
        "tau_m": 6e-3,
        "tau_ref": 1e-3,
        "v_threshold": -48e-3,
        "v_reset": -60e-3,
        "slope_factor": 1e-3,
        "v_cutoff": -30e-3,
    }
    mu = np.array([-56e-3, -52e-3, -46e-3])
    coarse = coloured_eif_rate(mu, SD, **cell, tau_noise=5e-3)
    fine = coloured_eif_rate(mu, SD, **cell, tau_noise=5e-3, cells=80, noise_intervals=64)
    assert np.all(coarse > 0.1)
    assert_allclose(coarse, fine, rtol=5e-3)


def test_a_cell_that_saturates_close_to_threshold() -> None:
    cell: dict[str, Any] = {"tau_m": 4e-3, "tau_ref": 5e-3, "v_threshold": -50e-3, "v_reset": -52e-3}
    mu = np.array([-54e-3, -50e-3, -35e-3])
    coarse = coloured_lif_rate(mu, 2e-3, **cell, tau_noise=5e-3)
    fine = coloured_lif_rate(mu, 2e-3, **cell, tau_noise=5e-3, cells=80, noise_intervals=64)
    assert_allclose(coarse, fine, rtol=3e-3)
    assert 0.85 < coarse[-1] * 5e-3 < 1


def test_noise_of_given_potential_sd() -> None:
    sd = coloured_noise_sd(SD, 15e-3, 5e-3)
    assert_allclose(sd**2 * 15e-3**2 * 5e-3 / (15e-3 + 5e-3), SD**2, rtol=1e-12)


def test_grid_has_the_reset_and_rises() -> None:
    grid = coloured_grid(-90e-3, -58e-3, -50e-3, -30e-3)
    assert np.all(np.diff(grid) > 0)
    assert np.isclose(grid, -58e-3, atol=1e-15).sum() == 1
    assert_allclose(grid[[0, -1]], [-90e-3, -30e-3])
    with pytest.raises(ValueError, match="rise in this order"):
        coloured_grid(-50e-3, -58e-3, -50e-3)


def test_arrays_of_cells_are_the_loop_of_cells() -> None:
    cells = {"tau_m": np.array([15e-3, 8e-3]), "tau_ref": 2e-3, "v_threshold": np.array([[-50e-3], [-48e-3]])}
    exponential: dict[str, Any] = {**cells, "v_reset": -58e-3, "slope_factor": 2e-3, "v_cutoff": -30e-3}
    found = coloured_eif_rate(MU[:, None, None], SD, **exponential, tau_noise=5e-3, cells=20, noise_intervals=16)
    assert found.shape == (MU.size, 2, 2)
    for i, threshold in enumerate((-50e-3, -48e-3)):
        for j, tau_m in enumerate((15e-3, 8e-3)):
            one: dict[str, Any] = {**exponential, "tau_m": tau_m, "v_threshold": threshold}
            single = coloured_eif_rate(MU, SD, **one, tau_noise=5e-3, cells=20, noise_intervals=16)
            assert_allclose(found[:, i, j], single, rtol=1e-12)


def test_a_leaky_cell_spikes_at_its_threshold_whatever_its_cutoff() -> None:
    shared: dict[str, Any] = {**LIF, "tau_ref": 2e-3, "tau_noise": 5e-3, "cells": 20, "noise_intervals": 16}
    found = coloured_eif_rate(MU, SD, **shared, slope_factor=0.0, v_cutoff=-30e-3)
    assert np.all(found == coloured_lif_rate(MU, SD, **shared))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mu": [-55e-3, np.nan]}, r"mu\[1\] = nan V must be finite"),
        ({"v_sd": 0.0}, "v_sd = 0.0 V must be above 0 V"),
        ({"tau_noise": [[1e-3], [-1e-3]]}, r"tau_noise\[1, 0\] = -0.001 s must be above 0 s"),
        ({"tau_m": [15e-3, 0.0]}, r"coloured_eif_rate, element \[1\]: ExponentialCell.tau_m: 0 s"),
    ],
)
def test_cells_that_are_none_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        coloured_lif_rate(**{"mu": MU[0], "v_sd": SD, **LIF, "tau_ref": 2e-3, "tau_noise": 5e-3, **change})


def test_units_are_taken() -> None:
    shared: dict[str, Any] = {"tau_ref": 2e-3, "cells": 20, "noise_intervals": 16}
    texts: dict[str, Any] = {"tau_m": "15 ms", "v_threshold": "-50 mV", "v_reset": "-60 mV", "tau_noise": "5 ms"}
    plain = coloured_lif_rate(-55e-3, SD, tau_m=15e-3, v_threshold=-50e-3, v_reset=-60e-3, tau_noise=5e-3, **shared)
    assert coloured_lif_rate("-55 mV", SD, **texts, **shared) == plain
    assert_allclose(coloured_noise_sd("5 mV", "15 ms", "5 ms"), coloured_noise_sd(5e-3, 15e-3, 5e-3), rtol=1e-12)
