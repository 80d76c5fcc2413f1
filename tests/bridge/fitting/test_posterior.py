"""Posteriors: right where the answer is known, refused where they have not converged, ranks that are uniform."""

import sys
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.bridge.fitting import (
    FreeParameter,
    GaussianLikelihood,
    ParameterSpace,
    PosteriorRefused,
    Problem,
    Scale,
    identify,
)
from mesobridge.bridge.fitting.fit import _of_valleys
from mesobridge.bridge.fitting.posterior import _reached, r_hat, sample
from mesobridge.bridge.fitting.rank_statistics import RankStatistics, rank_statistics
from mesobridge.bridge.fitting.search import walk_down

from .spectra import column_problem

DESIGN = np.stack([np.ones(12), np.linspace(-1, 1, 12)], axis=1)
SMALL: dict[str, Any] = {"walkers": 16, "ensembles": 2, "burn_in": (60, 20), "block": 300}


@dataclass(frozen=True)
class Line:
    """An exactly solvable prediction: offset and slope, linear in both."""

    wrong: float = 1.0

    def anchor(self, x, branch=0):
        return None

    def moved(self, anchor, x):
        return None

    def branches(self, x):
        return []

    def predict(self, anchor, x):
        return x @ DESIGN.T

    def with_slopes(self, anchor, x):
        return DESIGN @ x, DESIGN

    def matched(self, anchor, x, likelihood):
        return x


@dataclass(frozen=True)
class Shares:
    shares: Any


def line_problem(low=-40.0, high=40.0, error=1.0):
    space = ParameterSpace(tuple(FreeParameter(n, "1", low, high, Scale.LINEAR) for n in ("offset", "slope")))
    data = np.random.default_rng(1).normal(DESIGN @ [1.0, 2.0], 1.0)
    return Problem(space, Line(), GaussianLikelihood(data, np.full(12, error)))


def sampled(problem, x, **settings):
    best = walk_down(problem, problem.prediction.anchor(x), x)
    return best, sample(problem, best, identify(problem, best.anchor, best.end), **(SMALL | settings))


def test_the_posterior_of_a_line_is_the_normal_one():
    pytest.importorskip("emcee")
    problem = line_problem()
    _, found = sampled(problem, np.zeros(2), effective=2000, seed=3)
    covariance = np.linalg.inv(DESIGN.T @ DESIGN)
    likelihood: Any = problem.likelihood
    mean = covariance @ DESIGN.T @ likelihood.measured
    error = np.sqrt(np.diag(covariance) / found.effective)
    assert np.all(found.effective >= 2000)
    assert np.all(found.r_hat < 1.01)
    np.testing.assert_array_less(np.abs(found.draws.mean(axis=0) - mean), 4 * error)
    np.testing.assert_allclose(np.cov(found.draws.T), covariance, atol=0.15 * covariance.max())
    half = 1.96 * np.sqrt(covariance[1, 1])
    np.testing.assert_allclose(found.interval("slope"), [mean[1] - half, mean[1] + half], atol=0.15 * half)


@dataclass(frozen=True)
class Folded(Line):
    """A line whose slope is s for positive s and -3 s for negative s: two valleys, one three times as narrow."""

    def predict(self, anchor, x):
        return self._unfolded(x) @ DESIGN.T

    def with_slopes(self, anchor, x):
        return DESIGN @ self._unfolded(x), DESIGN * [1.0, 1.0 if x[1] > 0 else -3.0]

    @staticmethod
    def _unfolded(x):
        return np.stack([x[..., 0], np.where(x[..., 1] > 0, x[..., 1], -3 * x[..., 1])], axis=-1)


def folded_problem():
    data = np.random.default_rng(1).normal(DESIGN @ [1.0, 15.0], 1.0)
    problem = replace(line_problem(), prediction=Folded())
    return problem.with_data(GaussianLikelihood(data, np.ones(12)))


def test_walkers_start_in_every_valley_and_each_gets_its_share():
    pytest.importorskip("emcee")
    problem = folded_problem()
    best, rival = (walk_down(problem, None, np.array([0.0, slope])) for slope in (9.0, -3.0))
    assert rival.deviance == pytest.approx(best.deviance)
    found = sample(
        problem, best, identify(problem, None, best.end), rivals=(rival,), effective=2000, seed=3, **SMALL
    )  # fmt: skip
    error = np.sqrt(0.25 * 0.75 / found.effective.min())
    assert found.shares == pytest.approx([0.75, 0.25], abs=4 * error)
    low, high = found.interval("slope")
    assert low < -4
    assert high > 14
    alone = sample(problem, best, identify(problem, None, best.end), effective=500, seed=3, **SMALL)
    assert alone.shares == pytest.approx([1.0])
    assert alone.draws[:, 1].min() > 0, "a walker has crossed by itself: the valleys are not apart"


def test_a_solution_that_cannot_be_followed_from_the_best_fit_is_left_out_and_said():
    problem = folded_problem()
    best, rival = (walk_down(problem, None, np.array([0.0, slope])) for slope in (9.0, -3.0))
    assert len(_reached(problem, best, (rival,))) == 1
    assert _reached(problem, best, (replace(rival, deviance=rival.deviance + 1),)) == []
    posterior: Any = Shares(np.array([0.7, 0.3]))
    (shares,) = _of_valleys(posterior, 1)
    assert "70 %, 30 %" in shares
    assert "leaves out 1 solution on another branch" in _of_valleys(posterior, 2)[1]
    assert _of_valleys(Shares(np.ones(1)), 0) == ()  # type: ignore[arg-type]


@pytest.mark.slow
def test_profile_and_posterior_of_a_column_agree():
    pytest.importorskip("emcee")
    problem, truth, _ = column_problem(1, degrees=4000.0)  # so many that the posterior is close to normal
    best, found = sampled(problem, truth, effective=400, seed=1, walkers=24)
    identified = identify(problem, best.anchor, best.end)
    np.testing.assert_allclose(found.draws.std(axis=0), identified.standard_errors, rtol=0.25)
    np.testing.assert_array_less(np.abs(found.draws.mean(axis=0) - best.end), identified.standard_errors)


def test_the_prior_is_flat_in_the_coordinates_wherever_walkers_walk():
    # One datum without information: what is left of the posterior is the prior.
    pytest.importorskip("emcee")
    space = ParameterSpace((FreeParameter("offset", "1", 0.5, 20.0), FreeParameter("slope", "1", 1e-4, 1e4)))
    problem = Problem(space, Line(), GaussianLikelihood(np.zeros(12), np.full(12, 1e6)))
    _, found = sampled(problem, np.array([0.5, 0.5]), effective=1500, seed=5)
    for k in range(2):
        low, high = space.low[k], space.high[k]
        share = (found.draws[:, k] - low) / (high - low)
        assert share.mean() == pytest.approx(0.5, abs=4 * 0.29 / np.sqrt(found.effective[k]))
        assert share.std() == pytest.approx(0.2887, rel=0.08)


def test_an_unconverged_posterior_is_refused_and_says_what_is_missing():
    pytest.importorskip("emcee")
    with pytest.raises(PosteriorRefused, match=r"not converged after \d+ steps: effective samples of offset") as caught:
        sampled(line_problem(), np.zeros(2), effective=1e6, most_steps=300)
    assert caught.value.estimate.effective.shape == (2,)


def test_the_same_seed_gives_the_same_draws():
    pytest.importorskip("emcee")
    one, same, other = (sampled(line_problem(), np.zeros(2), effective=200, seed=seed)[1] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.draws, same.draws)
    assert not np.array_equal(one.draws, other.draws)


def test_a_missing_library_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "emcee", None)
    with pytest.raises(EstimateRefused, match=r'pip install "mesobridge\[posterior\]"'):
        sampled(line_problem(), np.zeros(2), effective=200)


def test_r_hat_is_one_for_equal_chains_and_larger_for_shifted_or_wider_ones():
    chains = np.random.default_rng(2).standard_normal((4, 2000))
    assert r_hat(chains) < 1.01
    shifted, wider = chains.copy(), chains.copy()
    shifted[0] += 1
    wider[0] *= 3
    assert r_hat(shifted) > 1.05
    assert r_hat(wider) > 1.05


def narrow_line():
    space = ParameterSpace(tuple(FreeParameter(n, "1", -2.0, 2.0, Scale.LINEAR) for n in ("offset", "slope")))
    return Problem(space, Line(), GaussianLikelihood(np.zeros(12), np.full(12, 1.5)))


@pytest.mark.slow
def test_truths_rank_uniformly_among_draws_of_their_posteriors():
    pytest.importorskip("emcee")
    found = rank_statistics(narrow_line(), np.zeros(2), repeats=25, draws=19, seed=1, **SMALL)
    assert found.ranks.min() >= 0
    assert found.ranks.max() <= 19
    assert np.all(found.uniformity(4) > 1e-3)


def test_ranks_of_too_narrow_posteriors_are_seen_to_be_uneven():
    ranks = np.random.default_rng(3).choice([0, 1, 18, 19], size=(40, 1))
    assert RankStatistics(("a",), ranks, 19).uniformity(4)[0] < 1e-6


@pytest.mark.slow
def test_truths_of_columns_rank_uniformly():
    pytest.importorskip("emcee")
    problem, truth, _ = column_problem(0, degrees=60.0)
    low, high = np.log([3.0e-3, 90.0]), np.log([3.6e-3, 110.0])
    narrow = tuple(
        FreeParameter(p.name, p.unit, float(np.exp(low[k])), float(np.exp(high[k]))) if k < 2 else p
        for k, p in enumerate(problem.space.parameters)
    )
    scale = FreeParameter("scale", "1", 1.5, 2.6)
    space = ParameterSpace((*narrow[:2], scale))
    planted: Any = problem.prediction
    prediction = replace(planted, family=replace(planted.family, space=space))
    found = rank_statistics(
        Problem(space, prediction, problem.likelihood), truth, repeats=30, draws=19, seed=2, **dict(SMALL, walkers=24)
    )
    assert np.all(found.uniformity(5) > 1e-3)
