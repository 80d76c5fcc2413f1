"""Laws of the error: deviances as printed, slopes by differences, and chances that are uniform at the truth."""

import numpy as np
import pytest
from scipy.stats import gamma, kstest, norm, poisson

from mesobridge.bridge.fitting import GammaLikelihood, GaussianLikelihood, PoissonLikelihood
from mesobridge.bridge.fitting.likelihood import expected_terms, goodness

RANDOM = np.random.default_rng(1)
PREDICTED = np.array([0.5, 1.0, 2.0, 5.0, 9.0])
LAWS = [
    GammaLikelihood(np.array([0.6, 0.7, 2.2, 9.0, 8.0]), np.full(5, 12.0)),
    GaussianLikelihood(np.array([0.6, 0.7, 2.2, 9.0, 8.0]), np.array([0.1, 0.2, 0.3, 0.4, 0.5])),
    PoissonLikelihood(np.array([6.0, 0.0, 22.0, 66.0, 80.0]), np.full(5, 10.0)),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_residuals_square_to_the_deviance_and_their_slopes_are_those_of_differences(law):
    residuals, slopes = law.residuals(PREDICTED)
    np.testing.assert_allclose(residuals**2, law.terms(PREDICTED), rtol=1e-12, atol=1e-14)
    step = 1e-6 * PREDICTED
    numeric = (law.residuals(PREDICTED + step)[0] - law.residuals(PREDICTED - step)[0]) / (2 * step)
    np.testing.assert_allclose(slopes, numeric, rtol=2e-5)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_information_is_the_squared_slope_of_the_residual_at_a_perfect_fit(law):
    measured = law.measured if hasattr(law, "measured") else np.maximum(law.count, 1.0) / law.exposure
    if hasattr(law, "count"):
        law = PoissonLikelihood(np.maximum(law.count, 1.0), law.exposure)
    np.testing.assert_allclose(law.residuals(measured)[1] ** 2, law.information(measured), rtol=1e-6)


def test_deviances_are_those_of_the_densities_as_printed():
    spectrum, values, counts = LAWS
    k = spectrum.degrees / 2
    chances = [gamma.logpdf(spectrum.measured, k, scale=scale / k) for scale in (PREDICTED, spectrum.measured)]
    np.testing.assert_allclose(spectrum.terms(PREDICTED), -2 * (chances[0] - chances[1]), rtol=1e-10, atol=1e-12)
    chances = [norm.logpdf(values.measured, mean, values.standard_error) for mean in (PREDICTED, values.measured)]
    np.testing.assert_allclose(values.terms(PREDICTED), -2 * (chances[0] - chances[1]), rtol=1e-10, atol=1e-12)
    expected = [poisson.logpmf(counts.count, mean) for mean in (10 * PREDICTED, np.maximum(counts.count, 1e-300))]
    np.testing.assert_allclose(counts.terms(PREDICTED), -2 * (expected[0] - expected[1]), rtol=1e-9, atol=1e-12)


def test_expected_deviance_terms_of_few_degrees_of_freedom_are_met_by_drawing():
    law = GammaLikelihood(np.ones(200_000), np.full(200_000, 4.0)).draw(np.ones(200_000), np.random.default_rng(2))
    terms = law.terms(np.ones(law.size))
    mean, variance = (values[0] for values in expected_terms(law))
    assert mean > 1.05
    assert terms.mean() == pytest.approx(mean, abs=4 * np.sqrt(variance / law.size))
    assert terms.var() == pytest.approx(variance, rel=0.03)


@pytest.mark.parametrize("degrees", [4.0, 60.0])
def test_the_chance_of_a_misfit_is_uniform_at_the_truth(degrees):
    random = np.random.default_rng(3)
    law = GammaLikelihood(np.ones(60), np.full(60, degrees))
    chances = [goodness(law.draw(np.ones(60), random), np.ones(60), 0) for _ in range(400)]
    assert kstest(chances, "uniform").pvalue > 1e-3
    assert goodness(law.draw(np.ones(60), random), 3 * np.ones(60), 0) < 1e-4
