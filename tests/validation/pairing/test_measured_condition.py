"""A circuit with populations that have no theory goes the whole walk: measured, frozen, held against a network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from mesobridge.bridge.circuit_reduction import MeasuredState
from mesobridge.bridge.circuit_reduction.operating_state import spike_kernel
from mesobridge.bridge.prediction import operating_point, predict_sigmoid
from mesobridge.spiking import ProbeSpikes, SteadyDrive
from mesobridge.spiking.engine import Job as EngineJob
from mesobridge.spiking.engine import Machine
from mesobridge.validation.pairing.condition import BASE, Condition, prepare
from mesobridge.validation.pairing.document import document
from mesobridge.validation.pairing.numbers import dataset
from mesobridge.validation.pairing.result import PairingResult
from mesobridge.validation.pairing.scores import judge
from mesobridge.validation.pairing.walk import Findings
from mesobridge.validation.progress import Silence
from mesobridge.validation.report.pairing_page import write_pairing
from mesobridge.validation.simulations import Job, Laboratory
from mesobridge.validation.store import Store
from mesobridge.validation.study.circuit_study import read_circuit_study

from ...bridge.circuit_reduction.planted_cells import Planted, mixed_circuit
from .lnp import recorded, study


class PlantedLaboratory(Laboratory):
    """Answers for cells without a theory as planted, for the others as theory expects."""

    def record(self, stage: str, jobs: Any) -> list[xr.Dataset]:
        del stage
        return [self._answer(job) for job in jobs]

    def _answer(self, job: Job) -> xr.Dataset:
        cells = Planted(noise=not isinstance(job.experiment, ProbeSpikes))
        if job.population.name != "E":
            return cells([EngineJob(job.population, job.experiment, job.seed)])[0]
        point = operating_point(job.population)
        if isinstance(job.experiment, ProbeSpikes):
            synapses = job.population.afferent(job.experiment.afferent).synapses
            return cells.shown(job.experiment, np.asarray(spike_kernel(point, synapses)(cells.times(job.experiment))))
        assert isinstance(job.experiment, SteadyDrive)
        v = point.v + np.array(job.experiment.levels) / point.slope_conductance
        return cells.steady(job.experiment, v, np.asarray(predict_sigmoid(job.population).sigmoid(v)))


@pytest.fixture(scope="module")
def condition(tmp_path_factory: pytest.TempPathFactory) -> Condition:
    laboratory = PlantedLaboratory(
        machine=Machine(target="numpy"), store=Store(tmp_path_factory.mktemp("store")), progress=Silence()
    )
    asked = study(two_moments=False, open_loop={"cells": 60, "slots": 4, "motion_cells": 0})
    return prepare(BASE, mixed_circuit(), asked, 1, laboratory)


def test_the_mean_field_is_made_of_what_was_measured(condition: Condition) -> None:
    assert set(condition.unpredicted) == {"L5", "relay"}
    states = condition.theory.states
    assert [isinstance(states[name], MeasuredState) for name in ("E", "L5", "relay")] == [False, True, True]
    for name in condition.unpredicted:
        assert condition.open_loops[name].rate == states[name].rate
        assert condition.open_loops[name].expected_rate == pytest.approx(states[name].rate, rel=0.05)
    assert np.all(np.abs(condition.frozen.rates / condition.theory.rates - 1) < 0.1)
    assert np.all(condition.rates_error > 0)
    assert len(condition.digest) == 64


def test_theory_alone_says_nothing_of_its_own_about_them(condition: Condition) -> None:
    assert condition.judges("theory", "E")
    assert not condition.judges("theory", "L5")
    assert condition.judges("estimates", "L5")


@pytest.fixture(scope="module")
def findings(condition: Condition) -> Findings:
    """The condition beside recordings of its own mean field."""
    frozen, asked = condition.frozen, read_circuit_study({"circuit": {"library": "column"}})
    recording = recorded(frozen.network, frozen.rates, 12.0, 3)
    recording.attrs |= {"recorded_at": "2100-01-01T00:00:00", "seconds": 1.0, "connections": 1.0}
    v = frozen.network.structure.moments(frozen.rates)[0]
    noise = 1e-4 * np.random.default_rng(2).standard_normal(recording["rate"].shape)
    recording = recording.assign(v_free=(("population", "time"), v[:, None] + noise))
    reasons = tuple((BASE, f"theory alone of {name}", why) for name, why in condition.unpredicted.items())
    return Findings(
        study=asked, machine=Machine(target="numpy"), conditions=(condition,), stationary={BASE: recording},
        transients=(), driven=(), sweeps=(), refusals=reasons, started="2000-01-01T00:00:00",
        seconds={"mean field": 1.0, "network": 1.0, "whole": 2.0},
    )  # fmt: skip


def test_the_report_has_theory_only_where_there_is_one(findings: Findings) -> None:
    scores = judge(findings)
    sides = {(line.side, line.population) for line in scores.errors}
    assert ("theory", "E") in sides
    assert not {("theory", "L5"), ("theory", "relay")} & sides
    assert {row.verdict for row in scores.rows if row.kind == "rate"} == {"holds"}
    written = document(findings, scores)
    rates = written["circuit"]["conditions"][0]["rates"]
    assert rates["L5"]["theory"] is None
    assert rates["E"]["theory"] == pytest.approx(condition_rate(findings, "E"))
    assert {item["what"] for item in written["refusals"]} >= {"theory alone of L5", "theory alone of relay"}
    numbers = dataset(findings)
    assert np.isnan(numbers["spectrum_theory"].sel(population="relay")).all()
    assert np.isfinite(numbers["spectrum_estimates"]).all()


@pytest.mark.slow
def test_the_page_says_why_a_side_is_missing(findings: Findings, tmp_path: Path) -> None:
    scores = judge(findings)
    numbers, written = dataset(findings), document(findings, scores)
    result = PairingResult(study=findings.study, dataset=numbers, document=written)
    page = write_pairing(result, tmp_path).read_text(encoding="utf-8")
    assert "measured curve" in page
    assert "theory alone of relay" in page


def condition_rate(findings: Findings, name: str) -> float:
    condition = findings.base
    return float(condition.theory.rates[condition.circuit.names.index(name)])
