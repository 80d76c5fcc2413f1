"""The numbers of a pairing as one dataset, SI: rates, transients, spectra, open loops, a stretch of the raster."""

from typing import Any

import numpy as np
import xarray as xr

from ...bridge.circuit_reduction import MeasuredState
from ...meanfield.networks import rate_model
from .condition import BASE
from .critical.record import sweep_dataset
from .recording import mean_rates
from .scores import predicted_spectra, spectrum_of
from .signals.numbers import signals_dataset
from .walk import SIDES, Findings

_RASTER = 1.0  # s
_RASTER_CELLS = 60
_CURVE = 120
_POTENTIALS = ("mean free potential", "without T-type current")


def dataset(findings: Findings) -> xr.Dataset:
    """Return all numbers of a pairing."""
    parts = (_rates, _spectra, signals_dataset, _open_loops, _raster)
    return xr.merge(
        [*(part(findings) for part in parts), *_transients(findings)],
        combine_attrs="override",
    ).merge(sweep_dataset(findings.sweeps, _names(findings)))


def _variable(dims: tuple[str, ...], values: Any, unit: str, name: str) -> tuple[tuple[str, ...], Any, dict[str, str]]:
    return dims, values, {"units": unit, "long_name": name}


def _own(findings: Findings, side: str, values: Any) -> np.ndarray:
    """Return values (population, ...) of a mean field, NaN where it says nothing of its own about a population."""
    known = [findings.base.judges(side, name) for name in _names(findings)]
    found = np.array(values, dtype=float)
    found[~np.array(known)] = np.nan
    return found


def _names(findings: Findings) -> list[str]:
    return list(findings.base.circuit.names)


def _rates(findings: Findings) -> xr.Dataset:
    conditions = [c.name for c in findings.conditions]
    stationary = [findings.stationary[name] for name in conditions]
    dims = ("condition", "population")
    mean = np.stack([r["rate"].transpose("population", "time").values.mean(axis=1) for r in stationary])
    v = np.stack([r["v_free"].transpose("population", "time").values.mean(axis=1) for r in stationary])
    return xr.Dataset(
        {
            "network_rate": _variable(dims, mean, "Hz", "mean rate of the network"),
            "network_v_free": _variable(dims, v, "V", "mean free potential of the network"),
            "mean_field_rate": _variable(
                dims, np.stack([c.frozen.rates for c in findings.conditions]), "Hz", "mean rate of the mean field"
            ),
            "theory_rate": _variable(
                dims,
                np.stack([_own(findings, "theory", c.theory.rates) for c in findings.conditions]),
                "Hz",
                "mean rate by theory alone",
            ),
        },
        coords={"condition": conditions, "population": _names(findings)},
    )


def _transients(findings: Findings) -> list[xr.Dataset]:
    if not findings.transients:
        return []
    first = findings.transients[0]
    dims = ("stimulus", "population", "transient_time")
    content: dict[str, Any] = {
        "transient": _variable(dims, np.stack([t.mean for t in findings.transients]), "Hz", "mean course"),
        "transient_error": _variable(dims, np.stack([t.error for t in findings.transients]), "Hz", "standard error"),
    }
    for side in first.predicted:
        courses = np.stack([_own(findings, side, t.predicted[side]) for t in findings.transients])
        content[f"transient_{side.replace(' ', '_')}"] = _variable(dims, courses, "Hz", f"course by {side}")
    coords = {
        "stimulus": [t.name for t in findings.transients], "population": _names(findings),
        "transient_time": ("transient_time", first.time, {"units": "s"}),
    }  # fmt: skip
    return [xr.Dataset(content, coords=coords)]


def _spectra(findings: Findings) -> xr.Dataset:
    recording, base = findings.stationary[BASE], findings.base
    spectrum = spectrum_of(recording, findings.study.pairing.highest_frequency)
    width = float(recording.attrs["bin"])
    bands = [spectrum.band(k) for k in range(len(_names(findings)))]
    sides = {SIDES[field]: (frozen.network, frozen.rates) for field, frozen in base.fields.items()}
    sides["theory"] = (base.theory.network, base.theory.rates)
    if base.leaky is not None:
        sides["leaky"] = (base.leaky, base.theory.rates)
    dims = ("population", "frequency")
    content = {
        "spectrum": _variable(
            dims, np.array([spectrum.own(k) for k in range(len(bands))]), "Hz^2/Hz", "spectrum of the rate"
        ),
        "spectrum_low": _variable(dims, np.array([low for low, _ in bands]), "Hz^2/Hz", "lower end of its 95 % band"),
        "spectrum_high": _variable(dims, np.array([high for _, high in bands]), "Hz^2/Hz", "upper end of the band"),
    }
    for side, (network, rates) in sides.items():
        values = _own(findings, side, predicted_spectra(network, spectrum.frequency, rates, width))
        content[f"spectrum_{side}"] = _variable(dims, values, "Hz^2/Hz", f"spectrum by {side}")
    frequency = ("frequency", spectrum.frequency, {"units": "Hz"})
    return xr.Dataset(content, coords={"population": _names(findings), "frequency": frequency})


def _open_loops(findings: Findings) -> xr.Dataset:
    loops = [findings.base.open_loops[name] for name in _names(findings)]
    widest = max(loop.table.sizes["level"] for loop in loops)

    def padded(name: str) -> np.ndarray:
        out = np.full((len(loops), widest), np.nan)
        for row, loop in zip(out, loops, strict=True):
            row[: loop.table.sizes["level"]] = loop.table[name].values
        return out

    ends = [(float(loop.table["v_free"].min()), float(loop.table["v_free"].max())) for loop in loops]
    v = np.linspace([low for low, _ in ends], [high for _, high in ends], _CURVE, axis=1)
    rate = np.stack([rate_model(lo.sigmoid.sigmoid)(x, 0.0) for lo, x in zip(loops, v, strict=True)])
    level, point = ("population", "level"), ("population", "point")
    return xr.Dataset(
        {
            "open_loop_v": _variable(level, padded("v_free"), "V", "mean free potential of a population alone"),
            "open_loop_rate": _variable(level, padded("rate"), "Hz", "its rate"),
            "open_loop_rate_error": _variable(level, padded("rate_se"), "Hz", "standard error of its rate"),
            "sigmoid_v": _variable(point, v, "V", "potential"),
            "sigmoid_rate": _variable(point, rate, "Hz", "estimated sigmoid"),
            "potential_is": ("population", [_POTENTIALS[other] for other in _unrecorded(findings)]),
            "worked_at": _variable(("population",), _worked_at(findings), "V", "potential in the network"),
        },
        coords={"population": _names(findings)},
    )


def _worked_at(findings: Findings) -> np.ndarray:
    """Return where each population worked in the network, V: its mean free potential.

    Where a curve is over another potential, it is that of the mean field at the rates of the network.
    """
    recording, base = findings.stationary[BASE], findings.base
    found = recording["v_free"].transpose("population", "time").values.mean(axis=1)
    heard, _ = mean_rates(recording)
    instead = base.frozen.network.structure.moments(heard)[0]
    return np.where(_unrecorded(findings), instead, found)


def _unrecorded(findings: Findings) -> list[bool]:
    """Return which curves are over a potential that no recording of the network has: that without T-type current."""
    states = [findings.base.theory.states[name] for name in _names(findings)]
    return [isinstance(state, MeasuredState) and not state.recorded_v for state in states]


def _raster(findings: Findings) -> xr.Dataset:
    recording = findings.stationary[BASE]
    kept = (recording["spike_time"].values < _RASTER) & (recording["spike_cell"].values < _RASTER_CELLS)
    names = {"raster_time": "spike_time", "raster_cell": "spike_cell", "raster_population": "spike_population"}
    return xr.Dataset({new: ("spike", recording[old].values[kept]) for new, old in names.items()})
