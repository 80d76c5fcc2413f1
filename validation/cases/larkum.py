"""Layer 5 somatic f-I curve (L14): a cell is fitted by theory, and its simulation is held against the data."""

import numpy as np

from ...bridge.cell_calibration import calibrate_cell, in_slice
from ...bridge.rate_table import rate_table
from ...spiking import POPULATIONS, SteadyDrive
from ...spiking.engine import simulate
from .case import CaseRow, published

NOISE = 50e-12  # A, membrane noise of the slice
PARAMETERS = ("after_hyperpolarization.increment", "leak_reversal", "leak_conductance")


def somatic_curve() -> tuple[CaseRow, ...]:
    """Return the slope of the simulated f-I curve and its distance from the digitised points.

    The tolerance of the slope is three times the standard error of the straight line through the published points,
    whose scatter is the only error that the source gives; that of the distance is that scatter itself.
    """
    case = published()["L14"]
    current, rate = np.array(case["current_a"]), np.array(case["rate_hz"])
    calibration = calibrate_cell(POPULATIONS["e1"](), current, rate, PARAMETERS, noise=NOISE)
    drive = SteadyDrive(levels=tuple(case["current_a"]), cells=60, duration=4.0, warm_up=1.0)
    simulated = rate_table(simulate(in_slice(calibration.population, NOISE), drive, seed=14))["rate"].values
    line, covariance = np.polyfit(current, rate, 1, cov=True)
    scatter = float(np.sqrt(np.mean((np.polyval(line, current) - rate) ** 2)))
    error = float(np.sqrt(np.mean((simulated - rate) ** 2)))
    slope, slope_error = float(np.polyfit(current, simulated, 1)[0]), float(np.sqrt(covariance[0, 0]))
    to_hz_per_na = 1e-9
    return (
        CaseRow(
            quantity="slope of the f-I curve",
            ours=slope * to_hz_per_na,
            published=float(line[0]) * to_hz_per_na,
            tolerance=3 * slope_error * to_hz_per_na,
            unit="Hz/nA",
        ),
        CaseRow(
            quantity="rms distance from the points beyond a line's",
            ours=error,
            published=scatter,
            tolerance=scatter,
            unit="Hz",
        ),
    )
