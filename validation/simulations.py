"""Left hand of a study: recordings of spiking populations, made side by side and each of them only once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import xarray as xr

from ..spiking import CurrentGrid, CurrentPulses, Population
from ..spiking.engine import Machine, simulate
from ..spiking.protocols import Experiment, ProbeSpikes, SteadyDrive
from .progress import Progress
from .store import Store

R = TypeVar("R")

_PACKAGES = ("spiking", "units")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One population in one experiment with one seed."""

    population: Population
    experiment: Experiment
    seed: int

    @property
    def neuron_seconds(self) -> float:
        """Simulated time of all cells together, s."""
        experiment = self.experiment
        span = experiment.duration + experiment.warm_up
        if isinstance(experiment, CurrentPulses):
            return len(experiment.conditions) * span
        if isinstance(experiment, SteadyDrive | CurrentGrid):
            return len(experiment.levels) * experiment.cells * span
        cells = experiment.groups * experiment.cells_per_group
        return (
            cells * span * (len(experiment.sizes) if isinstance(experiment, ProbeSpikes) else len(experiment.stimuli))
        )


@dataclass(frozen=True, kw_only=True)
class Laboratory:
    """Where populations are simulated: a machine, a store of finished points, and someone who watches."""

    machine: Machine
    store: Store
    progress: Progress

    def record(self, stage: str, jobs: Sequence[Job]) -> list[xr.Dataset]:
        """Return the recording of every job, in order; finished ones come from the store.

        If a job fails or the user interrupts, jobs that have not begun are dropped; finished ones stay in the store.
        """
        return self.side_by_side(stage, [partial(self._one, job) for job in jobs])

    def side_by_side(self, stage: str, calls: Sequence[Callable[[], R]]) -> list[R]:
        """Return what every call returns, in order, as many at once as the machine has workers.

        If a call fails or the user interrupts, calls that have not begun are dropped.
        """
        self.progress.stage(stage, len(calls))
        with ThreadPoolExecutor(self.machine.workers) as pool:
            futures = [pool.submit(call) for call in calls]
            try:
                for done in as_completed(futures):
                    done.result()
                    self.progress.advance()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return [future.result() for future in futures]

    def _one(self, job: Job) -> xr.Dataset:
        machine = self.machine
        # A population's name is a label: the same cells under another name are the same point.
        nameless = replace(job.population, name="population")
        return self.store.call(
            _record,
            nameless,
            job.experiment,
            job.seed,
            machine.target,
            machine.precision,
            packages=_PACKAGES,
            ignored={"machine": machine},
        )


def _record(
    population: Population, experiment: Experiment, seed: int, target: str, precision: str, *, machine: Machine
) -> xr.Dataset:
    del target, precision  # part of the key; the machine itself is not
    return simulate(population, experiment, seed=seed, machine=machine)
