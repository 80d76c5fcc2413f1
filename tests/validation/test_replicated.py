"""The jackknife error equals the known one, and pairing removes what both conditions share."""

import numpy as np
import pytest

from mesobridge.validation.replicated import Replicated, contrast, weighted

from .replicates import planted

GROUPS = 10
RNG = np.random.default_rng(5)


def replicated(samples, statistic=np.mean):
    """Features of samples (cells,), cells dealt to groups by index."""
    index = np.arange(samples.size) % GROUPS
    parts = tuple({"x": float(statistic(samples[index != g]))} for g in range(GROUPS))
    return Replicated(whole={"x": float(statistic(samples))}, left_out=parts)


def test_the_interval_of_a_nonlinear_statistic_covers_at_the_stated_rate():
    covered = []
    for _ in range(600):
        found = replicated(RNG.normal(2.0, 1.0, 400), lambda s: np.log(np.mean(s))).measure("x")
        assert found is not None
        low, high = found.interval()
        covered.append(low < np.log(2.0) < high)
    assert np.mean(covered) == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 600))


def test_a_shared_error_cancels_in_the_change():
    shared = RNG.normal(0, 1, 400)
    base, changed = replicated(shared), replicated(shared + 0.3 + RNG.normal(0, 0.1, 400))
    change = changed.change_from(base, "x")
    alone = base.measure("x")
    assert change is not None
    assert alone is not None
    assert change.standard_error < 0.3 * alone.standard_error
    assert abs(change.value - 0.3) < 4 * change.standard_error


def test_what_cannot_be_estimated_everywhere_has_no_error_and_is_no_number():
    missing = Replicated(whole={"x": 1.0}, left_out=({"x": 1.0}, {}, {"x": 1.1}, {"x": 0.9}))
    assert missing.measure("x") is None
    assert missing.measure("y") is None
    negative = Replicated(whole={"x": -1.0}, left_out=missing.left_out)
    assert negative.log_ratio_to(missing, "x") is None


def test_a_condition_that_was_refused_has_no_change_either_way():
    refused, base = Replicated(whole={}, left_out=()), replicated(RNG.normal(2, 1, 100))
    for one, other in ((refused, base), (base, refused)):
        assert one.change_from(other, "x") is None
        assert one.log_ratio_to(other, "x") is None


def test_conditions_with_different_groups_are_not_paired():
    base = replicated(RNG.normal(2, 1, 100))
    fewer = Replicated(whole=base.whole, left_out=base.left_out[:-1])
    with pytest.raises(ValueError, match="zip"):
        fewer.change_from(base, "x")


def test_a_contrast_takes_what_all_groups_share_out_of_its_error():
    four = planted([12.0, 11.0, 10.0, 8.0], 0.01, np.random.default_rng(4), common=1.0)
    found = contrast(list(zip((1.0, -1.0, -1.0, 1.0), four, strict=True)), "gain")
    assert found is not None
    assert found.value == pytest.approx(-1.0, abs=0.1)
    assert found.standard_error < 0.05
    alone = four[0].measure("gain")
    assert alone is not None
    assert alone.standard_error > 0.3


def test_a_contrast_of_logarithms_is_that_of_ratios():
    a, b = planted([12.0, 8.0], 0.05, np.random.default_rng(4))
    found, known = contrast([(1.0, a), (-1.0, b)], "gain", "log"), a.log_ratio_to(b, "gain")
    assert found is not None
    assert known is not None
    assert found.value == pytest.approx(known.value)
    assert found.standard_error == pytest.approx(known.standard_error)


def test_sizes_below_zero_have_a_logarithm_if_all_share_the_sign():
    assert weighted((1.0, -1.0), (-2.0, -1.0), "log") == pytest.approx(np.log(2))
    assert weighted((1.0, -1.0), (-2.0, 1.0), "log") is None
    assert weighted((1.0, -1.0), (None, 1.0), "linear") is None
    assert weighted((1.0, -1.0), (3.0, 1.0), "linear") == 2.0
