"""How cells fire: intervals and counts of single spike trains, by Elephant."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from ....spiking.spike_trains import spike_times

_SPIKES = 10
_CELLS = 400


@dataclass(frozen=True, kw_only=True)
class TrainStatistics:
    """Means over the cells that fired ten times or more, with standard errors; None where there are fewer than two.

    ``cv`` is the coefficient of variation of the intervals, ``cv2`` and ``lv`` are their local variation, which slow
    changes of the rate do not raise, ``fano`` the variance of the counts of a cell over their mean in 100 ms.
    """

    cells: int
    cv: tuple[float, float] | None
    cv2: tuple[float, float] | None
    lv: tuple[float, float] | None
    fano: tuple[float, float] | None


def train_statistics(recording: xr.Dataset, population: str, window: float = 0.1) -> TrainStatistics:
    """Return the statistics of the spike trains of a population, by Elephant; of its first 400 cells at most.

    Source: holt1996 (CV2); shinomoto2003 (LV).

    Parameters
    ----------
    recording : xarray.Dataset
        With spikes.
    population : str
        Its name.
    window : float
        In which spikes are counted for the Fano factor, s.
    """
    # Elephant takes most of a second to load, and only who asks for spikes needs it.
    from elephant.statistics import cv, cv2, fanofactor, lv

    trains = [times for times in spike_times(recording, population)[:_CELLS] if times.size >= _SPIKES]
    # Memoryless cells may fire twice in a step; two moments of one step are a third of it apart on average.
    least = float(recording.attrs.get("dt", 0.0)) / 3
    intervals = [np.maximum(np.diff(times), least) for times in trains]
    pieces = np.arange(int(float(recording.attrs["duration"]) / window) + 1) * window
    # fanofactor takes the trials of one unit as spike trains: the windows of one cell.
    fano = [fanofactor(np.split(times, np.searchsorted(times, pieces))[1:-1]) for times in trains]
    return TrainStatistics(
        cells=len(trains),
        cv=_mean([cv(each) for each in intervals]),
        cv2=_mean([cv2(each) for each in intervals]),
        lv=_mean([lv(each) for each in intervals]),
        fano=_mean(fano),
    )


def _mean(values: list[Any]) -> tuple[float, float] | None:
    kept = np.array([float(value) for value in values])
    kept = kept[np.isfinite(kept)]
    if kept.size < 2:
        return None
    return float(kept.mean()), float(kept.std(ddof=1) / np.sqrt(kept.size))
