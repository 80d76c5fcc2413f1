"""Fluctuations of mean free potentials: what the network makes of them, and the private noise of a finite number."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .parts import NetworkDrive, NetworkProjection
from .structure import Structure

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]


def potential_spectra(
    structure: Structure, rates: Array, frequency: ArrayLike, private: Mapping[str, ArrayLike] | None = None
) -> Complex:
    """Return the one-sided cross densities of the free potentials averaged over the cells of each population.

    The mean potential is V = H A + X. H is what populations hear of each other's rates A = B O, with B = (1 - M)^-1 and
    O the shot noise of the cells; X is the mean over N cells of what every cell hears alone. A cell that hears more by
    chance also fires more by chance, so O and X are correlated by the response R of its rate:

        C_V = H B C_O (H B)^H + C_X + H B C_OX + (H B C_OX)^H,        C_O = 2 S_cell/N,
        C_X = sum of D |K|^2/N,        C_OX = R sum of D (G K) K*/N,

    all diagonal but H and B. The sums go over the inputs of a population: K is the kernel, G the motion by which the
    rate follows it (1 if at once), D the one-sided density of what a cell hears alone: 2 level of a drive, and
    2 n (1 - n/N_source |d|^2) S_cell of a projection from n of N_source cells, drawn anew for each target; d is the
    transform of the distribution of delays.

    Source: lindner2005 (the network's shot noise); bussgang1952 (input and output of a cell in Gaussian noise are
    correlated by its response).
    Assumptions: small fluctuations about a stable state; every drive in Hz is Poisson spikes of each cell's own.

    Parameters
    ----------
    structure : Structure
        The network.
    rates : (P,) array
        Steady rates, Hz.
    frequency : (f,) array
        Hz.
    private : mapping of str to (f,) array, optional
        By the label of a drive, the one-sided density of a noise of every cell's own on it, in its unit^2/Hz.

    Returns
    -------
    (f, P, P) array
        V^2/Hz.

    Raises
    ------
    ValueError
        If ``private`` names a drive that does not exist.
    """
    hertz = np.atleast_1d(np.asarray(frequency, dtype=float))
    s = 2j * np.pi * hertz
    back = np.linalg.inv(np.eye(structure.count) - structure.open_loop(s, rates))
    from_shots = structure.heard(s)[0] @ back
    own = np.stack([2 * p.noise(hertz, float(r)) for p, r in zip(structure.populations, rates, strict=True)], axis=-1)
    cells = np.array([_cells(population.size) for population in structure.populations])
    alone, felt = (density / cells for density in private_densities(structure, rates, hertz, private))
    across = from_shots * (structure.responses(s, rates)[0] * felt)[:, None, :]
    found = (from_shots * own[:, None, :]) @ _adjoint(from_shots) + across + _adjoint(across)
    found[:, range(structure.count), range(structure.count)] += alone
    return found


def private_densities(
    structure: Structure, rates: Array, frequency: Array, private: Mapping[str, ArrayLike] | None = None
) -> tuple[Array, Complex]:
    """Return the one-sided density (f, P) (V^2/Hz) of what a cell of each population hears alone.

    The second one is the cross density of what its rate follows of that, and of its free potential.
    """
    given = dict(private or {})
    unknown = sorted(set(given) - {drive.label for drive in structure.drives})
    if unknown:
        known = ", ".join(drive.label for drive in structure.drives) or "none"
        raise ValueError(f"potential_spectra: there is no drive {unknown[0]!r}; there are: {known}.")
    s = 2j * np.pi * frequency
    alone = np.zeros((frequency.size, structure.count))
    felt = np.zeros(alone.shape, dtype=np.complex128)
    heard: list[tuple[NetworkDrive | NetworkProjection, Array]] = [
        (d, np.asarray(given.get(d.label, 0.0), dtype=float) + (2 * d.level if d.unit == "Hz" else 0.0))
        for d in structure.drives
    ]
    heard += [(p, _unshared(structure, p, rates, frequency)) for p in structure.projections]
    for part, density in heard:
        kernel, place = part.kernel.laplace(s), structure.places[part.target]
        alone[:, place] += density * np.abs(kernel) ** 2
        felt[:, place] += density * part.felt(s) * np.conj(kernel)
    return alone, felt


def _unshared(structure: Structure, projection: NetworkProjection, rates: Array, frequency: Array) -> Array:
    """Return the one-sided density (Hz) of the spikes that a cell hears through a projection and others do not."""
    place = structure.places[projection.source]
    source = structure.populations[place]
    rate, cells = float(rates[place]), _cells(source.size)
    cell = source.noise(frequency, rate) * cells if source.size else np.full(frequency.shape, rate)
    shared = projection.count / cells * np.abs(projection.delay.laplace(2j * np.pi * frequency)) ** 2
    return 2 * projection.count * np.maximum(1 - shared, 0.0) * cell


def _cells(size: float | None) -> float:
    return np.inf if size is None else size


def _adjoint(matrix: Complex) -> Complex:
    return np.conj(np.swapaxes(matrix, -1, -2))
