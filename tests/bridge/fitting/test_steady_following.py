"""One branch of steady states, followed without a scan: the same as a scan finds, and an honest end at a fold."""

import numpy as np
import pytest

from mesobridge.bridge.estimate import EstimateRefused
from mesobridge.bridge.fitting.free_parameter import FreeParameter, ParameterSpace, Scale
from mesobridge.bridge.fitting.model_batch import ModelFamily
from mesobridge.bridge.fitting.steady_following import anchor_at, follow, stable_anchors
from mesobridge.meanfield import CorticothalamicField, JansenRit

FIELD = CorticothalamicField.published()
NAMES = ("nu_ee", "nu_ei", "nu_se", "nu_sr")


def field_family():
    bounds = [sorted((0.3 * getattr(FIELD, name), 3 * getattr(FIELD, name))) for name in NAMES]
    space = ParameterSpace(tuple(FreeParameter(n, "V*s", *ends) for n, ends in zip(NAMES, bounds, strict=True)))
    return ModelFamily(FIELD, space), space.coordinates({name: getattr(FIELD, name) for name in NAMES})


def test_following_finds_what_a_scan_finds():
    family, x = field_family()
    anchor = anchor_at(family, x)
    points = x + np.random.default_rng(1).uniform(-0.7, 0.7, (25, x.size))
    _, states = follow(family, anchor, points)
    compared = 0
    for point, state in zip(points, states, strict=True):
        scanned = family.model_at(point).fixed_points(1)
        if np.all(np.isfinite(state)):
            lowest = scanned[0].state
            np.testing.assert_allclose(state[3], lowest[3], rtol=1e-8)
            compared += 1
    assert compared > 15


def test_the_tangent_is_the_slope_of_the_followed_state():
    family, x = field_family()
    anchor = anchor_at(family, x)
    for k in range(x.size):
        pushed = np.repeat(x[None], 2, axis=0)
        pushed[:, k] += [1e-4, -1e-4]
        up, down = follow(family, anchor, pushed)[1]
        np.testing.assert_allclose(anchor.tangent[:4, k], (up - down)[:4] / 2e-4, rtol=1e-5, atol=1e-9)


def test_a_branch_ends_at_its_fold_and_does_not_jump():
    column = JansenRit.published(p=100.0)
    family = ModelFamily(column, ParameterSpace((FreeParameter("p", "Hz", 60.0, 200.0, Scale.LINEAR),)))
    lowest = column.fixed_points(2)[0]
    assert len(column.fixed_points(2)) == 3
    space = ParameterSpace((FreeParameter("p", "Hz", 60.0, 200.0, Scale.LINEAR),))
    at = anchor_at(ModelFamily(column.with_changed(p=60.0), space), np.array([60.0]))
    _, states = follow(family, at, np.array([[80.0], [112.0], [113.5], [113.7], [150.0]]))
    assert np.all(np.isfinite(states[:3]))
    assert np.all(np.isnan(states[3:]))  # the fold is at 113.586
    assert lowest["potential"] < 3e-3


def test_a_branch_that_is_unstable_or_not_there_is_refused_in_words():
    column = JansenRit.published(p=150.0)
    family = ModelFamily(column, ParameterSpace((FreeParameter("A", "V", 3.0e-3, 3.5e-3),)))
    with pytest.raises(EstimateRefused, match=r"branch 0 is unstable \(unstable focus\)"):
        anchor_at(family, np.log([3.25e-3]))
    with pytest.raises(EstimateRefused, match="no branch 4 at these parameters, only 1 steady states"):
        anchor_at(family, np.log([3.25e-3]), 4)


def test_all_stable_branches_are_listed_with_their_places():
    model = CorticothalamicField.published("spindles")
    low, high = 0.5 * model.nu_ee, 2 * model.nu_ee
    family = ModelFamily(model, ParameterSpace((FreeParameter("nu_ee", "V*s", low, high),)))
    assert [place for place, _ in stable_anchors(family, np.log([model.nu_ee]))] == [0, 2]
