"""The work that all versions do: conductance LIF cells with AMPA, NMDA and GABA_A, 40 drives under 8 modulations."""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mesobridge.spiking import MECHANISMS, POPULATIONS, Population, SteadyDrive
from mesobridge.spiking.engine import Job, Machine, simulate_many

MODULATIONS = (
    ("threshold_shift", -0.004),
    ("threshold_shift", 0.004),
    ("ampa_density", 0.7),
    ("ampa_density", 1.4),
    ("gaba_a_density", 0.7),
    ("gaba_a_density", 1.4),
    ("calcium_depolarization", -0.003),
    ("calcium_depolarization", 0.003),
)


@dataclass(frozen=True)
class Workload:
    """How many drives, modulations and cells, and for how long (s)."""

    levels: int = 40
    modulations: int = 8
    cells: int = 1000
    duration: float = 2.0

    @property
    def conditions(self) -> int:
        """Number of conditions."""
        return self.levels * self.modulations

    @property
    def steps(self) -> float:
        """Neuron-steps of 0.1 ms."""
        return self.conditions * self.cells * self.duration / 1e-4

    @property
    def currents(self) -> tuple[float, ...]:
        """Drives, A."""
        return tuple(np.linspace(0.0, 400e-12, self.levels).tolist())


def yardstick_population() -> Population:
    """Textbook cells with AMPA, NMDA (Mg block) and GABA_A under private Poisson drive, thresholds spread."""
    population = POPULATIONS["textbook_lif"]()
    afferents = tuple(
        replace(afferent, synapses=tuple(s for s in afferent.synapses if s.receptor != "gaba_b"))
        for afferent in population.afferents
    )
    return replace(population, name="yardstick", afferents=afferents, noise=None)


def jobs(work: Workload) -> list[Job]:
    """Return one job for each modulation, all its drives in it."""
    experiment = SteadyDrive(levels=work.currents, cells=work.cells, duration=work.duration, warm_up=0.0)
    population = yardstick_population()
    chosen = MODULATIONS[: work.modulations]
    return [Job(MECHANISMS[name].apply(population, amount), experiment, seed=1) for name, amount in chosen]


@dataclass(frozen=True)
class Cost:
    """Wall-clock seconds, and core-seconds of this process and of those it started."""

    wall: float
    core: float


def core_seconds() -> float:
    """Return core-seconds used so far by this process and its ended children."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def cost_of(work: Callable[[], object]) -> Cost:
    """Return what it costs to do this once."""
    wall, core = time.perf_counter(), core_seconds()
    work()
    return Cost(time.perf_counter() - wall, core_seconds() - core)


def warm(machine: Machine) -> Cost:
    """Build the program of the workload, and return what that cost."""
    tiny = Workload(levels=1, modulations=1, cells=8, duration=1e-3)
    return cost_of(lambda: simulate_many(jobs(tiny), machine))
