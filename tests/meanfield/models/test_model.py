import numpy as np
import pytest

from mesobridge.meanfield import CorticothalamicField, JansenRit, WilsonCowan
from mesobridge.meanfield.models.model import MassModel


def test_the_default_set_is_the_first_of_all():
    assert CorticothalamicField.published_sets()[0] == "eyes-closed"
    assert CorticothalamicField.published() == CorticothalamicField.published("eyes-closed")


def test_changes_are_taken_with_units():
    assert JansenRit.published(p="0.12 kHz").p == pytest.approx(120.0)
    assert JansenRit.published().with_changed(p=120.0) == JansenRit.published(p=120.0)


def test_an_abstract_model_cannot_be_made():
    with pytest.raises(TypeError, match="abstract"):
        MassModel()  # type: ignore[abstract]


def test_the_resting_state_is_the_lowest_stable_one_and_refused_where_none_is():
    model = CorticothalamicField.published("corticothalamic")
    assert model.resting_state()["Q_e"] == pytest.approx(5.248361515, rel=1e-8)
    with pytest.raises(ValueError, match="unstable focus"):
        WilsonCowan.published().resting_state()


def test_a_run_starts_off_an_unstable_state_so_that_it_moves():
    course = WilsonCowan.published().simulate(1.0)
    assert np.ptp(course["E"].values) > 0.1


def test_outputs_and_inputs_are_chosen_by_name():
    model = CorticothalamicField.published()
    assert model.transfer(0.0, output="Q_r") != model.transfer(0.0)
    with pytest.raises(ValueError, match="phi_e, Q_e, Q_r, Q_s"):
        model.transfer(0.0, output="Q_x")
    with pytest.raises(ValueError, match="phi_n"):
        model.transfer(0.0, input="phi_x")


def test_the_transfer_at_zero_frequency_is_the_slope_of_the_steady_state():
    model, step = CorticothalamicField.published(), 1e-4
    low, high = (model.with_changed(phi_n=1.0 + shift).resting_state()["Q_s"] for shift in (-step, step))
    assert np.real(model.transfer(0.0, output="Q_s")) == pytest.approx((high - low) / (2 * step), rel=1e-6)
