"""A small circuit of memoryless cells, for which the mean field is exact but for finite size, and what it finds."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import xarray as xr

from mesobridge.bridge.circuit_reduction import (
    CircuitState,
    network_of_estimates,
    network_record,
    predicted_estimates,
    self_consistent_states,
)
from mesobridge.meanfield import PopulationNetwork
from mesobridge.spiking.engine import Machine
from mesobridge.validation.pairing.condition import BASE, Condition, Frozen
from mesobridge.validation.pairing.courses import Transient, course, levels_of
from mesobridge.validation.pairing.walk import Findings
from mesobridge.validation.study.circuit_study import CircuitStudy, read_circuit_study

BIN, FINE = 1e-3, 2e-4

STUDY: dict[str, Any] = {
    "title": "Memoryless cells",
    "circuit": {
        "cells": {
            "memoryless": {
                "kind": "escape_rate", "capacitance": "200 pF", "leak_conductance": "10 nS", "leak_reversal": "-70 mV",
                "threshold": "-50 mV", "q_max": "100 Hz", "kappa": "3 mV", "threshold_spread": "1 mV",
            }
        },
        "synapses": {"ampa": {"reversal": "0 mV", "decay": "3 ms"}, "gaba_a": {"reversal": "-75 mV", "decay": "6 ms"}},
        "populations": {
            name: {
                "size": size, "cell": "memoryless",
                "background": {"external": {"rate": rate, "weights": {"ampa": "0.8 nS"}}},
            }
            for name, size, rate in (("E", 2000, "2400 Hz"), ("I", 500, "2600 Hz"))
        },
        "projections": [
            {"source": "E", "target": ["E", "I"], "probability": 0.1, "delay": "4 ms", "weights": {"ampa": "0.4 nS"}},
            {"source": "I", "target": ["E", "I"], "probability": 0.1, "delay": "4 ms", "weights": {"gaba_a": "6 nS"}},
        ],
    },
    "pairing": {
        "duration": "30 s", "repeats": 16,
        "stimuli": [
            {
                "kind": "step", "target": "E", "channel": "external", "height": 0.3, "onset": "100 ms",
                "offset": "400 ms",
            }
        ],
    },
}  # fmt: skip


def study(**changes: Any) -> CircuitStudy:
    return read_circuit_study(STUDY | {"pairing": STUDY["pairing"] | changes})


def frozen(network: PopulationNetwork, near: np.ndarray) -> Frozen:
    return Frozen(
        network=network, rates=network.steady(near), record=network_record(network), frozen_at="2000-01-01T00:00:00"
    )


def planted_findings(asked: CircuitStudy) -> Findings:
    """Return findings whose recordings come from the mean field itself, with the noise of its finite size."""
    circuit = asked.built
    theory = self_consistent_states(circuit)[0]
    rates = dict(zip(circuit.names, theory.rates.tolist(), strict=True))
    sources = theory.states["E"].sources
    network = network_of_estimates(circuit, predicted_estimates(circuit, rates, sources), rates, sources)
    base = condition(circuit, theory, frozen(network, theory.rates))
    return Findings(
        study=asked, machine=Machine(target="numpy"), conditions=(base,),
        stationary={BASE: recorded(network, base.frozen.rates, asked.pairing.duration, 1)},
        transients=transients(asked, base), driven=(), sweeps=(), refusals=(), started="2000-01-01T00:00:00",
        seconds={"mean field": 1.0, "network": 1.0, "whole": 2.0},
    )  # fmt: skip


def condition(circuit: Any, theory: CircuitState, fixed: Frozen) -> Condition:
    loop = SimpleNamespace(relative_error=2e-3)
    loops: Any = {name: loop for name in circuit.names}
    return Condition(
        name=BASE, circuit=circuit, theory=theory, two_moments=None, leaky=None, open_loops=loops, frozen=fixed
    )


def recorded(network: PopulationNetwork, rates: np.ndarray, duration: float, seed: int) -> xr.Dataset:
    run = network.simulate(duration + 0.5, FINE, finite_size=True, seed=seed, initial=rates)["activity"].values
    fine = round(BIN / FINE)
    rate = run[:, round(0.5 / FINE) :].reshape(len(run), -1, fine).mean(axis=-1)
    spikes = {name: ("spike", np.zeros(0)) for name in ("spike_time", "spike_population", "spike_cell")}
    return xr.Dataset(
        {"rate": (("population", "time"), rate), **spikes},
        coords={"population": list(network.names), "time": BIN * (np.arange(rate.shape[1]) + 0.5)},
        attrs={"bin": BIN, "duration": duration, "sizes": [p.size for p in network.populations]},
    )


def transients(asked: CircuitStudy, base: Condition) -> tuple[Transient, ...]:
    network, rates = base.frozen.network, base.frozen.rates
    name, stimulus = asked.stimuli()[0]
    bins = round(asked.pairing.stimulus_duration / BIN)
    time = np.asarray(BIN * (np.arange(bins) + 0.5), dtype=np.float64)
    levels = levels_of(base.circuit, stimulus, network, time, BIN)
    runs = []
    for seed in range(asked.pairing.repeats):
        run = network.simulate(BIN * bins, FINE, inputs=levels, initial=rates, finite_size=True, seed=100 + seed)
        runs.append(run["activity"].values.reshape(len(rates), bins, -1).mean(axis=-1))
    predicted = {"estimates": course(network, rates, levels, BIN, bins)}
    return (Transient(name=name, time=time, trials=np.stack(runs), predicted=predicted),)


def judged_with(findings: Findings, network: PopulationNetwork) -> Findings:
    """Return the findings with another mean field in place of the right one, the recordings kept."""
    base = findings.base
    other = replace(base, frozen=frozen(network, base.frozen.rates))
    moved = []
    for (_, stimulus), found in zip(findings.study.stimuli(), findings.transients, strict=True):
        levels = levels_of(base.circuit, stimulus, network, found.time, BIN)
        predicted = {"estimates": course(network, other.frozen.rates, levels, BIN, found.time.size)}
        moved.append(replace(found, predicted=predicted))
    return replace(findings, conditions=(other,), transients=tuple(moved))
