import numpy as np
import pytest

from mesobridge.meanfield import JansenRit
from mesobridge.meanfield.dynamics.branch import BranchPoint, Family
from mesobridge.meanfield.dynamics.branch_events import events


def point(p, lowest):
    model = JansenRit.published()
    chosen = Family(
        lambda value: model.with_changed(p=value).system(), np.append(np.full(6, 0.01), 460.0), (-60.0, 400.0)
    )
    states = model.with_changed(p=p).fixed_points()
    x = chosen.place(states[0 if lowest else -1].state, p)
    return BranchPoint(chosen, x, chosen.tangent(x, np.eye(7)[-1]))


def test_a_stretch_over_one_hopf_point_yields_it():
    found = list(events(point(85.0, False), point(95.0, False)))
    assert [event.kind for event in found] == ["hopf"]
    assert found[0].value == pytest.approx(89.82911, abs=5e-6)
    assert found[0].frequency == pytest.approx(10.377, abs=5e-4)


def test_a_stretch_without_change_yields_nothing():
    assert list(events(point(40.0, True), point(50.0, True))) == []


def test_a_stretch_over_two_hopf_points_of_opposite_sense_yields_nothing_that_is_not_there():
    """From stable to stable nothing shows at the ends: steps along a branch must be shorter than that."""
    assert list(events(point(85.0, False), point(320.0, False))) == []
