"""When a table of levels cannot carry a sigmoid: the reasons, each with its number and its mend."""

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from ..estimate import EstimateRefused
from .likelihood import CountData
from .starts import isotonic_rates

FEWEST_SPIKES = 100.0
FEWEST_LEVELS = 4
FALSE_ALARM = 1e-5  # per table: refusing sound data costs a simulation
LARGEST_DRIFT = 0.05


def refuse_unless_sound(table: xr.Dataset) -> None:
    """Raise ``EstimateRefused`` unless the table can carry a sigmoid.

    Raises
    ------
    EstimateRefused
        If there are too few spikes, the x-axis folds back, a level drifts, every level lies on the plateau, or fewer
        than 4 levels say something.
    """
    _refuse_silence(table)
    _refuse_folded(table)
    _refuse_drift(table)
    data = CountData.from_table(table)
    _refuse_plateau(data, table)
    _refuse_few_levels(data, table)


def _refuse_silence(table: xr.Dataset) -> None:
    spikes = float((table["count"] / table["fano"]).sum())
    if spikes < FEWEST_SPIKES:
        raise EstimateRefused(
            f"Too few spikes: {spikes:.0f} independent ones in all levels, at least {FEWEST_SPIKES:.0f} are needed; "
            "drive the population harder or longer.",
            table,
        )


def _refuse_folded(table: xr.Dataset) -> None:
    order = np.argsort(table["drive"].values, kind="stable")
    drive, v, error = (table[name].values[order] for name in ("drive", "v_free", "v_free_se"))
    moved = np.diff(drive) > 1e-9 * max(np.ptp(drive), 1e-300)
    step = np.diff(v)[moved]
    noise = (4 * np.hypot(error[1:], error[:-1]) + 1e-9)[moved]
    rises, falls = np.any(step > noise), np.any(step < -noise)
    if (rises and falls) or not (rises or falls):
        worst = int(np.argmin(step)) if step.size else 0
        at = drive[1:][moved][worst] if step.size else float("nan")
        raise EstimateRefused(
            "Folded x-axis: the potential does not change monotonically with the drive (it moves by "
            f"{step[worst] if step.size else 0.0:.2g} V at drive {at:.4g}); use the free potential, not the recorded "
            "one.",
            table,
        )


def _refuse_drift(table: xr.Dataset) -> None:
    z, drift = table["stationarity"].values, table["drift"].values
    bound = -stdtrit(np.maximum(table["cells"].values - 1, 1), FALSE_ALARM / (2 * z.size))
    guilty = (np.abs(z) > bound) & (np.abs(drift) > LARGEST_DRIFT)
    if np.any(guilty):
        worst = int(np.argmax(np.where(guilty, np.abs(z), 0)))
        raise EstimateRefused(
            f"Not stationary: at drive {table['drive'].values[worst]:.4g} the rate changed by {100 * drift[worst]:.0f} "
            f"% between the halves (z = {z[worst]:.1f}, bound {bound[worst]:.1f}); lengthen the warm-up.",
            table,
        )


def _refuse_plateau(data: CountData, table: xr.Dataset) -> None:
    _, rate = isotonic_rates(data)
    if rate[0] > 0.5 * rate[-1]:
        raise EstimateRefused(
            f"Saturated: the lowest level already fires at {rate[0]:.3g} Hz, above half of the highest ({rate[-1]:.3g} "
            "Hz); add levels of weaker drive.",
            table,
        )


def _refuse_few_levels(data: CountData, table: xr.Dataset) -> None:
    rate = data.count / data.exposure
    informative = int(np.sum((data.count >= 5) & (rate < 0.95 * rate.max()))) + 1
    if informative < FEWEST_LEVELS:
        raise EstimateRefused(
            f"Too few levels: {informative} of {rate.size} levels lie between silence and the plateau, at least "
            f"{FEWEST_LEVELS} are needed; add levels in between.",
            table,
        )
