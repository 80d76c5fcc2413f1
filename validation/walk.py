"""The walk of one study: checked, sampled, estimated, predicted, compared, tried on unseen stimuli, kept."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ..bridge.cell_calibration import CellCalibration, calibrate_cell, in_slice
from ..bridge.estimate import EstimateRefused
from ..bridge.rate_table import rate_table
from ..bridge.sigmoid_fit import SigmoidEstimate, fit_sigmoid
from ..bridge.width import WidthSplit, split_width
from ..spiking import PointCell, Population, ProbeSpikes, SteadyDrive
from ..spiking.engine import Machine
from .combinations import Combination, combinations
from .conditions import Condition, conditions
from .document import document, plain
from .findings import Findings
from .ledger import Settings, ledger_document, make_ledger
from .ledger.receptor_data import ReceptorDataError, read_receptor_data
from .measurement import Constants, FitPlan, Measured, Recorded, measure
from .numbers import dataset
from .parallel import side_by_side
from .prediction import Predicted, PredictionRequest, predict
from .progress import Progress, Silence
from .result import Result, save_result
from .sampling import SteadyPlan, operating_drive, plan_sampling, with_level
from .seeds import experiment_seed
from .simulations import Job, Laboratory
from .store import Store
from .study import Study, StudyError, read_study
from .unseen import try_unseen

Array = NDArray[np.floating]

GROUPS = 10


def run(
    study: Any, *, folder: str | Path | None = None, machine: Machine | None = None, progress: Progress | None = None
) -> Result:
    """Run a study: simulate, estimate, predict, compare.

    Parameters
    ----------
    study : Study, path or mapping
        What is asked; see ``read_study``.
    folder : path, optional
        Where ``results.nc``, ``report.json`` and ``study.toml`` go; nothing is written without it.
    machine : Machine, optional
        How simulations run; the study's target and precision by default.
    progress : Progress, optional
        Who is told how far it is.

    Returns
    -------
    Result

    Raises
    ------
    StudyError
        If the study has mistakes; all are named.
    """
    asked = read_study(study)
    # The machine is settled once, so that a fallback to NumPy is said once and is part of every point's key.
    settled = (machine or Machine(target=asked.simulation.target, precision=asked.simulation.precision)).resolved()
    _check_receptors(asked)  # files that are not there are found out before the work
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)  # a folder that cannot be written is found out before the work
    laboratory = Laboratory(machine=settled, store=Store(), progress=progress or Silence())
    findings = investigate(asked, laboratory)
    result = Result(study=asked, dataset=dataset(findings), document=document(findings) | _ledger(asked, laboratory))
    if folder is not None:
        save_result(result, Path(folder))
    return result


def _check_receptors(study: Study) -> None:
    """Refuse a study whose receptor densities cannot be read."""
    if not study.ledger.enabled or not study.ledger.receptors:
        return
    try:
        read_receptor_data(Path(study.ledger.receptors))
    except ReceptorDataError as error:
        raise StudyError("study", [f"ledger.receptors: {error}"]) from None


def _ledger(study: Study, laboratory: Laboratory) -> dict[str, Any]:
    """Return the claims ledger as a part of the document, nothing if the study does not ask for it."""
    section = study.ledger
    if not section.enabled:
        return {}
    settings = Settings(
        seed=study.seed,
        level=study.report.level,
        effort=section.effort,
        receptors=Path(section.receptors) if section.receptors else None,
    )
    return {"ledger": plain(ledger_document(make_ledger(laboratory, settings)))}


def investigate(study: Study, laboratory: Laboratory) -> Findings:
    """Do everything a study asks for, in the order in which one thing needs another."""
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    calibration = _calibrate(study, laboratory)
    if calibration is not None:
        study = study.model_copy(update={"population": calibration.population})
    parts = (part for pair in study.combinations for part in pair.parts)
    single = conditions(study.population, (*study.mechanisms, *parts))
    joint = combinations(study.population, study.combinations)
    everything = (*single, *joint)
    sampling, drive = _sample(study, laboratory)
    base_fit = _base_fit(study, sampling)
    plan = FitPlan(
        family=base_fit.family,
        q_max=base_fit.q_max_definition,
        operating_drive=drive,
        level=study.report.level,
        groups=GROUPS,
    )
    recorded, spent = _record(study, everything, sampling, drive, laboratory)
    measured = _estimate(study, everything, recorded, plan, laboratory)
    predicted = _predict(study, everything, sampling, plan, recorded[0], laboratory)
    unseen = try_unseen(study, single[0], drive, measured[0], recorded[0], laboratory)
    names = [condition.name for condition in everything]
    return Findings(
        study=study,
        conditions=single,
        combinations=joint,
        plan=plan,
        sampling=sampling,
        base_fit=base_fit,
        recorded=dict(zip(names, recorded, strict=True)),
        measured=dict(zip(names, measured, strict=True)),
        predicted=dict(zip(names, predicted, strict=True)),
        unseen=unseen,
        width_split=_split(recorded[0], base_fit.v_cap, laboratory),
        calibration=calibration,
        calibrated_rates=_calibrated_rates(study, calibration, laboratory),
        machine=laboratory.machine,
        neuron_seconds=spent + unseen.neuron_seconds,
        started=started,
        seconds=time.monotonic() - clock,
    )


def _calibrate(study: Study, laboratory: Laboratory) -> CellCalibration | None:
    """Fit the cell to the measured f-I curve, if the study gives one."""
    section = study.calibration
    if section is None:
        return None
    laboratory.progress.stage("Calibrating the cell", 1)
    found = laboratory.store.call(
        calibrate_cell,
        study.population,
        section.currents,
        section.rates,
        section.parameters,
        packages=("bridge", "meanfield", "spiking", "units"),
    )
    laboratory.progress.advance()
    return found


def _calibrated_rates(study: Study, calibration: CellCalibration | None, laboratory: Laboratory) -> Array | None:
    """Return the rates at which the calibrated cells fire in a simulated slice, Hz."""
    if calibration is None:
        return None
    drive = SteadyDrive(levels=tuple(calibration.current), cells=60, duration=4.0, warm_up=1.0, dt=study.simulation.dt)
    alone = in_slice(calibration.population, calibration.noise)
    job = Job(population=alone, experiment=drive, seed=experiment_seed(study.seed, "calibration"))
    return rate_table(laboratory.record("Simulating the calibrated cell", [job])[0])["rate"].values


def _sample(study: Study, laboratory: Laboratory) -> tuple[SteadyPlan, float]:
    """Return the plan of steady drives, the operating drive with many cells in it, and that drive."""

    def targets(pilot: SigmoidEstimate) -> dict[str, float]:
        wanted = study.sigmoid.precision
        q_max = wanted.q_max * pilot.features["q_max"].value
        return {"v50": wanted.v50, "width": wanted.width, "skew": wanted.skew, "q_max": q_max}

    plan = plan_sampling(
        study.population,
        study.sigmoid,
        targets,
        laboratory=laboratory,
        seed=study.seed,
        dt=study.simulation.dt,
        family=study.sigmoid.family,
        q_max=_definition(study),
    )
    drive = operating_drive(plan, study.operating.rate)
    seed = experiment_seed(study.seed, "steady", len(plan.batches))
    return with_level(plan, drive, study.operating.slots, seed), drive


def _definition(study: Study) -> Literal["fitted", "at_cap", "refractory"]:
    """Return how q_max is defined: at the cap unless the study says otherwise; theory and data both have one there."""
    return "at_cap" if study.sigmoid.q_max == "auto" else study.sigmoid.q_max


def _base_fit(study: Study, sampling: SteadyPlan) -> SigmoidEstimate:
    """Settle on the untouched population in which family, and with which q_max, every condition is read."""
    return fit_sigmoid(
        sampling.sampling.table,
        family=study.sigmoid.family,
        q_max=_definition(study),
        v_cap=_cap(study, study.population),
        refractory_period=_dead_time(study.population),
        level=study.report.level,
    )


def _cap(study: Study, population: Population) -> float:
    return population.cell.threshold + study.sigmoid.v_max


def _dead_time(population: Population) -> float | None:
    return population.cell.refractory_period or None if isinstance(population.cell, PointCell) else None


def _record(
    study: Study,
    everything: Sequence[Condition | Combination],
    sampling: SteadyPlan,
    drive: float,
    laboratory: Laboratory,
) -> tuple[list[Recorded], float]:
    """Simulate every condition under the plan and with probe spikes; return the recordings and the neuron-seconds."""
    section = study.kernel
    probe = ProbeSpikes(
        afferent=section.afferent,
        current=drive if study.sigmoid.channel == "current" else 0.0,
        groups=section.groups,
        cells_per_group=section.cells_per_group,
        duration=section.duration,
        warm_up=section.warm_up,
        dt=study.simulation.dt,
    )
    seed = experiment_seed(study.seed, "probe")
    jobs = [
        [*sampling.jobs(c.population), Job(population=c.population, experiment=probe, seed=seed)] for c in everything
    ]
    flat = [job for group in jobs for job in group]
    recordings = iter(laboratory.record("Simulating", flat))
    recorded = []
    for group in jobs:
        *steady, response = (next(recordings) for _ in group)
        recorded.append(Recorded(steady=tuple(steady), probe=response))
    return recorded, sum(job.neuron_seconds for job in flat)


def _estimate(
    study: Study,
    everything: Sequence[Condition | Combination],
    recorded: Sequence[Recorded],
    plan: FitPlan,
    laboratory: Laboratory,
) -> list[Measured]:
    def constants(condition: Condition | Combination) -> Constants:
        population = condition.population
        return Constants(v_cap=_cap(study, population), refractory_period=_dead_time(population))

    return side_by_side(
        "Estimating",
        measure,
        [(r, plan, constants(c)) for c, r in zip(everything, recorded, strict=True)],
        packages=("bridge", "meanfield", "validation/measurement.py"),
        store=laboratory.store,
        workers=laboratory.machine.workers,
        progress=laboratory.progress,
    )


def _split(base: Recorded, v_cap: float | None, laboratory: Laboratory) -> WidthSplit | None:
    """Return where the width of the base's sigmoid comes from, or None if its cells do not tell."""
    longest = max(r.attrs["duration"] for r in base.steady)
    levels = xr.concat(
        [r for r in base.steady if r.attrs["duration"] == longest], "level", combine_attrs="drop_conflicts"
    )
    try:
        return laboratory.store.call(split_width, levels, v_cap, packages=("bridge", "meanfield"))
    except EstimateRefused as refused:
        laboratory.progress.note(f"The width of the sigmoid is not split: {refused.reason}")
        return None


def _predict(
    study: Study,
    everything: Sequence[Condition | Combination],
    sampling: SteadyPlan,
    plan: FitPlan,
    base: Recorded,
    laboratory: Laboratory,
) -> list[Predicted]:
    drives = np.concatenate([batch.levels for batch in sampling.batches])
    reach = 0.1 * float(np.ptp(drives))
    request = PredictionRequest(
        channel=study.sigmoid.channel,
        lowest=max(float(drives.min()), 0.0 if study.sigmoid.channel != "current" else -np.inf),
        highest=float(drives.max()) + reach,
        v_above=study.sigmoid.v_max if plan.q_max == "at_cap" else None,
        afferent=study.kernel.afferent,
        operating_drive=plan.operating_drive,
        lags=tuple(float(lag) for lag in base.probe["time"].values),
    )
    return side_by_side(
        "Predicting",
        predict,
        [(replace(c.population, name="population"), request) for c in everything],
        packages=("bridge", "meanfield", "spiking", "units", "validation/prediction.py"),
        store=laboratory.store,
        workers=laboratory.machine.workers,
        progress=laboratory.progress,
    )
