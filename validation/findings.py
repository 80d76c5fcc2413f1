"""Everything a study has found, before it is written down."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.cell_calibration import CellCalibration
from ..bridge.sigmoid_fit import SigmoidEstimate
from ..bridge.width import WidthSplit
from ..spiking.engine import Machine
from .combinations import Combination
from .conditions import Condition
from .measurement import FitPlan, Measured, Recorded
from .prediction import Predicted
from .sampling import SteadyPlan
from .study import Study
from .unseen import Unseen


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Recordings, estimates and predictions of every condition, by its name, and the held-out test of the base."""

    study: Study
    conditions: tuple[Condition, ...]
    combinations: tuple[Combination, ...]
    plan: FitPlan
    sampling: SteadyPlan
    base_fit: SigmoidEstimate
    recorded: Mapping[str, Recorded]
    measured: Mapping[str, Measured]
    predicted: Mapping[str, Predicted]
    unseen: Unseen
    width_split: WidthSplit | None
    calibration: CellCalibration | None
    calibrated_rates: NDArray[np.floating] | None
    machine: Machine
    neuron_seconds: float
    started: str
    seconds: float

    @property
    def base(self) -> str:
        """Name of the untouched condition."""
        return self.conditions[0].name

    def table(self, condition: str) -> xr.Dataset:
        """Return the table of levels of a condition, in order of the drive."""
        return self.recorded[condition].table.sortby("drive")
