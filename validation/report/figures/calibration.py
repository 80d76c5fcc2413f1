"""The f-I curve to which a cell was fitted: measured points, the fit, and the simulated cell."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .style import BLACK, BLUE, COLUMN_WIDTH, VERMILLION, sheet

_PICOAMPERE = 1e12


def draw_calibration(calibration: Mapping[str, Any]) -> Figure:
    """Draw rates against injected current."""
    figure = sheet(COLUMN_WIDTH, 62)
    axes = figure.subplots()
    current = np.asarray(calibration["current"]) * _PICOAMPERE
    axes.plot(current, calibration["rate"], color=VERMILLION, linestyle=(0, (5, 1.5)), label="fitted by theory")
    axes.plot(current, calibration["simulated"], color=BLUE, marker="^", linestyle="none", label="simulated cell")
    axes.plot(
        current,
        calibration["target"],
        color="white",
        marker="o",
        linestyle="none",
        markeredgecolor=BLACK,
        label="measured",
    )
    axes.set(xlabel="injected current (pA)", ylabel="rate (Hz)", ylim=(0, None))
    axes.legend(loc="upper left")
    return figure
