"""Planted sigmoids come back with nominal coverage, wrong families are rejected, bad tables refused."""

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.estimate import FEATURE_UNITS, EstimateRefused
from mesobridge.bridge.rate_table import rate_table
from mesobridge.bridge.sigmoid_fit import fit_sigmoid
from mesobridge.meanfield.sigmoids import (
    ExGaussianSigmoid,
    GaussianSigmoid,
    LogisticSigmoid,
    RefractorySigmoid,
    RichardsSigmoid,
    capped,
)

from ..planted import PlantedCells, draw_poisson_table, draw_steady

LEVELS = np.linspace(-0.064, -0.036, 16)
SKEWED = ExGaussianSigmoid(q_max=100, theta=-0.055, sigma=0.0025, kappa=0.005)
WATCHED = ("q_max", "theta", "sigma", "kappa", "v50", "width", "skew")


def _coverage(cells: PlantedCells, repeats: int, n: int = 100) -> dict[str, float]:
    sigmoid = cells.sigmoid(n)
    truth = sigmoid.features() | sigmoid.parameters()
    hits = dict.fromkeys(WATCHED, 0)
    for seed in range(repeats):
        table = rate_table(draw_steady(cells, LEVELS, n=n, duration=1.0, dt=5e-3, seed=seed))
        estimate = fit_sigmoid(table, family="exgaussian", q_max="fitted")
        for name in WATCHED:
            hits[name] += (estimate.features | estimate.parameters)[name].covers(truth[name])
    return {name: hit / repeats for name, hit in hits.items()}


@pytest.mark.slow
def test_planted_population_is_covered_at_the_nominal_rate():
    coverage = _coverage(PlantedCells(), 200)
    assert set(coverage) == set(WATCHED)
    for name, share in coverage.items():
        assert 0.90 <= share <= 0.99, (name, share)


@pytest.mark.slow
@pytest.mark.parametrize("kappa", [0.0015, 0.004, 0.008])
def test_planted_populations_of_any_skew_are_covered(kappa):
    coverage = _coverage(PlantedCells(kappa=kappa), 400)
    for name, share in coverage.items():
        assert 0.92 <= share <= 0.985, (name, share)


@pytest.fixture(scope="module")
def skewed_table():
    return draw_poisson_table(SKEWED, np.linspace(-0.066, -0.030, 24), 800.0, 1)


def test_estimates_have_the_agreed_names_units_and_objects(skewed_table):
    estimate = fit_sigmoid(skewed_table)
    assert estimate.family == "exgaussian"
    assert isinstance(estimate.sigmoid, ExGaussianSigmoid)
    assert set(estimate.features) == {"q_max", "v10", "v50", "v90", "max_slope", "v_max_slope", "width", "skew"}
    assert all(e.unit == FEATURE_UNITS[name] for name, e in estimate.features.items())
    assert estimate.covariance.shape == (4, 4)
    assert not estimate.extrapolated
    for name, value in estimate.sigmoid.features().items():
        assert estimate.features[name].value == pytest.approx(value, rel=2e-3, abs=1e-5)
    gain, rate = estimate.gain(-0.052), estimate.rate(-0.052)
    assert abs(gain.value - SKEWED.gain(-0.052)) < 4 * gain.standard_error
    assert abs(rate.value - SKEWED(-0.052)) < 4 * rate.standard_error
    assert gain.unit == "Hz/V"


def test_a_wrong_family_is_rejected_and_the_right_one_is_not(skewed_table):
    criteria = fit_sigmoid(skewed_table).criteria
    assert criteria["logistic"].rejected
    assert criteria["gaussian"].rejected
    assert not criteria["exgaussian"].rejected
    assert criteria["logistic"].qaicc > criteria["exgaussian"].qaicc + 10
    assert criteria["logistic"].held_out > criteria["exgaussian"].held_out
    told = fit_sigmoid(skewed_table, family="logistic")
    assert any("reject" in sentence for sentence in told.warnings)
    assert (
        told.features["v50"].standard_error
        > fit_sigmoid(skewed_table, family="exgaussian").features["v50"].standard_error
    )


@pytest.mark.parametrize(
    "truth",
    [
        LogisticSigmoid(q_max=80, theta=-0.052, sigma=0.0018),
        GaussianSigmoid(q_max=80, theta=-0.052, sigma=0.003),
        ExGaussianSigmoid(q_max=80, theta=-0.048, sigma=0.002, kappa=-0.004),
        RichardsSigmoid(q_max=80, theta=-0.054, sigma=0.002, nu=0.2),
    ],
)
def test_every_family_recovers_itself(truth):
    table = draw_poisson_table(truth, np.linspace(-0.066, -0.036, 24), 500.0, 4)
    name = {"LogisticSigmoid": "logistic", "GaussianSigmoid": "gaussian", "ExGaussianSigmoid": "exgaussian"}.get(
        type(truth).__name__, "richards"
    )
    assert name in ("logistic", "gaussian", "exgaussian", "richards")
    estimate = fit_sigmoid(table, family=name, q_max="fitted")
    assert not estimate.criteria[name].rejected
    for key, value in truth.parameters().items():
        found = estimate.parameters[key]
        assert abs(found.value - value) < 4.5 * found.standard_error, key
        assert found.standard_error > 0


def test_the_refractory_family_recovers_its_thresholds_and_wins_when_its_constants_are_given():
    truth = RefractorySigmoid(theta=-0.052, sigma=0.002, tau_m=5e-3, tau_ref=5e-3, reset_distance=2e-3)
    table = draw_poisson_table(truth, np.linspace(-0.062, -0.030, 24), 1000.0, 2)
    estimate = fit_sigmoid(table, refractory_period=5e-3, membrane_time_constant=5e-3, reset_distance=2e-3)
    assert estimate.family == "refractory"
    assert abs(estimate.parameters["theta"].value + 0.052) < 4 * estimate.parameters["theta"].standard_error
    assert estimate.criteria["exgaussian"].rejected


def test_definitions_of_q_max_are_kept_and_low_rates_are_flagged():
    low = draw_poisson_table(SKEWED, np.linspace(-0.066, -0.0525, 16), 2000.0, 3)
    auto, fitted = fit_sigmoid(low), fit_sigmoid(low, q_max="fitted")
    assert auto.q_max_definition == "at_cap"
    assert auto.v_cap == pytest.approx(-0.0525)
    truth = capped(SKEWED, -0.0525).features()
    for name in ("q_max", "v10", "v50", "v90"):
        assert abs(auto.features[name].value - truth[name]) < 4 * auto.features[name].standard_error, name
    assert fitted.extrapolated
    assert any("extrapolated" in sentence for sentence in fitted.warnings)
    assert fitted.features["q_max"].covers(100.0)
    known = fit_sigmoid(low, q_max="refractory", refractory_period=0.010)
    assert known.features["q_max"].value == pytest.approx(100.0)
    assert known.features["v50"].standard_error < 0.5 * fitted.features["v50"].standard_error
    with pytest.raises(ValueError, match="refractory_period"):
        fit_sigmoid(low, q_max="refractory")


def test_profile_and_wald_intervals_agree_where_the_data_are_rich(skewed_table):
    profile = fit_sigmoid(skewed_table, family="exgaussian")
    wald = fit_sigmoid(skewed_table, family="exgaussian", intervals="wald")
    assert profile.warnings == ()
    for name, estimate in profile.features.items():
        width = wald.features[name].interval[1] - wald.features[name].interval[0]
        np.testing.assert_allclose(estimate.interval, wald.features[name].interval, atol=0.06 * width, err_msg=name)


def test_a_curve_of_no_family_is_kept_as_a_monotone_smooth():
    def two_steps(v):
        return GaussianSigmoid(q_max=40, theta=-0.058, sigma=0.001)(v) + GaussianSigmoid(
            q_max=60, theta=-0.046, sigma=0.001
        )(v)

    v = np.linspace(-0.064, -0.040, 40)
    estimate = fit_sigmoid(draw_poisson_table(two_steps, v, 800.0, 6))
    assert all(c.rejected for c in estimate.criteria.values())
    assert estimate.family == "tabulated"
    assert estimate.q_max_definition == "at_cap"
    residual = (estimate.sigmoid(v) - two_steps(v)) / np.sqrt(two_steps(v) / 800.0)
    assert np.sqrt(np.mean(residual**2)) < 1.2
    rate, error = estimate.rate_band(v)
    assert np.mean(np.abs(rate - two_steps(v)) < 3 * error + 1e-3) > 0.9


def test_the_smooth_covers_the_features_of_a_sigmoid():
    truth, v = ExGaussianSigmoid(q_max=100, theta=-0.055, sigma=0.003, kappa=0.004), np.linspace(-0.066, -0.038, 16)
    expected = capped(truth, v[-1]).features()
    errors = []
    for seed in range(12):
        features = fit_sigmoid(draw_poisson_table(truth, v, 400.0, seed), family="tabulated").features
        errors += [
            (features[n].value - expected[n]) / features[n].standard_error for n in ("q_max", "v50", "v90", "skew")
        ]
    assert np.mean(np.abs(errors) < 2) > 0.85


def test_the_error_of_the_potential_is_carried():
    noisy = draw_poisson_table(SKEWED, np.linspace(-0.066, -0.030, 24), 5000.0, 1)
    noisy["v_free_se"] = noisy["v_free_se"] + 2e-4
    exact = fit_sigmoid(
        draw_poisson_table(SKEWED, np.linspace(-0.066, -0.030, 24), 5000.0, 1), family="exgaussian", intervals="wald"
    )
    carried = fit_sigmoid(noisy, family="exgaussian", intervals="wald")
    assert carried.features["v50"].standard_error > 1.5 * exact.features["v50"].standard_error


def _changed(table: xr.Dataset, **columns) -> xr.Dataset:
    return table.assign({name: ("level", values) for name, values in columns.items()})


def test_a_folded_axis_is_refused(skewed_table):
    folded = np.where(np.arange(24) < 16, skewed_table["v_free"], skewed_table["v_free"][::-1] - 0.002)
    with pytest.raises(EstimateRefused, match="Folded") as refused:
        fit_sigmoid(_changed(skewed_table, v_free=folded))
    assert refused.value.estimate is not None


def test_a_drive_that_hyperpolarises_is_not_folded(skewed_table):
    estimate = fit_sigmoid(
        _changed(skewed_table, drive=-skewed_table["drive"].values), family="exgaussian", intervals="wald"
    )
    assert estimate.features["q_max"].value == pytest.approx(100, rel=0.02)


def test_a_drifting_population_is_refused():
    recording = draw_steady(PlantedCells(), LEVELS, n=100, duration=1.0, dt=5e-3, seed=1, trend=0.4)
    with pytest.raises(EstimateRefused, match="Not stationary"):
        fit_sigmoid(rate_table(recording))


def test_silence_plateau_and_too_few_levels_are_refused():
    with pytest.raises(EstimateRefused, match="Too few spikes"):
        fit_sigmoid(draw_poisson_table(SKEWED, np.linspace(-0.08, -0.07, 10), 10.0, 0))
    with pytest.raises(EstimateRefused, match="Saturated"):
        fit_sigmoid(draw_poisson_table(SKEWED, np.linspace(-0.045, -0.02, 10), 100.0, 0))
    with pytest.raises(EstimateRefused, match="Too few levels"):
        fit_sigmoid(draw_poisson_table(SKEWED, np.array([-0.08, -0.079, -0.052, -0.051, -0.02]), 100.0, 0))
