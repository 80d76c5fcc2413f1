"""The held-out test: stimuli that no estimate has seen, played to the spiking population and to the mass models."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from .dynamics_score import score
from .mass_models import Parts

Array = NDArray[np.floating]


def binned(recording: xr.Dataset, width: float) -> xr.Dataset:
    """Return a time-varying recording averaged over bins of ``width`` (s)."""
    step = float(recording["time"][1] - recording["time"][0])
    samples = max(1, round(width / step))
    return recording.coarsen(time=samples, boundary="trim").mean(keep_attrs=True)


def _spread(values: xr.DataArray) -> xr.DataArray:
    """Return the standard error of the mean over groups."""
    return values.std("group", ddof=1) / np.sqrt(values.sizes["group"])


def follow(parts: Parts, recording: xr.Dataset, channel: str, background: float, width: float) -> tuple[Array, Array]:
    """Return rate (stimulus, bin; Hz) and potential (V) of the mass model under the inputs the population heard."""
    step = float(recording["time"][1] - recording["time"][0])
    rates, potentials = [], []
    for name in recording["stimulus"].values:
        heard = recording["input"].sel(stimulus=name).values
        v, rate = parts.mass(channel, background).respond({channel: heard}, step)
        bins = max(1, round(width / step))
        whole = rate.size // bins * bins
        rates.append(rate[:whole].reshape(-1, bins).mean(-1))
        potentials.append(v[:whole].reshape(-1, bins).mean(-1))
    return np.array(rates), np.array(potentials)


def held_out(
    models: Mapping[str, Parts],
    left_out: Sequence[Parts],
    recording: xr.Dataset,
    *,
    channel: str,
    background: float,
    condition: str,
    width: float = 0.004,
) -> tuple[xr.Dataset, list[dict[str, Any]]]:
    """Run every mass model on the stimuli that the population heard and score it against the population's rate.

    Parameters
    ----------
    models : dict of str to Parts
        The mass model ("mass") and its negative controls.
    left_out : sequence of Parts
        The mass model rebuilt without each group of cells, from which the error of its prediction follows (jackknife).
    recording : Dataset of a ``TimeVaryingInput``
    channel, background : str, float
        Afferent that was modulated and its background rate, Hz.
    condition : str
        Name of the condition, for the rows.
    width : float
        Width of a bin, s.

    Returns
    -------
    Dataset, list of dict
        Traces of population and models, and one row of scores for each model and stimulus.
    """
    seen = binned(recording, width)
    rate, rate_se = seen["rate"].mean("group").values, _spread(seen["rate"]).values
    traces = {name: follow(parts, recording, channel, background, width) for name, parts in models.items()}
    parts = np.array([follow(part, recording, channel, background, width)[0] for part in left_out])
    groups = len(left_out)
    fit_se = np.sqrt((groups - 1) / groups * np.sum((parts - parts.mean(0)) ** 2, 0))
    rows = []
    for model, (predicted, _) in traces.items():
        for i, stimulus in enumerate(recording["stimulus"].values):
            found = score(rate[i], rate_se[i], predicted[i], fit_se[i])
            rows.append(
                {"condition": condition, "stimulus": str(stimulus), "model": model, "unit": "Hz", **vars(found)}
            )
    return _dataset(seen, rate, rate_se, fit_se, traces), rows


def _dataset(
    seen: xr.Dataset, rate: Array, rate_se: Array, fit_se: Array, traces: Mapping[str, tuple[Array, Array]]
) -> xr.Dataset:
    at = ("stimulus", "time")
    unit = str(seen["input"].attrs.get("units", "Hz"))
    variables = {
        "stimulus_input": (at, seen["input"].values, {"units": unit, "long_name": "input that was played"}),
        "spiking_rate": (at, rate, {"units": "Hz", "long_name": "rate of the spiking population"}),
        "spiking_rate_se": (at, rate_se, {"units": "Hz", "long_name": "its standard error over groups of cells"}),
        "spiking_v_free": (at, seen["v_free"].mean("group").values, {"units": "V", "long_name": "mean free potential"}),
        "mass_rate_se": (at, fit_se, {"units": "Hz", "long_name": "standard error of the mass model's rate"}),
        "mass_rate": (
            ("model", *at),
            np.array([t[0] for t in traces.values()]),
            {"units": "Hz", "long_name": "rate of the model"},
        ),
        "mass_v": (
            ("model", *at),
            np.array([t[1] for t in traces.values()]),
            {"units": "V", "long_name": "potential of the model"},
        ),
    }
    coords = {
        "model": list(traces),
        "stimulus": [str(name) for name in seen["stimulus"].values],
        "time": ("time", seen["time"].values, {"units": "s", "long_name": "time"}),
    }
    return xr.Dataset(variables, coords)
