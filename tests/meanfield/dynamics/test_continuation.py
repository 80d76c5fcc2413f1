import numpy as np
import pytest

from mesobridge.meanfield import CorticothalamicField, JansenRit, WilsonCowan, WongWang
from mesobridge.meanfield.dynamics.continuation import continue_branches
from mesobridge.meanfield.dynamics.fixed_points import SteadyCurve, residual
from mesobridge.meanfield.dynamics.system import Delayed, System, Variable


def scalar(flow, delayed=()):
    """A one-variable family over r, and its steady curve."""

    def system_at(value):
        variables, outputs = (Variable("x", "1", "x"),), (Variable("seen", "1", "seen"),)
        return System("scalar", variables, (), outputs, flow, lambda y, z, u, p: (y[0],), (value,), (), delayed)

    def curve_at(value):
        return SteadyCurve(
            residual=lambda x: flow((x,), (x,), (), (value,))[0], lift=lambda x: np.array([x]), lower=-5, upper=5
        )

    return system_at, curve_at


def continued(flow, low, high, delayed=(), **settings):
    return continue_branches(*scalar(flow, delayed), Variable("r", "1", "r"), (low, high), **settings)


def test_folds_of_the_cubic_are_exact():
    found = continued(lambda y, z, u, p: (p[0] + y[0] - y[0] * y[0] * y[0],), -1.0, 1.0)
    fold = 2 / (3 * np.sqrt(3))
    assert [point.value for point in found.folds] == pytest.approx([-fold, fold], abs=1e-12)
    assert [point.state[0] for point in found.folds] == pytest.approx([1 / np.sqrt(3), -1 / np.sqrt(3)], abs=1e-6)
    assert len(found.branches) == 1
    assert not found.hopfs


def test_a_closed_branch_is_found_and_closed():
    found = continued(lambda y, z, u, p: (p[0] * p[0] + y[0] * y[0] - 0.25,), -1.0, 1.0)
    assert [point.value for point in found.folds] == pytest.approx([-0.5, 0.5], abs=1e-12)
    assert len(found.branches) == 1


def test_a_branch_point_is_told_apart_from_a_fold():
    found = continued(lambda y, z, u, p: (y[0] * (p[0] - y[0]),), -1.0, 0.9)
    assert not found.folds
    assert len(found.branches) == 2
    assert all(abs(point.value) < 1e-9 for point in found.branch_points)
    assert found.branch_points


def test_hopf_of_a_delayed_feedback_is_at_half_pi():
    def flow(y, z, u, p):
        return (-p[0] * z[0],)

    found = continued(flow, 0.5, 3.0, (Delayed("x", 1.0),))
    assert [point.value for point in found.hopfs] == pytest.approx([np.pi / 2], abs=1e-10)
    assert found.hopfs[0].frequency == pytest.approx(0.25, abs=1e-10)


@pytest.mark.parametrize("model", [JansenRit.published(), WilsonCowan.published()], ids=["column", "pools"])
def test_every_point_of_every_branch_is_at_rest_and_every_fixed_point_on_one(model):
    parameter = type(model).INPUTS[0].name
    span = {"p": (-60.0, 400.0), "P": (-2.0, 4.0)}[parameter]
    found = model.continuation(parameter, span)
    for branch in found.branches:
        for k in range(0, branch.sizes["point"], 7):
            point = branch.isel(point=k)
            state = np.array([float(point[variable.name]) for variable in type(model).VARIABLES])
            assert residual(model.with_changed(**{parameter: float(point[parameter])}).system(), state) < 1e-9
    for value in np.linspace(*span, 23)[1:-1]:
        crossings = sum(
            np.count_nonzero(np.diff(np.sign(branch[parameter].values - value)) != 0) for branch in found.branches
        )
        assert crossings == len(model.with_changed(**{parameter: value}).fixed_points())


def test_special_points_are_singular_or_on_the_axis():
    model = JansenRit.published()
    found = model.continuation("p", (-60.0, 400.0))
    assert found.folds
    assert found.hopfs
    for fold in found.folds:
        matrix = model.with_changed(p=fold.value).jacobian(fold.state)
        assert np.min(np.abs(np.linalg.eigvals(matrix))) < 1e-4
    for hopf in found.hopfs:
        values = model.with_changed(p=hopf.value).eigenvalues(hopf.state)
        nearest = values[np.argmin(np.abs(np.real(values)))]
        assert abs(nearest.real) < 1e-7
        assert abs(nearest.imag) / (2 * np.pi) == pytest.approx(hopf.frequency, rel=1e-9)


def test_hopf_points_with_delay_separate_stable_from_unstable():
    model = CorticothalamicField.published()
    found = model.continuation("nu_se", (0.8e-3, 1.24e-3))
    assert len(found.hopfs) == 1
    hopf = found.hopfs[0]
    leading = model.with_changed(nu_se=hopf.value).eigenvalues(hopf.state, number=2)[0]
    assert abs(np.real(leading)) < 1e-6
    below, above = (
        model.with_changed(nu_se=hopf.value + shift).fixed_points()[0].stability.stable for shift in (-1e-6, 1e-6)
    )
    assert below != above


def test_steps_of_another_length_find_the_same_points():
    model = JansenRit.published()
    coarse, fine = (model.continuation("p", (-60.0, 400.0), largest_step=step) for step in (0.05, 0.005))
    for one, other in zip((*coarse.folds, *coarse.hopfs), (*fine.folds, *fine.hopfs), strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-9)


def test_an_empty_range_and_an_unknown_parameter_are_refused():
    with pytest.raises(ValueError, match="not empty"):
        JansenRit.published().continuation("p", (10.0, 10.0))
    with pytest.raises(ValueError, match="no parameter 'q'"):
        JansenRit.published().continuation("q", (0.0, 10.0))


def test_a_pitchfork_has_a_branch_point_and_no_folds():
    found = continued(lambda y, z, u, p: (p[0] * y[0] - y[0] * y[0] * y[0],), -1.0, 0.9)
    assert [point.value for point in found.branch_points] == pytest.approx([0.0], abs=1e-9)
    assert not found.folds


def test_the_symmetric_state_of_wong_and_wang_loses_its_stability_where_an_eigenvalue_vanishes():
    model = WongWang.published("spontaneous")
    found = model.continuation("stimulus", (0, 80))
    assert len(found.branch_points) == 2
    for point in found.branch_points:
        values = model.with_changed(stimulus=point.value).eigenvalues(point.state, 4)
        assert abs(values[np.argmin(np.abs(values))]) < 1e-4 * np.abs(values).max()
        assert point.state[0] == pytest.approx(point.state[1], rel=1e-9)
