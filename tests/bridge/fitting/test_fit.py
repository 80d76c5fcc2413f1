"""Fits: the planted parameters come back at the stated level, what data leave open gets no number."""

import numpy as np
import pytest
from scipy.stats import binom

from mesobridge.bridge.fitting import Scale, fit_problem, identify, spectrum_problem
from mesobridge.bridge.fitting.free_choice import free_parameters
from mesobridge.bridge.fitting.profile import profile
from mesobridge.bridge.fitting.search import search, walk_down
from mesobridge.bridge.recordings import Spectrum
from mesobridge.meanfield import JansenRit, MontbrioPazoRoxin, WilsonCowan

from .spectra import COLUMN, FIELD, column_problem, drawn_problem, field_problem


def coverage(problem_of, repeats, names, level=0.95):
    """Return how often each planted parameter lies in its profile interval about the nearest minimum."""
    hits = dict.fromkeys(names, 0)
    for seed in range(repeats):
        problem, truth, _ = problem_of(seed)
        best = walk_down(problem, problem.prediction.anchor(truth), truth)
        found = identify(problem, best.anchor, best.end)
        for name in names:
            k = problem.space.place(name)
            ends = profile(problem, best, found, k, level=level)
            low, high = ends.low.coordinate, ends.high.coordinate
            hits[name] += (low is None or low <= truth[k]) and (high is None or truth[k] <= high)
    return hits


def check_coverage(hits, repeats, level=0.95):
    for name, hit in hits.items():
        low, high = binom.ppf([0.001, 0.999], repeats, level)
        assert low <= hit <= high, f"{name}: {hit} of {repeats}"


@pytest.mark.slow
def test_planted_parameters_of_a_column_are_covered_at_the_stated_level():
    check_coverage(coverage(column_problem, 40, ("A", "a")), 40)


def test_intervals_a_third_as_wide_would_be_noticed():
    hits = coverage(column_problem, 25, ("a",), level=0.48)["a"]
    assert hits < binom.ppf(0.001, 25, 0.95)


@pytest.mark.slow
def test_planted_parameters_of_the_corticothalamic_field_are_covered():
    names = ("nu_ee", "nu_se", "nu_sr", "alpha", "t0", "scale")
    check_coverage(coverage(field_problem, 60, names), 60)


@pytest.mark.slow
def test_many_spectra_of_a_column_are_covered_closely():
    check_coverage(coverage(column_problem, 400, ("A", "a", "scale")), 400)


def test_a_published_eyes_closed_spectrum_is_fitted_back_from_afar():
    problem, truth, _ = field_problem(seed=4, degrees=400.0)
    far = problem.space.coordinates(
        problem.space.named(truth) | {"nu_se": 0.0008, "nu_sr": -0.0009, "alpha": 70.0, "t0": 0.095}
    )
    found = fit_problem(problem, far, starts=8, seed=2)
    assert found.search.agreeing >= 2
    assert found.goodness > 0.01
    for name, value in problem.space.named(truth).items():
        assert found[name].covers(value), name
    assert found["t0"].value == pytest.approx(FIELD.t0, rel=0.03)
    fitted = FIELD.with_changed(**{p.name: p.best for p in found.parameters if p.name != "scale"})
    fine = np.arange(8.0, 12.0, 0.01)
    peak = fine[np.argmax(fitted.power_spectrum(fine))]
    assert peak == pytest.approx(9.64, abs=0.1)  # published: 9.64 Hz


def test_the_alpha_rhythm_of_a_column_is_fitted_back():
    column = COLUMN.with_changed(p=330.0)
    frequency = np.arange(2.0, 41.0, 0.5)
    power = column.power_spectrum(frequency)
    measured = power * np.random.default_rng(6).chisquare(200.0, power.size) / 200.0
    spectrum = Spectrum(frequency=frequency, power=measured, degrees=200.0)
    problem, first = spectrum_problem(spectrum, column.with_changed(a=105.0, b=52.0), "jansen_rit", ["a", "b"])
    found = fit_problem(problem, first, starts=4)
    assert found["a"].covers(100.0)
    assert found["b"].covers(50.0)
    assert (found["a"].standard_error or 99.0) < 5
    peak = frequency[np.argmax(found.predicted)]
    assert 9 < peak < 12.5


def test_what_the_data_leave_open_gets_no_number_but_a_sentence():
    # A spectrum knows the input only by the steady state, and the product of noise and gain not apart.
    problem, _, first = column_problem(1, free=("A", "B", "a", "b"), degrees=20.0)
    found = fit_problem(problem, first, starts=1)
    open_ones = [item for item in found.parameters if not item.determined]
    assert open_ones
    assert found.identifiability.degenerate
    for item in open_ones:
        assert None in item.interval
        assert item.standard_error is None
        assert "open" in item.sentence or "do not determine" in item.sentence


def test_a_direction_without_any_trace_is_found_and_named():
    # Only the products of C and the four fractions enter: C up, all of them down, leaves no trace.
    problem, truth, _ = column_problem(2, free=("C", "C1", "C2", "C3", "C4"))
    found = identify(problem, problem.prediction.anchor(truth), truth)
    along = np.array([1.0, -1.0, -1.0, -1.0, -1.0, 0.0])
    across = np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0])
    assert along @ found.information @ along < 1e-12 * (across @ found.information @ across)
    assert found.degenerate
    for direction in found.degenerate:
        assert "leave open" in direction.sentence
        assert "rises" in direction.sentence
        assert "falls" in direction.sentence
    assert not any("leave open" in direction.sentence for direction in found.directions if direction.determined)


def test_identifiability_matches_the_information_of_the_deviance():
    problem, truth, _ = column_problem(3)
    anchor = problem.prediction.anchor(truth)
    found = identify(problem, anchor, truth)
    draws = np.random.default_rng(1)
    predicted = problem.prediction.predict(anchor, truth[None])[0]
    step, curvatures = 1e-3, []
    for _ in range(200):
        drawn = problem.with_data(problem.likelihood.draw(predicted, draws))
        points = truth + step * np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0]])
        middle, up, down = drawn.deviance(anchor, points)
        curvatures.append((up + down - 2 * middle) / (2 * step**2))
    mean, error = np.mean(curvatures), np.std(curvatures) / np.sqrt(200)
    assert found.information[0, 0] == pytest.approx(mean, abs=4 * error)


def test_the_history_of_every_walk_is_kept():
    problem, _, first = column_problem(4)
    found = search(problem, first, starts=4, seed=1)
    for walk in found.walks:
        assert len(walk.points) == len(walk.deviances) > 1
        assert np.nanmin(walk.deviances) == pytest.approx(walk.deviance, abs=1e-6)
    deviances = [walk.deviance for walk in found.walks]
    assert deviances == sorted(deviances)


def test_the_same_seed_gives_the_same_fit_and_another_one_other_starts():
    problem, _, first = column_problem(5)
    one, same, other = (search(problem, first, starts=4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.best.end, same.best.end)
    assert not np.array_equal(one.walks[-1].start, other.walks[-1].start)
    assert other.best.deviance == pytest.approx(one.best.deviance, abs=1e-3)


def test_a_wrong_model_is_said_not_to_describe_the_data():
    frequency = np.arange(2.0, 41.0, 0.5)
    power = 1 / (1 + ((frequency - 30) / 2) ** 2)
    measured = power * np.random.default_rng(7).chisquare(400.0, power.size) / 400.0
    spectrum = Spectrum(frequency=frequency, power=measured, degrees=400.0)
    problem, first = spectrum_problem(spectrum, COLUMN, "jansen_rit", ["A", "a"])
    found = fit_problem(problem, first, starts=2)
    assert found.goodness < 1e-6
    assert any("does not describe the data" in warning for warning in found.warnings)


def bistable_problem():
    """Return the problem of a spectrum drawn from the upper one of two stable states of a population."""
    population, frequency = MontbrioPazoRoxin.published(), np.geomspace(0.05, 3.0, 40)
    power = population.power_spectrum(frequency, population.fixed_points()[2].state)
    measured = power * np.random.default_rng(8).chisquare(100.0, power.size) / 100.0
    spectrum = Spectrum(frequency=frequency, power=measured, degrees=100.0)
    return spectrum_problem(spectrum, population, "montbrio_pazo_roxin", {"tau": (0.5, 2.0)})


def test_another_stable_branch_that_fits_better_is_named():
    problem, first = bistable_problem()
    lowest = fit_problem(problem, first, starts=1)
    assert [other.branch for other in lowest.others] == [2]
    assert any("number 2, fits better" in warning for warning in lowest.warnings)
    upper = fit_problem(problem, first, starts=1, branch=2)
    assert upper["tau"].covers(1.0)
    assert upper.goodness > 1e-3
    assert not any("fits better" in warning for warning in upper.warnings)


def test_a_share_is_searched_by_its_logit():
    (found,) = free_parameters(WilsonCowan.published(), "wilson_cowan", "spectrum", {"r_e": (0.1, 0.9)})
    assert found.scale is Scale.LOGIT


def test_a_second_solution_that_fits_as_well_is_in_the_interval_and_named():
    """A logistic has the same slope on both sides of its middle: a column beyond it has a twin with larger PSPs."""
    model = JansenRit.published(p=600.0)
    free = {"A": (0.2 * model.A, 5 * model.A), "a": (0.5 * model.a, 2 * model.a)}
    problem, _, first = drawn_problem(model, "jansen_rit", np.arange(1.0, 41.0), 1, 120.0, free)
    found = fit_problem(problem, first, starts=16, seed=1)
    assert abs(found["A"].best / model.A - 1) > 0.5, "the search ended at the truth: there is no twin to name"
    assert found["A"].covers(model.A)
    assert found["A"].covers(found["A"].best)
    assert found["A"].standard_error is None
    assert any("Another solution fits as well" in warning for warning in found.warnings)
    assert len(found.rivals) == 1
    apart = found.profiles[0]
    assert np.sum(np.isnan(apart.deviances)) == 1, "a line drawn through both valleys would say what nobody looked at"
    assert np.all(np.diff(apart.points) > 0)
    alone, _, first = drawn_problem(
        model, "jansen_rit", np.arange(1.0, 41.0), 1, 120.0, free | {"A": (0.5 * model.A, 1.5 * model.A)}
    )
    one = fit_problem(alone, first, starts=8, seed=1)
    assert one["A"].covers(model.A)
    assert one["A"].standard_error is not None
    assert not any("Another solution" in warning for warning in one.warnings)
