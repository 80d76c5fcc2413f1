"""Receptor densities of 44 cortical areas by layer, read from a folder that the user has: the files are not shipped.

The densities (zilles2017, as arranged by hansen2022) come under a licence that forbids commercial use. Get them from
github.com/netneurolab/hansen_receptors, folder data/autoradiography, and name that folder with ``--receptors``.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

LAYERS = {"supragranular": "ReceptData_S.npy", "granular": "ReceptData_G.npy", "infragranular": "ReceptData_I.npy"}
NAMES, AREAS = "ReceptorNames.npy", "RegionNames.npy"
HOW_TO_GET = (
    "needs the receptor data: get data/autoradiography of github.com/netneurolab/hansen_receptors and name the folder "
    "with --receptors"
)
_REACH = 6.0  # robust standard deviations above the median, beyond which a density is an entry error


class ReceptorDataError(ValueError):
    """The receptor files are missing or are not what they should be."""


@dataclass(frozen=True)
class ReceptorData:
    """Densities (fmol/mg) by layer, each (area, receptor), NaN where an area lacks the layer."""

    receptors: tuple[str, ...]
    areas: tuple[str, ...]
    layers: dict[str, Array]

    def density(self, receptor: str, layer: str) -> Array:
        """Return the density of a receptor in one layer of every area.

        Raises
        ------
        ReceptorDataError
            If the data have no such receptor.
        """
        wanted = plain_name(receptor)
        if wanted not in self.receptors:
            raise ReceptorDataError(f"The receptor data have no {receptor}; they have: {', '.join(self.receptors)}.")
        return self.layers[layer][:, self.receptors.index(wanted)]

    def mean_density(self, receptor: str) -> Array:
        """Return the density of a receptor in every area, the mean over the layers that it has."""
        return np.nanmean([self.density(receptor, layer) for layer in LAYERS], axis=0)

    def among(self, names: frozenset[str]) -> NDArray[np.bool_]:
        """Return which areas are among ``names``."""
        return np.array([area in names for area in self.areas])


def plain_name(name: str) -> str:
    """Return a name of a receptor or area without case, spaces and hyphens: the files spell them in several ways."""
    return "".join(letter for letter in str(name).casefold() if letter.isalnum())


def read_receptor_data(folder: Path) -> ReceptorData:
    """Read the densities of a folder and clean them.

    A density of 0 means that an area lacks the layer (area 24 has no granular one) and is left out; one more than 6
    robust standard deviations above the median of its receptor is an entry error and is brought down to that bound.

    Raises
    ------
    ReceptorDataError
        If a file is missing, or its shape does not fit the names.
    """
    if lacking := [name for name in (*LAYERS.values(), NAMES, AREAS) if not (folder / name).is_file()]:
        raise ReceptorDataError(f"{folder} has no {lacking[0]}; the ledger {HOW_TO_GET}.")
    receptors, areas = (_names(folder / name) for name in (NAMES, AREAS))
    layers = {}
    for layer, name in LAYERS.items():
        values = np.asarray(np.load(folder / name), dtype=float)
        if values.shape != (len(areas), len(receptors)):
            raise ReceptorDataError(
                f"{folder / name} has shape {values.shape}, but there are {len(areas)} areas and {len(receptors)} "
                "receptors; use the files as published."
            )
        layers[layer] = _clean(values)
    return ReceptorData(receptors=receptors, areas=areas, layers=layers)


def _names(path: Path) -> tuple[str, ...]:
    raw = np.load(path, allow_pickle=False).ravel()
    return tuple(plain_name(name.decode() if isinstance(name, bytes) else name) for name in raw.tolist())


def _clean(values: Array) -> Array:
    known = np.where(values > 0, values, np.nan)
    middle = np.nanmedian(known, axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(known - middle), axis=0)
    return np.minimum(known, middle + _REACH * np.where(spread > 0, spread, np.inf))
