"""The numbers of the signals of a pairing, for its dataset and for its JSON document."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..condition import BASE
from ..walk import Findings
from .finite_size import Fluctuation
from .signals import Signals

Array = NDArray[np.float64]


def signals_document(findings: Findings) -> dict[str, Any]:
    """Return fluctuations and correlations as plain values, by population and by pair."""
    signals = findings.signals
    theory = signals.mesoscopic
    return {
        "fluctuation": {
            name: {
                "width": signals.fluctuation.width.tolist(),
                "network": signals.fluctuation.deviation[0][k].tolist(),
                "network_error": signals.fluctuation.deviation[1][k].tolist(),
                "mesoscopic": None if theory is None else theory.deviation[0][k].tolist(),
                "mesoscopic_error": None if theory is None else theory.deviation[1][k].tolist(),
                **{side: np.sqrt(variance[k]).tolist() for side, variance in signals.linear.items()},
            }
            for k, name in enumerate(findings.base.circuit.names)
        },
        "correlations": [
            {
                "one": pair.one,
                "other": pair.other,
                "window": pair.window.tolist(),
                "network": pair.measured.tolist(),
                "network_error": pair.error.tolist(),
                **{side: values[place].tolist() for side, values in signals.correlations_predicted.items()},
            }
            for place, pair in enumerate(signals.correlations)
        ],
    }


def signals_dataset(findings: Findings) -> xr.Dataset:
    """Return spectra of potentials, fluctuations and correlations, each with what the mean fields expect."""
    signals, names = findings.signals, list(findings.base.circuit.names)
    parts = [_fluctuations(findings, names)]
    if signals.voltage is not None:
        parts.append(_voltages(signals, names))
    if signals.correlations:
        parts.append(_correlations(signals))
    return xr.merge(parts, combine_attrs="override")


def _variables(
    content: Mapping[str, tuple[Any, str]], dims: tuple[str, ...], unit: str
) -> dict[str, tuple[tuple[str, ...], Any, dict[str, str]]]:
    return {
        name: (dims, np.asarray(values), {"units": unit, "long_name": words})
        for name, (values, words) in content.items()
    }


def _voltages(signals: Signals, names: list[str]) -> xr.Dataset:
    spectrum = signals.voltage
    if spectrum is None:
        return xr.Dataset()
    bands = [spectrum.band(k) for k in range(len(names))]
    content = {
        "voltage_spectrum": ([spectrum.own(k) for k in range(len(names))], "spectrum of the mean free potential"),
        "voltage_spectrum_low": ([low for low, _ in bands], "lower end of its 95 % band"),
        "voltage_spectrum_high": ([high for _, high in bands], "upper end of the band"),
    }
    content |= {
        f"voltage_spectrum_{side}": (values, f"spectrum of the mean free potential by {side}")
        for side, values in signals.voltage_predicted.items()
    }
    frequency = ("frequency", spectrum.frequency, {"units": "Hz"})
    return xr.Dataset(
        _variables(content, ("population", "frequency"), "V^2/Hz"), {"population": names, "frequency": frequency}
    )


def _fluctuations(findings: Findings, names: list[str]) -> xr.Dataset:
    signals = findings.signals

    def both(found: Fluctuation, words: str, name: str) -> dict[str, tuple[Any, str]]:
        return {
            name: (found.variance, f"variance of the rate in bins, {words}"),
            f"{name}_error": (found.error, "its standard error"),
        }

    content = both(signals.fluctuation, "network", "fluctuation")
    if signals.mesoscopic is not None:
        content |= both(signals.mesoscopic, "mesoscopic theory", "fluctuation_mesoscopic")
    content |= {
        f"fluctuation_{side}": (values, f"variance of the rate in bins, linear response by {side}")
        for side, values in signals.linear.items()
    }
    width = ("bin_width", signals.fluctuation.width, {"units": "s"})
    rate = findings.stationary[BASE]["rate"].transpose("population", "time").values.mean(axis=1)
    poisson = rate / np.array([population.size for population in findings.base.circuit.populations])
    found = xr.Dataset(
        _variables(content, ("population", "bin_width"), "Hz^2"), {"population": names, "bin_width": width}
    )
    words = {"poisson_variance": (poisson, "variance of independent Poisson cells times the width of the bins")}
    found = found.assign(_variables(words, ("population",), "Hz"))
    spectrum = signals.mesoscopic_spectrum
    if spectrum is not None:
        values = {
            "spectrum_mesoscopic": ([spectrum.own(k) for k in range(len(names))], "spectrum by mesoscopic theory")
        }
        frequency = ("frequency", spectrum.frequency, {"units": "Hz"})
        found = found.assign(_variables(values, ("population", "frequency"), "Hz^2/Hz")).assign_coords(
            frequency=frequency
        )
    return found


def _correlations(signals: Signals) -> xr.Dataset:
    pairs = signals.correlations
    content = {
        "correlation": ([pair.measured for pair in pairs], "mean correlation of the counts of two cells"),
        "correlation_error": ([pair.error for pair in pairs], "its standard error"),
    }
    content |= {
        f"correlation_{side}": (np.stack(values), f"mean correlation by {side}")
        for side, values in signals.correlations_predicted.items()
    }
    window = ("window", pairs[0].window, {"units": "s"})
    labels = [f"{pair.one}, {pair.other}" for pair in pairs]
    return xr.Dataset(_variables(content, ("pair", "window"), "1"), {"pair": labels, "window": window})
