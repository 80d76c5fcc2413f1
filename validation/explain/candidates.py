"""What could be measured next, as a result can foresee it: other features, rates at drive levels, probe responses."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...bridge.estimate import FEATURE_UNITS
from ...bridge.inverse import Candidate
from ..report.numbers import compact, scale, usual_unit
from .columns import Column, Source, feature_columns
from .spectrum import Loop, power_columns

Array = NDArray[np.floating]

_LAGS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)  # s after a probe spike
_FREQUENCIES = (4, 10, 20, 40)  # Hz
_SAME_DRIVE = 1e-3  # of the range of drives
_FEWEST = 1.0  # Hz; below this rate in every condition a level tells nothing


def quality(columns: Sequence[Column], errors: Array) -> float:
    """Return the errors of an observation over those of the result: the median over the features they share."""
    return float(np.median([e / c.recording_error for c, e in zip(columns, errors, strict=True)]))


def candidates(
    dataset: xr.Dataset, observed: Sequence[Column], errors: Array, source: Source, loop: Loop, channel: str
) -> tuple[list[Candidate], list[Column]]:
    """Return the measurements that could be added, with their columns; the observed ones again are among them.

    Every one is as good, relative to this result, as the observation was: errors are those of the result times the
    observation's quality.
    """
    factor = quality(observed, errors)
    measurable = {
        str(f) for f in dataset["feature"].values if np.isfinite(dataset["measured"].sel(feature=f).values[0])
    }
    again = [
        (Candidate(name=f"{c.name} again", kind="recording", unit=c.unit, standard_error=float(e)), c)
        for c, e in zip(observed, errors, strict=True)
    ]
    seen = {column.name for column in observed}
    others = feature_columns(dataset, [name for name in FEATURE_UNITS if name in measurable - seen], source)
    powers = [f"power@{f}Hz" for f in _FREQUENCIES if f"power@{f}Hz" not in seen]
    others += power_columns(dataset, powers, source, loop) if "gain" in dataset["feature"].values else []
    made = [*again, *((_candidate(column, factor), column) for column in others)]
    if source == "measured":
        fresh = [*drive_columns(dataset, channel), *probe_columns(dataset)]
        made += [(_candidate(column, factor), column) for column in fresh]
    return [candidate for candidate, _ in made], [column for _, column in made]


def _candidate(column: Column, factor: float) -> Candidate:
    kind = "spectrum" if column.name.startswith("power@") else "feature"
    kind = "drive level" if column.name.startswith("rate at") else kind
    kind = "probe" if column.name.startswith("response") else kind
    return Candidate(name=column.name, kind=kind, unit=column.unit, standard_error=factor * column.recording_error)


def drive_columns(dataset: xr.Dataset, channel: str) -> list[Column]:
    """Return the rate at every drive level that all conditions share, all of them held equally long."""
    drive = dataset["drive"].values
    if not np.allclose(drive, drive[0], equal_nan=True):
        return []
    levels = drive[0][np.isfinite(drive[0])]
    groups = np.split(np.arange(levels.size), np.flatnonzero(np.diff(levels) > _SAME_DRIVE * np.ptp(levels)) + 1)
    exposure = float(dataset["exposure"].values[0][: levels.size].sum()) / len(groups)
    unit = "A" if channel == "current" else "Hz"
    made = [_drive_column(dataset, group, levels, exposure, unit) for group in groups]
    return [column for column in made if column is not None]


def _drive_column(
    dataset: xr.Dataset, group: NDArray[np.intp], levels: Array, exposure: float, unit: str
) -> Column | None:
    weight = dataset["exposure"].values[:, group]
    rate = np.sum(dataset["rate"].values[:, group] * weight, 1) / weight.sum(1)
    error = np.sqrt(np.sum((dataset["rate_se"].values[:, group] * weight) ** 2, 1)) / weight.sum(1)
    if not np.isfinite(rate[0]) or not np.nanmax(rate) >= _FEWEST:
        return None
    fano = float(np.average(dataset["fano"].values[0, group], weights=weight[0]))
    recorded = np.sqrt(2 * fano * max(float(rate[0]), 1 / exposure) / exposure)
    drive = float(levels[group].mean())
    place = f"{compact(drive * scale(unit), signed=unit == 'A')} {usual_unit(unit)}"
    return Column(
        name=f"rate at {place}",
        unit="Hz",
        scale="linear",
        base=float(rate[0]),
        changes=rate[1:] - rate[0],
        errors=np.hypot(error[1:], error[0]),
        natural=max(float(rate[0]), 1.0),
        floor=0.01 * max(float(rate[0]), 1.0),
        recording_error=float(recorded),
    )


def probe_columns(dataset: xr.Dataset) -> list[Column]:
    """Return the response of the free potential at a few lags after a probe spike."""
    lags, values, error = (dataset[name].values for name in ("lag", "kernel", "kernel_se"))
    made = []
    for lag in (lag for lag in _LAGS if lags[0] <= lag <= lags[-1]):
        place = int(np.argmin(np.abs(lags - lag)))
        response, noise = values[:, place], error[:, place]
        if not np.isfinite(response[0]) or not noise[0] > 0:
            continue
        made.append(
            Column(
                name=f"response {lag * 1e3:g} ms after a probe",
                unit="V",
                scale="linear",
                base=float(response[0]),
                changes=response[1:] - response[0],
                errors=np.hypot(noise[1:], noise[0]),
                natural=abs(float(response[0])),
                floor=0.005 * abs(float(response[0])),
                recording_error=float(np.sqrt(2) * noise[0]),
            )
        )
    return made
