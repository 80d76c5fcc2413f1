"""Published numbers that need no network, and wrong theories that the same tolerances reject."""

import numpy as np
import pytest

from mesobridge.meanfield import lif_rate
from mesobridge.validation.cases import CASES, published
from mesobridge.validation.cases.exact import shot_noise_rate

QUICK = ("L1", "L2", "L3")


@pytest.mark.parametrize("identifier", QUICK)
def test_the_published_numbers_are_met(identifier):
    rows = CASES[identifier].run()
    assert len(rows) == len(published()[identifier]["rate_hz"]) >= 3
    assert [row.published for row in rows] == published()[identifier]["rate_hz"]
    assert all(row.agrees for row in rows), [(row.quantity, row.ours, row.published) for row in rows]
    assert min(row.agreeing_digits for row in rows) > 3.8


def test_the_threshold_shift_is_needed_for_filtered_synapses():
    """The formula of white noise must not pass for that of exponential synapses."""
    white, filtered = CASES["L1"].run(), CASES["L2"].run()
    for without, row in zip(white, filtered, strict=True):
        assert abs(without.ours - row.published) > 1e5 * row.tolerance


def test_shot_noise_is_summed_event_by_event():
    """The published Monte Carlo is met within both errors; diffusion with the same mean and variance is not."""
    case = published()["L8"]
    rate, error = shot_noise_rate(cells=1000, seconds=25.0)
    assert error < 0.05
    assert abs(rate - case["rate_hz"]) < 3 * np.hypot(error, case["standard_error_hz"])
    tau, jump, events = case["tau_m_s"], case["jump_v"], case["input_rate_hz"]
    diffusion = lif_rate(
        events * jump * tau, jump * np.sqrt(events * tau), tau_m=tau, tau_ref=0.0, v_threshold=case["threshold_v"],
        v_reset=case["reset_v"],
    )  # fmt: skip
    assert abs(float(diffusion) - case["rate_hz"]) > 10 * error


@pytest.mark.slow
def test_shot_noise_at_full_length():
    (row,) = CASES["L8"].run()
    assert row.agrees, (row.ours, row.published, row.tolerance)
    assert row.tolerance < 0.02 * row.published
