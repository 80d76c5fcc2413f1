"""Fitting the template: surfaces that it can describe, surfaces that it cannot, and what it says about both."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import TransferTemplate, fit_transfer_template, lif_rate

RS = TransferTemplate.published("divolo2019-rs")
RATES = np.stack(np.meshgrid(np.linspace(0.5, 12, 20), np.linspace(0.5, 20, 20), indexing="ij"), axis=-1)
SURFACE = RS(RATES)


def lif_surface() -> np.ndarray:
    moments = RS.cell.moments(RATES)
    return lif_rate(moments.mu_v, moments.white_sigma, tau_m=20e-3, tau_ref=5e-3, v_threshold=-50e-3, v_reset=-65e-3)


def test_a_template_surface_comes_back() -> None:
    fit = fit_transfer_template(RS.cell, RATES, SURFACE, exposure=1e6)
    assert fit.used.sum() > 100
    assert_allclose(fit.fitted, SURFACE, rtol=1e-8, atol=1e-9)
    assert fit.largest_error < 1e-9


def test_points_without_information_are_dropped_and_counted() -> None:
    fit = fit_transfer_template(RS.cell, RATES, SURFACE, exposure=1e3)
    tau = RS.cell.moments(RATES).tau_v
    silent, saturated = SURFACE * 1e3 < 1, SURFACE * tau > 0.5
    assert fit.silent == silent.sum() > 0
    assert fit.saturated == saturated.sum() > 0
    assert fit.used.sum() == SURFACE.size - fit.silent - fit.saturated
    assert f"dropped {fit.silent} with less than one spike and {fit.saturated} above" in str(fit)


def test_poisson_counts_are_fitted_to_their_own_noise() -> None:
    rng = np.random.default_rng(3)
    exposure = 2e3
    fits = [
        fit_transfer_template(RS.cell, RATES, rng.poisson(SURFACE * exposure) / exposure, exposure=exposure)
        for _ in range(20)
    ]
    freedom = int(fits[0].used.sum()) - 10
    ratios = np.array([fit.deviance_ratio for fit in fits])
    # Deviance is chi-square with this many degrees of freedom, less a little where counts are below ten.
    assert abs(ratios.mean() - 1) < 4 * np.sqrt(2 / freedom / len(fits)) + 0.05
    # Surfaces agree within standard errors although coefficients do not.
    strong = SURFACE * exposure > 100
    used = np.all([fit.used for fit in fits], axis=0) & strong
    pulls = np.array([(fit.fitted - SURFACE)[used] / np.sqrt(SURFACE[used] / exposure) for fit in fits])
    assert used.sum() > 50
    assert pulls.std() < 0.6
    spread = np.std([fit.template.coefficients for fit in fits], axis=0) / np.abs(RS.coefficients)
    assert spread.max() > 0.01


def test_a_surface_of_another_form_is_seen_not_to_fit() -> None:
    rng = np.random.default_rng(4)
    exposure = 1e4
    surface = rng.poisson(lif_surface() * exposure) / exposure
    fit = fit_transfer_template(RS.cell, RATES, surface, exposure=exposure)
    assert fit.deviance_ratio > 3
    assert 0 < fit.rms_error < 1.5


def test_poisson_weights_gain_likelihood_over_the_linear_start() -> None:
    rng = np.random.default_rng(5)
    exposure = 200.0
    surface = rng.poisson(SURFACE * exposure) / exposure
    fit = fit_transfer_template(RS.cell, RATES, surface, exposure=exposure)

    def deviance(fitted: np.ndarray) -> float:
        n, f = surface[fit.used] * exposure, fitted[fit.used] * exposure
        return float(2 * np.sum(f - n + n * np.log(np.maximum(n, 1e-300) / f)))

    # The true surface is one of those the template can take, so the best one is at least as likely.
    assert deviance(fit.fitted) <= deviance(SURFACE)


def test_the_result_carries_its_cell_and_box() -> None:
    template = fit_transfer_template(RS.cell, RATES, SURFACE, exposure=1e4).template
    assert template.cell == RS.cell
    assert template.lowest == (0.5, 0.5)
    assert template.highest == (12.0, 20.0)
    with pytest.raises(ValueError, match="outside the fitted box"):
        template([13.0, 10.0])


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="can be used"):
        fit_transfer_template(RS.cell, RATES[:3, :3], SURFACE[:3, :3], exposure=1.0)


@pytest.mark.parametrize("name", ["rate_surface", "exposure"])
@pytest.mark.parametrize("value", [np.nan, -1.0])
def test_measurements_that_are_no_numbers_are_refused(name: str, value: float) -> None:
    spoiled = np.where(np.arange(SURFACE.size).reshape(SURFACE.shape) == 7, value, SURFACE)
    given: dict[str, Any] = {"rate_surface": SURFACE, "exposure": np.full(SURFACE.shape, 1e4), name: spoiled}
    with pytest.raises(ValueError, match=f"{name} holds a number that is negative or not finite"):
        fit_transfer_template(RS.cell, RATES, **given)


def test_one_point_many_times_is_refused() -> None:
    rates = np.tile([4.0, 8.0], (50, 1))
    with pytest.raises(ValueError, match="hold 1 different inputs"):
        fit_transfer_template(RS.cell, rates, RS(rates), exposure=1e4)


def test_a_cell_that_does_not_say_when_it_fires_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cell\.spiking is empty"):
        fit_transfer_template(replace(RS.cell, spiking={}), RATES, SURFACE, exposure=1e4)
