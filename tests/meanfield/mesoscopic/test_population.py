"""Escape-rate populations: hazard, memory, and the checks at birth."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mesobridge.meanfield import EscapeRatePopulation, ThresholdKernel

CELLS = EscapeRatePopulation(
    size=800,
    tau_m="20 ms",
    tau_ref="4 ms",
    threshold="15 mV",
    reset="0 mV",
    softness="2.5 mV",
    threshold_rate="10 Hz",
    drive="24 mV",
)


def test_the_hazard_grows_e_fold_per_softness() -> None:
    assert_allclose(CELLS.hazard([15e-3, 17.5e-3, 10e-3]), 10 * np.exp([0.0, 1.0, -2.0]))


def test_threshold_shifts_add() -> None:
    kernels = [ThresholdKernel(jump=3e-3, decay=0.1), ThresholdKernel(jump=-1e-3, decay=0.02)]
    adapting = EscapeRatePopulation(**{**vars(CELLS), "adaptation": kernels})
    t = np.array([0.0, 0.02, 0.5])
    assert_allclose(adapting.threshold_shift(t), 3e-3 * np.exp(-t / 0.1) - 1e-3 * np.exp(-t / 0.02))
    assert_allclose(CELLS.threshold_shift(t), 0.0)


def test_memory_covers_the_membrane_and_the_threshold() -> None:
    assert_allclose(CELLS.memory, 4e-3 + 0.16)
    slow = EscapeRatePopulation(**{**vars(CELLS), "adaptation": [ThresholdKernel(jump=3e-3, decay=0.1)]})
    assert slow.memory > CELLS.memory
    assert abs(slow.threshold_shift(slow.memory)) < 2.5e-3 / 100


def test_half_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="whole number of cells"):
        EscapeRatePopulation(**{**vars(CELLS), "size": 10.5})
