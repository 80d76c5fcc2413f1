"""One population of a circuit at stated rates, by measurement: for cells whose rate or membrane has no theory.

Thick-tufted cells of two compartments and cells with a T-type current are measured alone, with everything they hear as
Poisson spikes. What stands for the free potential in their mean field is said where each of them is measured:
`two_compartment_state`, `t_type_state`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...meanfield import Kernel, Sigmoid
from ...meanfield.networks import RateModel, RenewalSpikes
from ...spiking import PointCell, Population, SteadyDrive, TwoCompartmentCell
from ...spiking.engine import Job
from ..kernel_fit import KernelEstimate
from ..rate_table import rate_table
from .operating_state import OperatingState, Sources
from .recurrent_input import HeardInput

Array = NDArray[np.float64]
Recorder = Callable[[Sequence[Job]], Sequence[xr.Dataset]]

_LEAST_VARIATION = 0.05  # of intervals, so that a regular cell has a spectrum too


@dataclass(frozen=True, kw_only=True)
class Survey:
    """How populations are measured alone: ``record`` simulates jobs, the rest is what a job holds.

    ``levels`` steady currents reach ``reach`` standard deviations of the potential to both sides; ``slots`` more of
    them, each of ``cells`` cells, stand at the operating point. ``duration``, ``warm_up`` and ``dt`` in s.
    """

    record: Recorder
    seed: int
    levels: int = 11
    cells: int = 200
    slots: int = 8
    duration: float = 2.0
    warm_up: float = 0.5
    dt: float = 1e-4
    reach: float = 3.0

    def steady(self, levels: Sequence[float], cells: int | None = None) -> SteadyDrive:
        """Return the experiment that holds these currents (A), each with ``cells`` of its own."""
        return SteadyDrive(
            levels=tuple(float(level) for level in levels), cells=cells or self.cells, duration=self.duration,
            warm_up=self.warm_up, dt=self.dt,
        )  # fmt: skip

    def at_rest(self) -> SteadyDrive:
        """Return the experiment that holds the operating point alone."""
        return self.steady([0.0] * self.slots)


@dataclass(frozen=True, kw_only=True)
class Response:
    """What one afferent does, measured in two ways: area of its kernel, V s, and standard errors.

    ``by_potential`` is the change of the mean free potential by the afferent's rate; ``by_rate`` the change of the rate
    over the slope of the curve: the potential that would make the cells fire as much. Cells that follow their potential
    alone have both the same.
    """

    by_potential: float
    potential_error: float
    by_rate: float
    rate_error: float


@dataclass(frozen=True, kw_only=True)
class MeasuredState:
    """A population at stated rates of the circuit, as `OperatingState`, but measured.

    ``curve`` is its rate (Hz) by the potential that stands for it, ``v`` (V) where it works and ``sigma_v`` (V) the sd
    in time there; ``rate`` (Hz) was counted, with its standard error. ``alone`` are the kernels (V per spike) of its
    merged afferents, ``current`` that of a current (V/(A s)), ``slope_conductance`` in S. ``responses`` say by afferent
    how far the potential explains what it does; ``probes`` are the estimates of the kernels, where they were probed.
    """

    name: str
    population: Population
    rates: dict[str, float]
    heard: tuple[HeardInput, ...]
    sources: Sources
    spread: float
    kernels: dict[str, Kernel]
    rate: float
    rate_error: float
    slope: float
    rate_cv: float
    v: float
    sigma_v: float
    curve: Sigmoid | RateModel
    family: str
    spectrum: RenewalSpikes
    current: Kernel
    slope_conductance: float
    alone: dict[str, Kernel]
    table: xr.Dataset
    responses: dict[str, Response]
    probes: dict[str, KernelEstimate]
    notes: tuple[str, ...]
    recorded_v: bool


PopulationState = OperatingState | MeasuredState


def unpredicted(population: Population) -> str | None:
    """Return why theory alone says nothing about a population, in a sentence, or None if it does."""
    if isinstance(population.cell, TwoCompartmentCell):
        return (
            "Cells of two compartments with a regenerative Ca2+ current are no linear membrane: curve, kernels and "
            "rate were measured with the population alone."
        )
    if isinstance(population.cell, PointCell) and population.cell.t_type is not None:
        return (
            "The T-type current switches on at one potential and remembers it: the rate by the potential without that "
            "current was measured with the population alone."
        )
    return None


@dataclass(frozen=True)
class Counted:
    """The operating point as it was counted: rate (Hz) with its error, Fano factor, sd of the cells over their mean."""

    rate: float
    error: float
    fano: float
    rate_cv: float
    v: float
    v_error: float
    sigma_v: float


def counted(recording: xr.Dataset) -> Counted:
    """Return rate, potential and scatter of the levels of a recording that hold the population at drive 0."""
    here = recording.isel(level=np.flatnonzero(recording["drive"].values == 0.0))
    table = rate_table(here)
    weight = table["exposure"].values / table["exposure"].values.sum()
    halves = here["spike_count"].transpose("half", "level", "cell").values.astype(float)
    # Noise differs from half to half, what sets a cell apart does not.
    first, second = (half - half.mean(axis=-1, keepdims=True) for half in halves)
    between, mean = float(np.mean(first * second)), float(halves.mean())
    return Counted(
        rate=float(table["rate"].values @ weight),
        error=float(np.sqrt(np.sum((table["rate_se"].values * weight) ** 2))),
        fano=float(table["fano"].values @ weight),
        rate_cv=float(np.sqrt(max(between, 0.0)) / mean) if mean > 0 else 0.0,
        v=float(table["v_free"].values @ weight),
        v_error=float(np.sqrt(np.sum((table["v_free_se"].values * weight) ** 2))),
        sigma_v=float(np.sqrt(np.mean(table["sigma_v"].values ** 2))),
    )


def spectrum_of(population: Population, rate: float, fano: float) -> RenewalSpikes:
    """Return the spectrum of a cell whose intervals have the scatter that its counts have over a long time."""
    refractory = float(getattr(population.cell, "refractory_period", 0.0))
    dead_time = min(refractory, 0.9 / max(rate, 1e-9))
    return RenewalSpikes(cv=max(float(np.sqrt(fano)), _LEAST_VARIATION), dead_time=dead_time)
