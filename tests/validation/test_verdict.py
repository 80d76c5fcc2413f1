"""The judge is judged: error rates of each verdict on planted truths."""

import numpy as np
import pytest

from mesobridge.validation.margins import read_margins
from mesobridge.validation.verdict import Measurement, direction, equivalence, sign_of

RNG = np.random.default_rng(1)
REPEATS = 4000
ALLOWED = 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPEATS)


def verdicts(judge, truth, dof=9):
    """Verdicts on a normal mean measured by dof + 1 replicates of unit-error mean."""
    found = []
    for sample in truth + np.sqrt(dof + 1) * RNG.standard_normal((REPEATS, dof + 1)):
        error = sample.std(ddof=1) / np.sqrt(dof + 1)
        found.append(judge(Measurement(value=sample.mean(), standard_error=error, degrees_of_freedom=dof)))
    return np.array(found)


@pytest.mark.parametrize("margin", [1.0, 3.0, 6.0])
def test_a_difference_at_the_margin_is_called_equivalent_at_most_at_the_stated_rate(margin):
    found = verdicts(lambda m: equivalence(m, margin), margin)
    assert np.mean(found == "holds") <= ALLOWED
    assert np.mean(found == "fails") <= ALLOWED


def test_no_difference_is_found_equivalent_when_the_error_allows_it():
    assert np.mean(verdicts(lambda m: equivalence(m, 6.0), 0.0) == "holds") > 0.95
    assert np.mean(verdicts(lambda m: equivalence(m, 0.5), 0.0) == "holds") < ALLOWED  # too noisy to say


def test_direction_of_nothing_is_rarely_claimed_and_of_something_found():
    assert np.mean(verdicts(lambda m: direction(m, "+", 0.1), 0.0) == "holds") <= ALLOWED
    assert np.mean(verdicts(lambda m: direction(m, "+", 0.1), 6.0) == "holds") > 0.99
    assert np.mean(verdicts(lambda m: direction(m, "-", 0.1), 6.0) == "fails") > 0.99
    assert np.mean(verdicts(lambda m: direction(m, "+", 5.0), 0.0) == "fails") > 0.95


def test_signs():
    sharp = {"standard_error": 0.01, "degrees_of_freedom": 9}
    assert [sign_of(Measurement(value=v, **sharp), 0.5) for v in (1.0, -1.0, 0.1)] == ["+", "-", "0"]
    assert sign_of(Measurement(value=0.1, standard_error=1.0), 0.5) == "?"


def test_a_margin_of_nothing_is_refused():
    with pytest.raises(ValueError, match="must be above 0"):
        equivalence(Measurement(value=0.0, standard_error=1.0), 0.0)


def test_every_feature_has_a_margin_fixed_in_the_data_file():
    margins = read_margins()
    assert margins.floor.keys() == margins.fraction.keys()
    assert len(margins.floor) == 20
    assert margins.unchanged("q_max", 100.0) == 5.0
    assert margins.prediction("v50", -0.05, 0.004) == pytest.approx(0.0015)
