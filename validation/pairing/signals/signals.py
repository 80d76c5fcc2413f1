"""Signals of a pairing beyond mean rates: potentials, fluctuations of finite size, correlations and spike trains."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....bridge.prediction import PredictionRefused
from ....meanfield.models.population_network import PopulationNetwork
from ....spiking.spike_trains import recorded_populations
from ...seeds import experiment_seed
from ..condition import BASE
from ..spectra import Spectrum, multitaper_spectrum
from ..walk import SIDES, Findings
from .correlations import WINDOWS, PairCorrelation, measured_correlations, predicted_correlations
from .finite_size import Fluctuation, fluctuation, linear_fluctuation, mesoscopic_activity
from .trains import TrainStatistics, train_statistics
from .voltage import membrane_noise, predicted_voltage, voltage_spectrum

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Signals:
    """What the network at rest shows beyond its mean rates, and what each mean field expects, by its name.

    ``voltage`` is None for a recording without potentials; ``mesoscopic`` and its spectrum are None where the cells
    have no renewal description, and ``refusals`` then says why.
    """

    voltage: Spectrum | None
    voltage_predicted: Mapping[str, Array]
    fluctuation: Fluctuation
    linear: Mapping[str, Array]
    mesoscopic: Fluctuation | None
    mesoscopic_spectrum: Spectrum | None
    correlations: tuple[PairCorrelation, ...]
    correlations_predicted: Mapping[str, tuple[Array, ...]]
    trains: Mapping[str, TrainStatistics]
    refusals: tuple[tuple[str, str, str], ...]


def stationary_sides(findings: Findings) -> dict[str, tuple[PopulationNetwork, Array]]:
    """Return the mean fields whose linear response is held against the network at rest, with their steady rates."""
    base = findings.base
    theory = np.asarray(base.theory.rates, dtype=float)
    sides = {SIDES[field]: (frozen.network, np.asarray(frozen.rates)) for field, frozen in base.fields.items()}
    sides["theory"] = (base.theory.network, theory)
    return sides if base.leaky is None else sides | {"leaky": (base.leaky, theory)}


def signals_of(findings: Findings) -> Signals:
    """Return the signals of the untouched circuit at rest, on both sides."""
    recording, sides = findings.stationary[BASE], stationary_sides(findings)
    highest, width = findings.study.pairing.highest_frequency, float(recording.attrs["bin"])
    rate = recording["rate"].transpose("population", "time").values
    voltage, voltages = None, {}
    if "v_free" in recording:
        voltage = voltage_spectrum(recording, highest)
        private = membrane_noise(findings.base.circuit, voltage.frequency)
        voltages = {
            side: _known(findings, side, predicted_voltage(network, voltage.frequency, rates, width, private))
            for side, (network, rates) in sides.items()
        }
    seen = fluctuation(rate, width)
    mesoscopic, spectrum, refusals = _mesoscopic(findings, width, highest)
    pairs = measured_correlations(recording, sorted({*WINDOWS, findings.study.pairing.window}))
    return Signals(
        voltage=voltage,
        voltage_predicted=voltages,
        fluctuation=seen,
        linear={
            side: _known(findings, side, linear_fluctuation(network, rates, seen.width))
            for side, (network, rates) in sides.items()
        },
        mesoscopic=mesoscopic,
        mesoscopic_spectrum=spectrum,
        correlations=pairs,
        correlations_predicted={
            side: tuple(
                values if all(findings.base.judges(side, name) for name in (pair.one, pair.other)) else values * np.nan
                for pair, values in zip(pairs, predicted_correlations(network, rates, pairs), strict=True)
            )
            for side, (network, rates) in sides.items()
        },
        trains={name: train_statistics(recording, name) for name in recorded_populations(recording)},
        refusals=refusals,
    )


def _known(findings: Findings, side: str, values: Array) -> Array:
    """Return values (population, ...) of a mean field, NaN where it says nothing of its own about a population."""
    known = np.array([findings.base.judges(side, name) for name in findings.base.circuit.names])
    found = np.array(values, dtype=float)
    found[~known] = np.nan
    return found


def _mesoscopic(
    findings: Findings, width: float, highest: float
) -> tuple[Fluctuation | None, Spectrum | None, tuple[tuple[str, str, str], ...]]:
    duration = float(findings.stationary[BASE].attrs["duration"])
    seed = experiment_seed(findings.study.seed, "network", 888_888)
    try:
        run = mesoscopic_activity(findings.base, duration, width, seed)
    except PredictionRefused as refused:
        return None, None, ((BASE, "mesoscopic theory", str(refused)),)
    rate = run["rate"].values
    return fluctuation(rate, width), multitaper_spectrum(rate, width).between(0.0, min(highest, 0.4 / width)), ()
