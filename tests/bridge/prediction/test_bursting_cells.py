"""Cells that burst have no linear theory, and the prediction says so in place of a number."""

import pytest

from mesobridge.bridge.prediction import operating_point
from mesobridge.bridge.prediction.refused import PredictionRefused
from mesobridge.spiking import MECHANISMS, POPULATIONS


def test_two_compartments_and_t_type_channels_are_refused():
    with pytest.raises(PredictionRefused, match="two compartments"):
        operating_point(POPULATIONS["l5_thick_tufted"]())
    with pytest.raises(PredictionRefused, match="T-type current switches"):
        operating_point(POPULATIONS["thalamic_relay"]())


def test_a_relay_cell_without_t_type_channels_is_an_ordinary_cell():
    none = MECHANISMS["t_type_mode"].apply(POPULATIONS["thalamic_relay"](), 0.0)
    assert -0.080 < operating_point(none).v < -0.060
