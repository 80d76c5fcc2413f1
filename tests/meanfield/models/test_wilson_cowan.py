import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mesobridge.meanfield import WilsonCowan
from mesobridge.meanfield.models.wilson_cowan import response


def printed(model, state):
    """The equations of the paper, written down again."""
    e, i = state

    def S(x, a, theta):
        return 1 / (1 + np.exp(-a * (x - theta))) - 1 / (1 + np.exp(a * theta))

    s_e = S(model.c_ee * e - model.c_ei * i + model.P, model.a_e, model.theta_e)
    s_i = S(model.c_ie * e - model.c_ii * i + model.Q, model.a_i, model.theta_i)
    change_e = (-e + (model.k_e - model.r_e * e) * s_e) / model.tau_e
    return np.array([change_e, (-i + (model.k_i - model.r_i * i) * s_i) / model.tau_i])


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(-2, 6))
def test_the_flow_is_the_printed_one(e, i, drive):
    model = WilsonCowan.published(P=drive)
    assert model.system().flow_at([e, i]) == pytest.approx(printed(model, (e, i)), rel=1e-12, abs=1e-12)


@pytest.mark.slow
@given(st.floats(1, 30), st.floats(1, 30), st.floats(1, 30), st.floats(0, 10), st.floats(-2, 8))
@settings(max_examples=30, deadline=None)
def test_no_steady_state_lies_outside_what_is_found(c_ee, c_ei, c_ie, c_ii, drive):
    """Newton's method from a grid of starts ends at listed states only."""
    model = WilsonCowan.published(c_ee=c_ee, c_ei=c_ei, c_ie=c_ie, c_ii=c_ii, P=drive)
    listed = np.array([point.state for point in model.fixed_points()])
    system, reached = model.system(), 0
    for start in np.stack(np.meshgrid(np.linspace(0, 0.5, 4), np.linspace(0, 0.5, 4)), -1).reshape(-1, 2):
        state = start
        for _ in range(40):
            state = state - np.linalg.lstsq(model.jacobian(state), system.flow_at(state), rcond=None)[0]
            if not np.all(np.abs(state) < 10):
                break
        else:
            if np.abs(system.flow_at(state)).max() < 1e-9:
                reached += 1
                assert np.abs(listed - state).max(axis=1).min() < 1e-5
    assert len(listed) % 2 == 1 or reached


def test_silence_without_input_is_a_steady_state():
    points = WilsonCowan.published(P=0.0).fixed_points()
    assert min(np.abs(point.state).max() for point in points) < 1e-15


def test_the_response_to_no_input_is_none():
    assert response(0.0, 1.3, 4.0, 1 / (1 + np.exp(5.2))) == pytest.approx(0.0, abs=1e-17)
