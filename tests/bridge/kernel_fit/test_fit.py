"""Planted kernels come back: family, parameters with nominal coverage, linearity; and noise is refused."""

import numpy as np
import pytest

from mesobridge.bridge.estimate import FEATURE_UNITS, EstimateRefused
from mesobridge.bridge.kernel_fit import fit_kernel
from mesobridge.meanfield.kernels import (
    AlphaKernel,
    BiexponentialKernel,
    CascadeKernel,
    GammaKernel,
    MixtureKernel,
    TabulatedKernel,
)

from ..planted import draw_probe

AREA = 3e-6
TRUTHS = {
    "alpha": AlphaKernel(area=AREA, rate=200.0),
    "biexponential": BiexponentialKernel(area=AREA, rise=0.005, decay=0.020),
    "gamma": GammaKernel(area=AREA, shape=2.7, scale=0.009),
    "cascade": CascadeKernel(AREA, (0.002, 0.008, 0.020)),
    "mixture": MixtureKernel(
        (0.6 * AREA, 0.4 * AREA), (CascadeKernel(1.0, (0.003, 0.015)), CascadeKernel(1.0, (0.002, 0.08, 0.015)))
    ),
}


@pytest.mark.parametrize("name", list(TRUTHS))
def test_the_family_that_was_planted_is_chosen_and_a_smaller_one_is_not(name):
    estimate = fit_kernel(draw_probe(TRUTHS[name], noise=0.005, seed=2, duration=0.6, sample=1e-3))
    assert estimate.family == name
    expected = TRUTHS[name].features()
    for feature, found in estimate.features.items():
        assert found.unit == FEATURE_UNITS[feature]
        assert abs(found.value - expected[feature]) < 4.5 * found.standard_error + 2e-3 * abs(expected[feature]), (
            feature
        )
    assert set(estimate.features) == set(expected)
    smaller = [other for other, c in estimate.criteria.items() if c.size < estimate.criteria[name].size]
    assert not any(estimate.criteria[other].adequate for other in smaller)


@pytest.mark.slow
def test_area_rise_and_decay_are_covered_at_the_nominal_rate():
    truth = TRUTHS["biexponential"]
    expected = {"area": AREA, "rise": 0.005, "decay": 0.020, "mean_lag": 0.025}
    hits, repeats = dict.fromkeys(expected, 0), 200
    for seed in range(repeats):
        recording = draw_probe(truth, noise=0.02, seed=seed, duration=0.2, sample=2e-3, sizes=(1.0,), groups=6)
        estimate = fit_kernel(recording, families=("biexponential",))
        for name, value in expected.items():
            hits[name] += (estimate.features | estimate.parameters)[name].covers(value)
    for name, hit in hits.items():
        assert 0.90 <= hit / repeats <= 0.99, (name, hit / repeats)


def test_an_inhibitory_response_keeps_its_sign():
    estimate = fit_kernel(draw_probe(BiexponentialKernel(area=-AREA, rise=0.005, decay=0.020), noise=0.0, sample=1e-3))
    assert estimate.features["area"].value == pytest.approx(-AREA, rel=1e-3)
    assert estimate.features["peak"].value < 0
    assert estimate.kernel.features()["time_to_peak"] == pytest.approx(0.00924, rel=1e-2)


def test_super_additivity_and_linearity_are_measured():
    bent = fit_kernel(draw_probe(TRUTHS["biexponential"], curvature=0.1, sample=1e-3), families=("biexponential",))
    assert bent.super_additivity["peak"].covers(1.1)
    assert bent.super_additivity["area"].value == pytest.approx(1.1)
    assert bent.linearity["peak"].value == pytest.approx(1 / 0.95)
    straight = fit_kernel(draw_probe(TRUTHS["biexponential"], sample=1e-3), families=("biexponential",))
    assert straight.super_additivity["area"].covers(1.0)
    alone = fit_kernel(draw_probe(TRUTHS["biexponential"], sample=1e-3, sizes=(1.0,)), families=("biexponential",))
    assert alone.super_additivity == {}


def test_a_long_tail_is_flagged_and_corrected():
    estimate = fit_kernel(draw_probe(TRUTHS["mixture"], noise=0.002, duration=0.25, sample=1e-3), families=("mixture",))
    assert estimate.tail_share > 0.01
    assert any("after the window" in sentence for sentence in estimate.warnings)
    assert estimate.features["area"].value == pytest.approx(AREA, rel=0.03)


def test_a_response_of_no_family_is_kept_as_a_table():
    def ringing(time):
        return 1e-4 * np.exp(-time / 0.02) * np.sin(2 * np.pi * 30 * time)

    estimate = fit_kernel(draw_probe(ringing, noise=0.002, sample=1e-3, duration=0.4))
    assert estimate.family == "tabulated"
    assert isinstance(estimate.kernel, TabulatedKernel)
    assert any("No family" in sentence for sentence in estimate.warnings)


def test_noise_and_too_few_groups_are_refused():
    recording = draw_probe(TRUTHS["biexponential"], sample=1e-3)
    with pytest.raises(EstimateRefused, match="Too few groups"):
        fit_kernel(recording.isel(group=[0, 1]))
    noise = recording.copy()
    noise["response"] = recording["response"] * 0 + 1e-5 * np.random.default_rng(0).standard_normal(
        recording["response"].shape
    )
    with pytest.raises(EstimateRefused, match="No response"):
        fit_kernel(noise)
    with pytest.raises(ValueError, match="not one of"):
        fit_kernel(recording, families=("square",))
