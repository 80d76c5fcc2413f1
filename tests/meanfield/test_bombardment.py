"""Synapses as arrays: gate areas, currents and the checks at birth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import SlowCurrent, SynapticArray


def test_gate_area_is_the_integral_of_a_unit_peak_gate() -> None:
    array = SynapticArray(weight=1e-9, reversal=0.0, decay=[5e-3, 80e-3, 200e-3], rise=[0.0, 2e-3, 60e-3])
    t = np.linspace(0, 4, 2_000_001)
    for index in (1, 2):
        gate = np.exp(-t / array.decay[index]) - np.exp(-t / array.rise[index])
        assert_allclose(array.gate_area[index], gate.sum() * t[1] / gate.max(), rtol=1e-6)
    assert_allclose(array.gate_area[0], 5e-3)


def test_open_conductance() -> None:
    array = SynapticArray(weight=[1e-9, 2e-9], reversal=0.0, decay=5e-3, tonic=[0.0, 3e-9])
    assert_allclose(array.open_conductance([100.0, 200.0]), [0.5e-9, 5e-9])


def test_drive_of_conductances_and_currents() -> None:
    array = SynapticArray(weight=1e-9, reversal=[0.0, 0.0], decay=5e-3, fixed_drive=[np.inf, 70e-3])
    assert_allclose(array.drive(np.array(-60e-3)), [60e-3, 70e-3])
    assert_allclose(array.is_current, [False, True])


def test_a_rise_slower_than_the_decay_is_refused() -> None:
    with pytest.raises(ValueError, match="below decay"):
        SynapticArray(weight=1e-9, reversal=0.0, decay=5e-3, rise=6e-3)


def test_gate_is_half_open_at_half_activation() -> None:
    slow = SlowCurrent(conductance=1e-9, reversal=-90e-3, v_half=-40e-3, slope=8e-3)
    assert_allclose(slow.gate([-40e-3, -40e-3 + 8e-3 * np.log(3)]), [0.5, 0.75])
