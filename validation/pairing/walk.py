"""The walk of a paired circuit: theory, every population alone, mean field frozen, network, comparison.

The order is the point: what the network is held against was fixed before it ran. The report records when each mean
field was frozen and when each run began, and the digest of the mean fields is part of what identifies a run.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...bridge.estimate import EstimateRefused
from ...bridge.prediction import PredictionRefused
from ...meanfield.models.population_network import PopulationNetwork
from ...spiking.circuits import Circuit
from ...spiking.engine import Machine
from ...spiking.spike_files import export_spikes
from ..progress import Progress, Silence
from ..seeds import experiment_seed
from ..simulations import Laboratory
from ..store import Store
from ..study.circuit_study import CircuitStudy, modulated, read_circuit_study
from .condition import BASE, Condition, prepare
from .courses import Transient, transient
from .critical.redrawn import redrawn_networks
from .critical.sweep import Sweep, sweep_jobs, swept_pair
from .recording import CircuitJob, record_circuits
from .validity.places import warnings_before

if TYPE_CHECKING:
    from .result import PairingResult
    from .signals.signals import Signals

Array = NDArray[np.float64]

SIDES = {"still": "estimates", "moving": "moving"}  # what results call the mean fields from estimates
_SWEEPS = 900_000  # first batch of the seed tree that belongs to sweeps


@dataclass(frozen=True, kw_only=True)
class Driven:
    """Every background at ``factor`` of its rate: the recording, and the steady rates of each mean field by name."""

    factor: float
    recording: xr.Dataset
    predicted: Mapping[str, Array]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that a pairing has found, before anything is judged."""

    study: CircuitStudy
    machine: Machine
    conditions: tuple[Condition, ...]
    stationary: Mapping[str, xr.Dataset]
    transients: tuple[Transient, ...]
    driven: tuple[Driven, ...]
    sweeps: tuple[Sweep, ...]
    refusals: tuple[tuple[str, str, str], ...]
    started: str
    seconds: Mapping[str, float]

    @property
    def base(self) -> Condition:
        """The untouched circuit."""
        return self.conditions[0]

    @cached_property
    def signals(self) -> "Signals":
        """What the network at rest shows beyond its mean rates, with what the mean fields expect of it."""
        from .signals.signals import signals_of  # that room reads what this one finds

        return signals_of(self)


def pair(
    study: Any, *, folder: str | Path | None = None, machine: Machine | None = None, progress: Progress | None = None
) -> "PairingResult":
    """Run the study of a circuit: its mean field is made and frozen, then the network runs, then both are compared.

    Parameters
    ----------
    study : CircuitStudy, path or mapping
        What is asked; see `read_circuit_study`.
    folder : path, optional
        Where ``results.nc``, ``report.json`` and ``study.toml`` go; nothing is written without it.
    machine : Machine, optional
        How simulations run; the study's target and precision by default.
    progress : Progress, optional
        Who is told how far it is.

    Returns
    -------
    PairingResult

    Raises
    ------
    StudyError
        If the study has mistakes; all are named.
    PredictionRefused, EstimateRefused
        If the untouched circuit has no mean field; the reason says why.
    """
    # These rooms read what this one finds.
    from .document import document
    from .numbers import dataset
    from .result import PairingResult
    from .scores import judge

    asked = read_circuit_study(study)
    settled = (machine or Machine(target=asked.simulation.target, precision=asked.simulation.precision)).resolved()
    if folder is not None:
        Path(folder).mkdir(parents=True, exist_ok=True)  # a folder that cannot be written is found out before the work
    findings = investigate(asked, Laboratory(machine=settled, store=Store(), progress=progress or Silence()))
    scores = judge(findings)
    result = PairingResult(study=asked, dataset=dataset(findings), document=document(findings, scores))
    if folder is not None:
        result.save(Path(folder))
        if asked.pairing.export_spikes is not None:
            export_spikes(findings.stationary[BASE], Path(folder) / f"spikes.{asked.pairing.export_spikes}")
    return result


def investigate(study: CircuitStudy, laboratory: Laboratory) -> Findings:
    """Do everything a study asks for, in the order in which one thing needs another."""
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    conditions, refusals = _prepared(study, laboratory)
    for warning in warnings_before(conditions[0]):
        laboratory.progress.note(f"Validity map: {warning}")
    prepared = time.monotonic()
    stationary = _stationary(study, conditions, laboratory)
    courses = _transients(study, conditions[0], laboratory)
    driven = _driven(study, conditions[0], laboratory)
    sweeps = _swept(study, conditions, laboratory)
    done = time.monotonic()
    return Findings(
        study=study, machine=laboratory.machine, conditions=conditions, stationary=stationary, transients=courses,
        driven=driven, sweeps=sweeps, refusals=tuple(refusals), started=started,
        seconds={"mean field": prepared - clock, "network": done - prepared, "whole": done - clock},
    )  # fmt: skip


def _prepared(study: CircuitStudy, laboratory: Laboratory) -> tuple[tuple[Condition, ...], list[tuple[str, str, str]]]:
    """Freeze the mean field of every condition; a modulated circuit that has none is refused, the rest goes on."""
    circuit, seed = study.built, experiment_seed(study.seed, "open_loop")
    found = [prepare(BASE, circuit, study, seed, laboratory)]
    refusals = [(BASE, f"theory alone of {name}", reason) for name, reason in found[0].unpredicted.items()]
    for asked in study.pairing.modulations:
        try:
            # The same seeds in every condition: a shift is a paired difference.
            found.append(prepare(asked.label, modulated(circuit, asked), study, seed, laboratory))
        except (PredictionRefused, EstimateRefused) as refused:
            refusals.append((asked.label, "mean field", str(refused)))
    refusals += [
        (each.name, f"motion of the rate of {population} with {channel}", reason)
        for each in found
        for population, channel, reason in each.motions.refused
    ]
    return tuple(found), refusals


def _job(study: CircuitStudy, circuit: Circuit, duration: float, seed: int, *, spikes: bool = False) -> CircuitJob:
    asked = study.pairing
    return CircuitJob(
        circuit=circuit, duration=duration, warm_up=asked.warm_up, dt=study.simulation.dt, bin=asked.bin, seed=seed,
        spikes=spikes,
    )  # fmt: skip


def _stationary(
    study: CircuitStudy, conditions: tuple[Condition, ...], laboratory: Laboratory
) -> dict[str, xr.Dataset]:
    """Run every condition at rest; the untouched one with its spikes."""
    seed = experiment_seed(study.seed, "network")
    jobs = [_job(study, c.circuit, study.pairing.duration, seed, spikes=c.name == BASE) for c in conditions]
    found = record_circuits("Networks at rest", jobs, [c.digest for c in conditions], laboratory)
    return {c.name: recording for c, recording in zip(conditions, found, strict=True)}


def _sides(condition: Condition) -> dict[str, tuple[PopulationNetwork, Array]]:
    """Return the mean fields of a condition by name, each with its steady rates."""
    theory = np.asarray(condition.theory.rates, dtype=float)
    sides = {SIDES[field]: (frozen.network, frozen.rates) for field, frozen in condition.fields.items()}
    sides["theory"] = (condition.theory.network, theory)
    if condition.two_moments is not None:
        sides["two moments"] = (condition.two_moments, condition.two_moments.steady(theory))
    return sides


def _transients(study: CircuitStudy, base: Condition, laboratory: Laboratory) -> tuple[Transient, ...]:
    """Run every stimulus with several seeds, and the mean fields under the same stimulus."""
    found = []
    for number, (name, stimulus) in enumerate(study.stimuli()):
        circuit = base.circuit.with_stimuli(stimulus)
        seeds = [experiment_seed(study.seed, "network", 1 + 1000 * number + k) for k in range(study.pairing.repeats)]
        jobs = [_job(study, circuit, study.pairing.stimulus_duration, seed) for seed in seeds]
        recordings = record_circuits(f"Network under {name}", jobs, [base.digest] * len(jobs), laboratory)
        found.append(transient(name, base.circuit, stimulus, recordings, _sides(base)))
    return tuple(found)


def scaled_background(circuit: Circuit, factor: float) -> Circuit:
    """Return the circuit with every background rate multiplied."""
    for each in circuit.populations:
        population = each.population
        for afferent in population.afferents:
            population = population.with_afferent(afferent.name, rate=afferent.rate * factor)
        circuit = circuit.with_population(each.name, afferents=population.afferents)
    return circuit


def scaled_drives(network: PopulationNetwork, factor: float) -> PopulationNetwork:
    """Return the mean field with every background rate multiplied."""
    for drive in network.drives:
        if drive.unit == "Hz":
            network = network.with_parameter(drive.label, drive.level * factor)
    return network


def _driven(study: CircuitStudy, base: Condition, laboratory: Laboratory) -> tuple[Driven, ...]:
    """Run the network with more or less background, against the mean field that was frozen at the usual one."""
    factors, seed = study.pairing.drives, experiment_seed(study.seed, "network")
    if not factors:
        return ()
    jobs = [_job(study, scaled_background(base.circuit, f), study.pairing.drive_duration, seed) for f in factors]
    recordings = record_circuits("Networks at other drives", jobs, [base.digest] * len(jobs), laboratory)
    found = []
    for factor, recording in zip(factors, recordings, strict=True):
        predicted = {}
        for side, (network, rates) in _sides(base).items():
            try:
                predicted[side] = scaled_drives(network, factor).steady(rates)
            except ValueError:  # no steady state next to that of the usual drive; the report leaves the point out
                predicted[side] = np.full(len(rates), np.nan)
        found.append(Driven(factor=factor, recording=recording, predicted=predicted))
    return tuple(found)


def _swept(study: CircuitStudy, conditions: tuple[Condition, ...], laboratory: Laboratory) -> tuple[Sweep, ...]:
    """Take a background up and down in every condition; each repeat has the same connections and noise in all."""
    asked = study.pairing.sweep
    if asked is None:
        return ()
    swept = conditions if asked.modulated else conditions[:1]
    seeds = [experiment_seed(study.seed, "network", _SWEEPS + repeat) for repeat in range(asked.repeats)]
    jobs = [job for c in swept for job in sweep_jobs(asked, _job(study, c.circuit, 1.0, seeds[0]), seeds)]
    digests = [c.digest for c in swept for _ in seeds]
    recordings = record_circuits("Network, background up and down", jobs, digests, laboratory)
    found = []
    for place, condition in enumerate(swept):
        own = recordings[place * len(seeds) : (place + 1) * len(seeds)]
        drawn = redrawn_networks(condition, asked.draws, experiment_seed(study.seed, "open_loop", _SWEEPS))
        frozen = condition.frozen
        found.append(swept_pair(asked, condition.name, own, frozen.network, frozen.rates, drawn))
    return tuple(found)
