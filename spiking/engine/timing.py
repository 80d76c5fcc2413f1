"""An experiment's durations in whole time steps."""

import math
from dataclasses import dataclass

from ..burst_protocols import CurrentGrid, CurrentPulses
from ..protocols import Experiment, SteadyDrive
from .errors import EngineError


@dataclass(frozen=True)
class Timing:
    """Time step (s) and numbers of steps; ``sample_steps`` is 0 when nothing is recorded over time."""

    dt: float
    warm_up_steps: int
    steps: int
    sample_steps: int

    @property
    def samples(self) -> int:
        """Number of recorded samples."""
        return self.steps // self.sample_steps if self.sample_steps else 0

    @property
    def total_steps(self) -> int:
        """Steps to run. A recording needs one more: a sample is taken at the start of the step after its last one."""
        return self.warm_up_steps + self.steps + (1 if self.sample_steps else 0)


def timing_of(experiment: Experiment) -> Timing:
    """Return the timing of an experiment, every duration rounded to whole steps and the warm-up up to whole samples."""
    dt = experiment.dt
    steps = round(experiment.duration / dt)
    if isinstance(experiment, SteadyDrive | CurrentGrid | CurrentPulses):
        if steps < 2:
            raise EngineError(
                f"{type(experiment).__name__}.duration: {experiment.duration:g} s is below two time steps "
                f"({2 * dt:g} s); lengthen it."
            )
        return Timing(dt, round(experiment.warm_up / dt), steps, 0)
    sample_steps = round(experiment.sample / dt)
    if sample_steps < 1 or abs(sample_steps * dt - experiment.sample) > 1e-6 * experiment.sample:
        raise EngineError(
            f"sample: {experiment.sample:g} s is not a whole number of time steps of {dt:g} s; choose a multiple."
        )
    samples = steps // sample_steps
    if samples < 1:
        raise EngineError(
            f"duration: {experiment.duration:g} s holds no sample of {experiment.sample:g} s; lengthen it."
        )
    warm_up = math.ceil(round(experiment.warm_up / dt) / sample_steps) * sample_steps
    return Timing(dt, warm_up, samples * sample_steps, sample_steps)
