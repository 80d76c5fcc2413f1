import numpy as np
import pytest

from mesobridge.meanfield.dynamics.system import index_of

from .linear_systems import feedback, oscillator


def test_a_delayed_argument_left_out_is_a_state_at_rest():
    system = feedback(now=2.0, late=3.0)
    assert system.flow_at([1.5])[0] == 5 * 1.5
    assert system.flow_at([1.5], z=[1.0])[0] == 2 * 1.5 + 3


def test_sizes_count_variables_inputs_delays_and_outputs():
    assert oscillator().sizes == (2, 1, 0, 1)
    assert feedback().sizes == (1, 1, 1, 1)


def test_flow_broadcasts():
    assert oscillator().flow_at(np.ones((2, 4, 3))).shape == (2, 4, 3)


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(ValueError, match="x0, x1"):
        index_of(oscillator().variables, "y", "state")
