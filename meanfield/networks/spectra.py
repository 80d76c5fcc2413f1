"""Fluctuations of a finite network about a steady state: spectra and cross spectra of rates and potentials."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import trapezoid

from .structure import Structure

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]


def cross_spectra(
    structure: Structure, rates: Array, frequency: ArrayLike, noise: Mapping[str, float] | None = None
) -> xr.Dataset:
    """Return the one-sided cross spectral densities of rates and mean free potentials.

    Source: lindner2005 (linear response to the network's own shot noise).
    Assumptions: small fluctuations about a stable state; the spikes of a cell are those of `NetworkPopulation` without
    the network; what a population hears is the population rate, shot noise included, so that
    A = (1 - M)^-1 (shot noise + drives) and C_A = (1 - M)^-1 (2 S_cell/N + drives) (1 - M)^-H.

    Parameters
    ----------
    structure : Structure
        The network.
    rates : (P,) array
        Steady rates, Hz.
    frequency : (f,) array
        Hz.
    noise : mapping of str to float, optional
        White noise common to all cells of a target, by the drive's label, in the drive's unit times sqrt(s); its
        one-sided density is twice its square.

    Returns
    -------
    xarray.Dataset
        ``rate`` (frequency, population, other; Hz^2/Hz), ``v`` (V^2/Hz) complex, ``heard`` (V Hz/Hz) the cross density
        of potential (population) and rate (other).
    """
    hertz = np.atleast_1d(np.asarray(frequency, dtype=float))
    s = 2j * np.pi * hertz
    back = np.linalg.inv(np.eye(structure.count) - structure.open_loop(s, rates))
    own = np.zeros((hertz.size, structure.count, structure.count), dtype=np.complex128)
    for k, population in enumerate(structure.populations):
        own[:, k, k] = 2 * population.noise(hertz, float(rates[k]))
    to_mean, to_rate, density = _driven(structure, s, rates, noise or {})
    shaped = back @ to_rate
    rate = back @ own @ _adjoint(back) + (shaped * density) @ _adjoint(shaped)
    heard = structure.heard(s)[0]
    from_drive = heard @ shaped + to_mean
    v = heard @ back @ own @ _adjoint(heard @ back) + (from_drive * density) @ _adjoint(from_drive)
    across = heard @ back @ own @ _adjoint(back) + (from_drive * density) @ _adjoint(shaped)
    return _dataset(structure, hertz, {"rate": rate, "v": v, "heard": across})


def _driven(
    structure: Structure, s: Complex, rates: Array, noise: Mapping[str, float]
) -> tuple[Complex, Complex, Array]:
    """Return the transfers of noisy drives to potentials and rates (f, P, D), and their one-sided densities (D,)."""
    labels = [drive.label for drive in structure.drives]
    unknown = sorted(set(noise) - set(labels))
    if unknown:
        raise ValueError(f"power_spectrum: there is no drive {unknown[0]!r}; there are: {', '.join(labels) or 'none'}.")
    chosen = [label for label in labels if label in noise]
    to_mean, to_rate = structure.drive_transfer(s, rates, chosen)
    return to_mean, to_rate, np.array([2 * noise[label] ** 2 for label in chosen])


def _adjoint(matrix: Complex) -> Complex:
    return np.conj(np.swapaxes(matrix, -1, -2))


def _dataset(structure: Structure, frequency: Array, found: dict[str, Complex]) -> xr.Dataset:
    names = [population.name for population in structure.populations]
    facts = {
        "rate": ("Hz", "one-sided cross spectral density of the population rates"),
        "v": ("V^2/Hz", "one-sided cross spectral density of the mean free potentials"),
        "heard": ("V", "one-sided cross spectral density of mean free potential and rate"),
    }
    return xr.Dataset(
        {
            key: (("frequency", "population", "other"), values, {"units": facts[key][0], "long_name": facts[key][1]})
            for key, values in found.items()
        },
        coords={
            "frequency": ("frequency", frequency, {"units": "Hz", "long_name": "frequency"}),
            "population": names,
            "other": names,
        },
    )


def coherence(spectra: xr.DataArray) -> xr.DataArray:
    """Return |C_ab|^2/(C_aa C_bb) (frequency, population, other), 1, of cross spectra."""
    own = np.real(np.diagonal(spectra.values, axis1=-2, axis2=-1))
    product = own[..., :, None] * own[..., None, :]
    values = np.divide(np.abs(spectra.values) ** 2, product, out=np.zeros(product.shape), where=product > 0)
    return spectra.copy(data=values).assign_attrs(units="1", long_name="coherence")


def count_correlations(structure: Structure, rates: Array, windows: ArrayLike, points: int = 4000) -> Array:
    """Return the mean correlation (w, P, P) of the spike counts of two different cells in ``windows`` (w,) (s).

    Source: gerstner2014 (population fluctuations as the sum of single-cell and pairwise parts).
    Assumptions: pairs of cells share what the population rates show beyond their own spikes: C_A = S_cell/N +
    (1 - 1/N) C_pair within a population, C_A = C_pair across two; the variance of a count is that of an uncoupled cell
    plus the pair's.
    """
    width = np.atleast_1d(np.asarray(windows, dtype=float))[:, None]
    frequency = np.concatenate([[0.0], np.geomspace(1e-3 / width.max(), 20.0 / width.min(), points)])
    pairs = np.real(cross_spectra(structure, rates, frequency)["rate"].values) / 2
    box = (width * np.sinc(frequency * width)) ** 2

    def variance(density: Array) -> Array:
        return np.asarray(2 * trapezoid(density * box, frequency, axis=-1))

    cells = np.empty((width.size, structure.count))
    for k, population in enumerate(structure.populations):
        own = population.noise(frequency, float(rates[k]))
        size = population.size
        if size is not None:
            pairs[:, k, k] = (pairs[:, k, k] - own) * size / max(size - 1, 1)
        alone = own * (size or 1.0)
        cells[:, k] = variance(alone - alone[-1]) + alone[-1] * width[:, 0] + variance(pairs[:, k, k])
    found = np.stack(
        [[variance(pairs[:, a, b]) for b in range(structure.count)] for a in range(structure.count)], axis=0
    )
    return np.moveaxis(found, -1, 0) / np.sqrt(cells[:, :, None] * cells[:, None, :])


def count_correlation(
    structure: Structure, rates: Array, window: float, source: int, other: int, points: int = 4000
) -> float:
    """Return the mean correlation of the counts of two cells of ``source`` and ``other`` (places of populations).

    See `count_correlations`.
    """
    return float(count_correlations(structure, rates, window, points)[0, source, other])
