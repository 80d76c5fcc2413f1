"""The state of a population: how its membrane potentials are distributed, and who is refractory since when."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...units import takes
from .finite_volume import VoltageCells

Array = NDArray[np.floating]

LAST_MASSES, LAST_REFRACTORY = "last_probability", "last_refractory"


@dataclass(frozen=True)
class DensityState:
    """Probability in each voltage cell and in each class of refractory age.

    Parameters
    ----------
    cells : VoltageCells
        Where the voltage cells are.
    masses : (n_v,) array
        Probability in each voltage cell.
    refractory : (n,) array
        Probability of having spiked in each of n equal classes of age from 0 to the refractory period, youngest first;
        empty without refractory period.
    """

    cells: VoltageCells
    masses: Array
    refractory: Array

    def __post_init__(self) -> None:
        total = float(self.masses.sum() + self.refractory.sum())
        if self.masses.shape != (self.cells.below + self.cells.above,) or not abs(total - 1) < 1e-6:
            raise ValueError(
                f"DensityState: {self.masses.size} probabilities in {self.cells.below + self.cells.above} cells sum to "
                f"{total:.9g} with the refractory ones; give one per cell and 1 in all."
            )

    @classmethod
    @takes(mean="V", sd="V")
    def gaussian(cls, cells: VoltageCells, mean: float, sd: float) -> "DensityState":
        """Return a population of potentials spread normally (V), cut off at the threshold, and nobody refractory."""
        shape = np.exp(-(((cells.centres - mean) / sd) ** 2) / 2)
        return cls(cells=cells, masses=shape / shape.sum(), refractory=np.zeros(1))

    @classmethod
    def at_reset(cls, cells: VoltageCells) -> "DensityState":
        """Return a population of which every cell has just left its refractory period."""
        masses = np.zeros(cells.below + cells.above)
        masses[cells.below - 1 : cells.below + 1] = 0.5
        return cls(cells=cells, masses=masses, refractory=np.zeros(1))

    @classmethod
    def of(cls, run: xr.Dataset) -> "DensityState":
        """Return the last state of a run, from which another can go on."""
        places = [run.attrs[name] for name in ("v_reset", "v_spike", "cells_above", "cells_below")]
        cells = VoltageCells(float(places[0]), float(places[1]), int(places[2]), int(places[3]))
        return cls(cells=cells, masses=run[LAST_MASSES].to_numpy(), refractory=run[LAST_REFRACTORY].to_numpy())

    @property
    def density(self) -> Array:
        """Density in each voltage cell, 1/V."""
        return self.masses / self.cells.width

    @property
    def mean_v(self) -> float:
        """Mean potential with refractory cells at the reset, V."""
        return float(self.masses @ self.cells.centres + self.refractory.sum() * self.cells.v_reset)

    def check_fits(self, cells: VoltageCells) -> None:
        """Raise ``ValueError`` unless the voltage cells of the state are those of another run, but for their depth."""
        own = (self.cells.v_reset, self.cells.v_spike, self.cells.above)
        asked = (cells.v_reset, cells.v_spike, cells.above)
        if own != asked:
            raise ValueError(
                f"The initial state has (reset, spike, cells between) = {own}, the population {asked}; take a state of "
                "the same population."
            )

    def padded(self, below: int) -> Array:
        """Return the probabilities with empty cells added underneath, up to ``below`` cells below the reset."""
        return np.concatenate([np.zeros(below - self.cells.below), self.masses])
