"""The rebound in a pair of spiking populations, mapped over the decay of inhibition and the recovery of excitation.

Excitatory and inhibitory leaky cells, 4:1, are connected at random by conductances. Inhibition conserves its charge as
its decay changes. The recovery is a potassium conductance after each spike of an excitatory cell, decaying in 100 ms.
Inhibitory cells are driven for 100 ms, many times over; the rebound is the highest excitatory rate after the end of the
pulse above the rate before it, over the depth of the trough. The same statistic of pieces without a pulse says what
chance alone makes of it. Sizes, weights and drives are choices made here. It is a map, and judges nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....spiking.circuits import Circuit, CircuitRecord, Stimulus, read_circuit
from ....spiking.engine import Machine, simulate_circuit
from ...simulations import Laboratory
from ..bench import Settings
from .experiment import Experiment

Array = NDArray[np.float64]

DECAYS = (0.0025, 0.005, 0.010, 0.020)  # s
RECOVERIES = (0.0, 0.25e-9, 1.0e-9)  # S, of each spike
CELLS = 2500
PULSE, REST, REPEATS, BIN = 0.100, 0.500, 24, 5e-3  # s, s, pulses of a run, s
HEIGHT = 0.05  # of the background of inhibitory cells
_CHARGE = 6e-12  # S s, of an inhibitory spike
_PACKAGES = ("spiking", "units", "validation/ledger/experiments/spiking_pair.py")


@dataclass(frozen=True)
class PulseTrain:
    """Pulses of ``HEIGHT`` that begin every ``PULSE + REST`` seconds, the first after half of ``REST``."""

    def waveform(self, time: Array) -> Array:
        """Return the relative change of the input at ``time`` (s)."""
        since = np.mod(np.asarray(time) - REST / 2 + 1e-9, PULSE + REST)
        return np.where((since < PULSE) & (np.asarray(time) >= REST / 2 - 1e-9), HEIGHT, 0.0)


def pair_circuit(decay: float, recovery: float, cells: int) -> Circuit:
    """Return the pair with this decay of inhibition (s) and conductance after a spike (S), without a stimulus."""
    leaky: Mapping[str, Any] = {
        "kind": "point", "capacitance": "250 pF", "leak_conductance": "16.7 nS", "leak_reversal": "-70 mV",
        "threshold": "-50 mV", "reset": "-60 mV", "refractory_period": "2 ms",
    }  # fmt: skip
    after = {"increment": recovery, "decay": "100 ms", "reversal": "-90 mV"}
    weight = {"ampa": "0.2 nS"}
    background = {"external": {"rate": "17.5 kHz", "weights": {"ampa": "0.2 nS"}}}
    return read_circuit(
        {
            "name": "rebound pair",
            "cells": {"E": leaky | ({"after_hyperpolarization": after} if recovery else {}), "I": leaky},
            "synapses": {
                "ampa": {"reversal": "0 mV", "decay": "2 ms"},
                "gaba_a": {"reversal": "-80 mV", "decay": decay},
            },
            "populations": {
                "E": {"size": cells * 4 // 5, "cell": "E", "background": background},
                "I": {"size": cells // 5, "cell": "I", "background": background},
            },
            "projections": [
                {"source": "E", "target": ["E", "I"], "in_degree": 100, "delay": "1.5 ms", "weights": weight},
                {"source": "I", "target": ["E", "I"], "in_degree": 25, "delay": "1.5 ms",
                 "weights": {"gaba_a": _CHARGE / decay}},
            ],
        }
    )  # fmt: skip


def rebound_in(decay: float, recovery: float, cells: int, seed: int, *, machine: Machine) -> dict[str, float]:
    """Return what a train of pulses to the inhibitory cells does to the excitatory rate of one pair."""
    driven = Stimulus(target="I", channel="external", waveform=PulseTrain())
    recording = simulate_circuit(
        pair_circuit(decay, recovery, cells).with_stimuli(driven), duration=REPEATS * (PULSE + REST), warm_up=0.5,
        seed=seed, machine=machine, record=CircuitRecord(bin=BIN, potentials=False),
    )  # fmt: skip
    return rebound_of(recording["rate"].sel(population="E").values.reshape(REPEATS, -1))


def rebound_of(rate: Array) -> dict[str, float]:
    """Return what the mean course of a rate (pulse, bin) shows: rate before (Hz), trough, rebound and chance (1).

    A piece begins half of ``REST`` before its pulse. ``chance`` is the rebound of the courses with every second piece
    turned in sign about the rate before, where pulses cancel.
    """
    before = round(REST / 2 / BIN)
    pulse = slice(before, before + round(PULSE / BIN))
    rest = rate[:, :before].mean()
    course = _smooth(rate.mean(axis=0) - rest)
    trough = -course[pulse].min()
    signs = np.where(np.arange(len(rate)) % 2, -1.0, 1.0)[:, None]
    cancelled = _smooth(((rate - rest) * signs).mean(axis=0))
    after = pulse.stop
    return {
        "rest": float(rest), "trough": float(trough),
        "rebound": float(max(course[after:].max(), 0.0) / trough), "chance": float(cancelled[after:].max() / trough),
    }  # fmt: skip


def _smooth(course: Array) -> Array:
    """Return the running mean over three bins."""
    return np.asarray(np.convolve(course, np.ones(3) / 3, mode="same"), dtype=np.float64)


def spiking_rebound(laboratory: Laboratory, settings: Settings) -> dict[str, Any]:
    """Return the map: rate at rest (Hz), rebound and its chance level over recovery (S) and inhibitory decay (s)."""
    cells, seed, machine = settings.cells(CELLS), settings.seed_of("spiking pair"), laboratory.machine
    calls = [
        partial(
            laboratory.store.call, rebound_in, decay, recovery, cells, seed,
            packages=_PACKAGES, ignored={"machine": machine},
        )
        for recovery, decay in product(RECOVERIES, DECAYS)
    ]  # fmt: skip
    found = laboratory.side_by_side("Rebound of spiking pairs", calls)
    shape = (len(RECOVERIES), len(DECAYS))
    maps = {name: np.reshape([each[name] for each in found], shape).tolist() for name in found[0]}
    return {"decay": list(DECAYS), "recovery": list(RECOVERIES), **maps}


SPIKING_PAIR = Experiment(
    name="spiking pair",
    title="Rebound of excitation in a pair of spiking populations",
    observables={},
    run=lambda *_: [],
    weight=0.5,
    portrait=spiking_rebound,
)
"""A map and no effect: nothing is judged by it."""
