"""What the estimates have not seen: new stimuli for the mass model, and noise from which the rate kernel is read."""

from dataclasses import dataclass
from typing import Any

import xarray as xr

from ..bridge.estimate import EstimateRefused
from ..bridge.rate_kernel import RateKernelEstimate, estimate_rate_kernel
from ..bridge.sigmoid_fit import fit_sigmoid
from ..spiking import TimeVaryingInput
from ..spiking.stimuli import NoiseInput
from .conditions import Condition
from .dynamics import held_out
from .mass_models import Parts, on_recorded_potential, scrambled
from .measurement import Measured, Recorded
from .seeds import experiment_seed
from .simulations import Job, Laboratory
from .study import Study


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """Traces and scores of the held-out test, the rate kernel, and what could not be had with the reason."""

    traces: xr.Dataset | None = None
    scores: tuple[dict[str, Any], ...] = ()
    rate_kernel: RateKernelEstimate | None = None
    refusals: tuple[tuple[str, str], ...] = ()
    neuron_seconds: float = 0.0


def _held_out_job(study: Study, condition: Condition, current: float) -> Job:
    section = study.dynamics
    experiment = TimeVaryingInput(
        stimuli=section.stimuli,
        channel=section.channel,
        current=current,
        groups=section.groups,
        cells_per_group=section.cells_per_group,
        duration=section.duration,
        warm_up=section.warm_up,
        dt=study.simulation.dt,
    )
    return Job(population=condition.population, experiment=experiment, seed=experiment_seed(study.seed, "dynamics"))


def _noise_job(study: Study, condition: Condition, current: float) -> Job:
    section = study.rate_kernel
    seed = experiment_seed(study.seed, "rate_kernel")
    noise = NoiseInput(amplitude=section.amplitude, time_constant=section.time_constant, seed=seed % 2**31)
    experiment = TimeVaryingInput(
        stimuli=(noise,),
        channel=section.channel,
        current=current,
        groups=section.groups,
        cells_per_group=section.cells_per_group,
        duration=section.duration,
        dt=study.simulation.dt,
    )
    return Job(population=condition.population, experiment=experiment, seed=seed)


def _models(measured: Measured, recorded: Recorded, drive: float) -> dict[str, Parts]:
    """Return the mass model and its negative controls."""
    parts = measured.parts
    if parts is None:
        raise EstimateRefused("the untouched population has no complete set of estimates to build a mass model from")
    logistic = fit_sigmoid(recorded.table, family="logistic", q_max="fitted", intervals="wald").sigmoid
    return {
        "mass": parts,
        "scrambled_kernel": scrambled(parts),
        "logistic": Parts(sigmoid=logistic, time=parts.time, response=parts.response, operating_v=parts.operating_v),
        "recorded_mean_v": on_recorded_potential(parts, recorded.steady, drive),
    }


def try_unseen(
    study: Study, condition: Condition, drive: float, measured: Measured, recorded: Recorded, laboratory: Laboratory
) -> Unseen:
    """Play the held-out stimuli and the noise to a condition, and score the mass model built from its estimates."""
    current = drive if study.sigmoid.channel == "current" else 0.0
    jobs = [_held_out_job(study, condition, current)] if study.dynamics.enabled else []
    jobs += [_noise_job(study, condition, current)] if study.rate_kernel.enabled else []
    if not jobs:
        return Unseen()
    recordings = laboratory.record("Playing unseen stimuli", jobs)
    spent = sum(job.neuron_seconds for job in jobs)
    traces, scores, rate_kernel, refusals = None, [], None, []
    if study.dynamics.enabled:
        try:
            traces, scores = _score(study, condition, drive, measured, recorded, recordings[0])
        except EstimateRefused as refused:
            refusals.append(("dynamics", refused.reason))
    if study.rate_kernel.enabled:
        try:
            rate_kernel = estimate_rate_kernel(recordings[-1], level=study.report.level)
        except EstimateRefused as refused:
            refusals.append(("rate kernel", refused.reason))
    return Unseen(
        traces=traces, scores=tuple(scores), rate_kernel=rate_kernel, refusals=tuple(refusals), neuron_seconds=spent
    )


def _score(
    study: Study, condition: Condition, drive: float, measured: Measured, recorded: Recorded, played: xr.Dataset
) -> tuple[xr.Dataset, list[dict[str, Any]]]:
    channel = study.dynamics.channel
    background = condition.population.afferent(channel).rate
    return held_out(
        _models(measured, recorded, drive),
        measured.left_out,
        played,
        channel=channel,
        background=background,
        condition=condition.name,
    )
