import numpy as np
import pytest

from mesobridge.meanfield import JansenRit
from mesobridge.meanfield.dynamics.branch import BranchPoint, Family, at_value


def family(bounds=(0.0, 400.0)):
    model = JansenRit.published()
    scale = np.append(np.full(6, 0.01), bounds[1] - bounds[0])
    return Family(lambda p: model.with_changed(p=p).system(), scale, bounds)


def start(chosen, p=200.0):
    return chosen.place(JansenRit.published(p=p).fixed_points()[0].state, p)


def test_places_are_states_and_values():
    chosen = family()
    x = start(chosen)
    assert chosen.value(x) == pytest.approx(200.0)
    assert np.allclose(chosen.state(x), JansenRit.published(p=200.0).fixed_points()[0].state)


def test_the_tangent_is_the_direction_of_the_branch():
    chosen = family()
    x = start(chosen)
    near = start(chosen, 200.001)
    chord = (near - x) / np.linalg.norm(near - x)
    assert chosen.tangent(x, chord) == pytest.approx(chord, abs=1e-5)
    assert chosen.tangent(x, -chord) == pytest.approx(-chord, abs=1e-5)


def test_the_derivative_by_the_parameter_holds_at_the_bounds_too():
    for p in (0.0, 400.0):
        chosen = family()
        slope = chosen.residual(start(chosen, p))[1]
        assert np.all(np.isfinite(slope))
        assert abs(slope[4, -1]) > 0


def test_a_state_at_one_value_is_that_of_the_model():
    chosen = family()
    there = at_value(chosen, start(chosen), 210.0)
    assert there is not None
    assert np.allclose(chosen.state(there), JansenRit.published(p=210.0).fixed_points()[0].state, rtol=1e-9)


def test_a_plane_that_misses_the_branch_is_no_point():
    chosen = family()
    assert chosen.corrected(start(chosen) + 1e6, np.eye(7)[-1]) is None


def test_unstable_eigenvalues_are_all_counted():
    chosen = family()
    x = start(chosen, 200.0)
    assert BranchPoint(chosen, x, np.eye(7)[-1]).unstable == 2
