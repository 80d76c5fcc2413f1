"""Mixtures of predicted levers: what theory says of two levers at once is inside the set, and not by chance."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

from mesobridge.bridge.inverse import ErrorBudget, InverseProblem, MixtureResponse, Observation, predicted_response
from mesobridge.bridge.inverse.predicted_response import LINEAR
from mesobridge.bridge.prediction import default_levels, predict_features
from mesobridge.spiking import MECHANISMS, POPULATIONS, Population

LEVERS = {
    "ampa_density": (0.7, 1.4),
    "calcium_depolarization": (-0.003, 0.003),
    "threshold_shift": (-0.004, 0.004),
    "threshold_spread": (0.002, 0.004),
}
FEATURES = ("v50", "width", "skew", "area", "operating_v", "operating_rate", "gain")


@pytest.fixture(scope="module")
def cells() -> Population:
    return replace(POPULATIONS["escape_rate"](), current=1e-10)  # 5 Hz


@pytest.fixture(scope="module")
def response(cells: Population) -> MixtureResponse:
    return predicted_response(cells, LEVERS, FEATURES, relative_error=0.0)


def truth(cells: Population, amounts: dict[str, float]) -> np.ndarray:
    """Change of the features under all levers at once, by prediction."""
    changed = cells
    for name, amount in amounts.items():
        changed = MECHANISMS[name].apply(changed, amount)
    levels = default_levels(cells, "current")
    base, now = (predict_features(p, levels=levels) for p in (cells, changed))
    return np.array([now[f] - base[f] if f in LINEAR else np.log(now[f] / base[f]) for f in FEATURES])


def planted(response: MixtureResponse, cells: Population, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(3)
    low, high = response.bounds.T
    made = []
    for _ in range(count):
        doses = rng.uniform(low, high) * (rng.random(low.size) < 0.6)
        made.append(
            (doses, truth(cells, {a.mechanism: a.amount(d) for a, d in zip(response.axes, doses, strict=True)}))
        )
    return made


def covered(response: MixtureResponse, mixtures: list[tuple[np.ndarray, np.ndarray]], error: np.ndarray) -> np.ndarray:
    """Share of 400 noisy observations of each mixture whose set holds it."""
    rng = np.random.default_rng(5)
    rates = []
    for doses, change in mixtures:
        mean, covariance = response.evaluate(doses[None])
        rest = change + error * rng.standard_normal((400, error.size)) - mean[0]
        whole = covariance[0] + np.diag(error**2)
        discrepancy = np.einsum("nf,nf->n", rest, np.linalg.solve(whole, rest.T).T)
        rates.append(np.mean(discrepancy <= chi2(error.size).ppf(0.95)))
    return np.array(rates)


def test_planted_mixtures_are_inside_and_a_straight_superposition_would_lose_them(cells, response):
    mixtures = planted(response, cells, 12)
    assert sum(np.count_nonzero(doses) >= 2 for doses, _ in mixtures) > 5
    usual = np.array([3e-4, 0.03, 0.02, 0.03, 3e-4, 0.05, 0.08])
    assert covered(response, mixtures, usual).min() > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)
    sharp = usual / 10
    assert covered(response, mixtures, sharp).mean() > 0.93
    straight = replace(response, interactions=(), floor=np.zeros(len(FEATURES)), budget=ErrorBudget.exact())
    lost = covered(straight, mixtures, sharp)
    assert lost.mean() < 0.6, "linear superposition that ignores its error is wrong"


def test_unknown_interactions_are_covered_by_their_budget(cells):
    alone = predicted_response(cells, LEVERS, FEATURES, relative_error=0.0, interactions=False)
    sharp = np.array([3e-5, 0.003, 0.002, 0.003, 3e-5, 0.005, 0.008])
    assert covered(alone, planted(alone, cells, 12), sharp).mean() > 0.9


def test_a_mixture_that_the_data_exclude_is_outside(cells, response):
    change = truth(cells, {"threshold_shift": -0.003})
    error = np.array([3e-4, 0.03, 0.02, 0.03, 3e-4, 0.05, 0.08])
    seen = Observation(features=FEATURES, change=change, covariance=np.diag(error**2))
    asked = InverseProblem(response=response, observation=seen)
    inside, outside = np.array([[0, 0, -0.75, 0.0]]), np.array([[0, 0.75, 0, 0.0], [0.5, 0, 0, 0], [0, 0, 0.75, 0]])
    assert asked.explains(inside)[0]
    assert not asked.explains(outside).any()


def test_without_the_potential_a_depolarisation_looks_like_a_lower_threshold(cells, response):
    """Only a recording of the potential separates the two (the potential's zero is not known otherwise)."""
    rates = ("width", "area", "operating_rate", "gain")
    change = truth(cells, {"threshold_shift": -0.002})
    error = np.array([3e-4, 0.03, 0.02, 0.03, 3e-4, 0.05, 0.08])
    seen = Observation(features=FEATURES, change=change, covariance=np.diag(error**2))
    blind = InverseProblem(response=response, observation=seen.of_features(rates))
    doses = np.stack([np.zeros(41), np.linspace(0, 1, 41), np.zeros(41), np.zeros(41)], 1)
    assert blind.explains(doses).any()
    assert not InverseProblem(response=response, observation=seen).explains(doses).any()


@pytest.mark.slow
def test_planted_mixtures_of_conductance_cells_are_inside():
    cells = POPULATIONS["e1"]()
    levers = {"ampa_density": (0.7, 1.4), "gaba_a_density": (0.7, 1.4), "threshold_shift": (-0.004, 0.004)}
    found = predicted_response(cells, levers, FEATURES, relative_error=0.02)
    mixtures = []
    levels = default_levels(cells, "current")
    cap = cells.cell.threshold + 0.020
    base = predict_features(cells, levels=levels, v_cap=cap)
    for amounts in ((1.3, 0.8, 0.0), (0.8, 1.3, -0.003), (1.4, 1.2, 0.002), (0.75, 0.75, 0.0)):
        changed = cells
        for (name, _), amount in zip(levers.items(), amounts, strict=True):
            changed = MECHANISMS[name].apply(changed, amount)
        now = predict_features(changed, levels=levels, v_cap=cap)
        change = np.array([now[f] - base[f] if f in LINEAR else np.log(now[f] / base[f]) for f in FEATURES])
        mixtures.append((np.array([a.dose(x) for a, x in zip(found.axes, amounts, strict=True)]), change))
    rates = covered(found, mixtures, np.array([1e-4, 0.01, 0.01, 0.01, 1e-4, 0.02, 0.03]))
    assert rates.min() > 0.9, rates
