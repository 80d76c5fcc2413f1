"""The bench of the ledger: one population in one background, held at stated fractions of its maximal rate, and changed.

It follows the walk of a study with a fixed budget in place of error-controlled sampling: the drives are set on the
untouched population and played to every change of it with the same seeds, so that effects are paired differences.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from ...bridge.design import drive_at
from ...bridge.rate_table import rate_table
from ...bridge.sigmoid_fit import SigmoidEstimate, fit_sigmoid
from ...spiking import PointCell, Population, ProbeSpikes, SteadyDrive
from ..drive_levels import drives_for
from ..measurement import Constants, FitPlan, Measured, Recorded, measure
from ..parallel import side_by_side
from ..seeds import experiment_seed
from ..simulations import Job, Laboratory

BASE = "base"
GROUPS = 10
LEVELS = 17
LOW, HIGH = -0.015, 0.025  # V, range of the mean free potential about the threshold
DURATION, WARM_UP = 2.0, 0.5  # s


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the ledger is made: its seed, the level of its intervals, how much is simulated, where the receptor data lie.

    ``effort`` multiplies the number of cells of every simulation; 1 is the default precision.
    """

    seed: int = 1
    level: float = 0.95
    effort: float = 1.0
    receptors: Path | None = None

    def cells(self, usual: int, *, least: int = 20) -> int:
        """Return a number of cells, a multiple of the groups, at this effort."""
        return GROUPS * max(round(usual * self.effort / GROUPS), -(-least // GROUPS))

    def seed_of(self, label: str) -> int:
        """Return the engine's seed of the experiment called ``label``."""
        return experiment_seed(self.seed, "ledger", zlib.crc32(label.encode()))


@dataclass(frozen=True, kw_only=True)
class Site:
    """A population in a background; ``held`` says at which fraction of its maximal rate it is held, by domain."""

    name: str
    population: Population
    held: Mapping[str, float]

    @property
    def cap(self) -> float:
        """Potential at which the maximal rate is read, V."""
        return self.population.cell.threshold + HIGH


def with_background(population: Population, factor: float) -> Population:
    """Return the population with the rates of all its afferents times a factor."""
    afferents = tuple(replace(a, rate=a.rate * factor) for a in population.afferents)
    return replace(population, afferents=afferents)


def survey(
    laboratory: Laboratory, settings: Settings, site: Site, changes: Mapping[str, Population], *, cells: int = 200
) -> dict[str, dict[str, Measured]]:
    """Measure sigmoid, kernel, operating point and gain of a population and of each change of it.

    Parameters
    ----------
    laboratory : Laboratory
    settings : Settings
    site : Site
    changes : mapping
        Changed populations by name.
    cells : int
        Cells of a level, and of a slot at the operating point.

    Returns
    -------
    dict
        For each domain of ``site.held`` the measured conditions by name, the untouched one as "base".
    """
    seed = settings.seed_of(site.name)
    potentials = site.population.cell.threshold + np.linspace(LOW, HIGH + 0.004, LEVELS)
    drives = drives_for(site.population, "current", potentials)
    steady = SteadyDrive(
        levels=tuple(map(float, drives)), cells=settings.cells(cells), duration=DURATION, warm_up=WARM_UP
    )
    everything = {BASE: site.population, **changes}
    sweeps = laboratory.record(
        f"{site.name}: rates", [Job(population=p, experiment=steady, seed=seed) for p in everything.values()]
    )
    fit = fit_sigmoid(rate_table(sweeps[0]), q_max="at_cap", v_cap=site.cap, intervals="none")
    drives_held = {domain: _drive(sweeps[0], fit, fraction) for domain, fraction in site.held.items()}
    recorded = _held(laboratory, settings, site, everything, sweeps, drives_held)
    calls = [
        (recorded[domain, name], _plan(fit, drive, settings), _constants(everything[name]))
        for domain, drive in drives_held.items()
        for name in everything
    ]
    found = iter(
        side_by_side(
            f"{site.name}: estimates",
            measure,
            calls,
            packages=("bridge", "meanfield", "validation/measurement.py"),
            store=laboratory.store,
            workers=laboratory.machine.workers,
            progress=laboratory.progress,
        )
    )
    return {domain: {name: next(found) for name in everything} for domain in drives_held}


def _drive(sweep: xr.Dataset, fit: SigmoidEstimate, fraction: float) -> float:
    """Return the current (A) at which the untouched population fires at a fraction of its maximal rate."""
    potential = float(fit.sigmoid.quantile(fraction))
    return float(drive_at(rate_table(sweep), np.array([potential]))[0])


def _held(
    laboratory: Laboratory,
    settings: Settings,
    site: Site,
    everything: Mapping[str, Population],
    sweeps: Sequence[xr.Dataset],
    drives: Mapping[str, float],
) -> dict[tuple[str, str], Recorded]:
    """Record every condition at each operating drive: many cells held there, and probe spikes."""
    jobs = []
    for domain, drive in drives.items():
        held = SteadyDrive(levels=(drive,) * 6, cells=settings.cells(100), duration=DURATION, warm_up=WARM_UP)
        probe = ProbeSpikes(current=drive, groups=GROUPS, cells_per_group=settings.cells(200) // GROUPS)
        for population in everything.values():
            jobs += [
                Job(population=population, experiment=held, seed=settings.seed_of(f"{site.name} {domain} held")),
                Job(population=population, experiment=probe, seed=settings.seed_of(f"{site.name} {domain} probe")),
            ]
    recordings = iter(laboratory.record(f"{site.name}: operating points", jobs))
    return {
        (domain, name): Recorded(steady=(sweep, next(recordings)), probe=next(recordings))
        for domain in drives
        for name, sweep in zip(everything, sweeps, strict=True)
    }


def _plan(fit: SigmoidEstimate, drive: float, settings: Settings) -> FitPlan:
    return FitPlan(family=fit.family, q_max="at_cap", operating_drive=drive, level=settings.level, groups=GROUPS)


def _constants(population: Population) -> Constants:
    """Return what reading a condition needs; the cap moves with the threshold of the condition, as in a study."""
    cell = population.cell
    dead_time = cell.refractory_period or None if isinstance(cell, PointCell) else None
    return Constants(v_cap=cell.threshold + HIGH, refractory_period=dead_time)
