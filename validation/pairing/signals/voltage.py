"""Spectra of the mean free potentials: the network's with their bands, and what the mean field expects of them."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....meanfield.models.population_network import PopulationNetwork
from ....meanfield.networks import potential_spectra
from ....spiking.circuits import Circuit
from ..spectra import Spectrum, multitaper_spectrum

Array = NDArray[np.float64]


def voltage_spectrum(recording: xr.Dataset, highest: float) -> Spectrum:
    """Return the spectra (V^2/Hz) of the mean free potentials of a recording up to ``highest`` (Hz)."""
    potential = recording["v_free"].transpose("population", "time").values
    width = float(recording.attrs["bin"])
    return multitaper_spectrum(potential, width).between(0.0, min(highest, 0.4 / width))


def membrane_noise(circuit: Circuit, frequency: Array) -> dict[str, Array]:
    """Return by the label of a drive the one-sided density (A^2/Hz) of the private current noise of each population."""
    found = {}
    for each in circuit.populations:
        noise = each.population.noise
        if noise is not None:
            slow = 1 + (2 * np.pi * frequency * noise.time_constant) ** 2
            found[f"{each.name}.current"] = 4 * noise.amplitude**2 * noise.time_constant / slow
    return found


def predicted_voltage(
    network: PopulationNetwork,
    frequency: Array,
    rates: Array,
    width: float,
    private: Mapping[str, Array] | None = None,
) -> Array:
    """Return the densities (population, frequency) (V^2/Hz) of potentials averaged over bins, NaN if unstable.

    Assumptions: nothing above half the sampling rate comes back, since potentials fall steeply there.

    Parameters
    ----------
    network : PopulationNetwork
        The mean field.
    frequency : (f,) array
        Hz.
    rates : (P,) array
        Its steady rates, Hz.
    width : float
        Of the bins, s.
    private : mapping of str to (f,) array, optional
        Noise of every cell's own on a drive; see `potential_spectra`.
    """
    if network.loop(rates).unstable:
        return np.full((len(network.names), frequency.size), np.nan)
    found = potential_spectra(network.structure, rates, frequency, private)
    own = np.real(np.diagonal(found, axis1=1, axis2=2)).T
    return np.asarray(own * np.sinc(frequency * width) ** 2, dtype=np.float64)
