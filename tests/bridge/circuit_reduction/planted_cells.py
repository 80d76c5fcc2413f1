"""Recordings of cells without a theory whose answers are known: a stand-in for the engine, and a circuit of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from mesobridge.bridge.circuit_reduction import Survey
from mesobridge.meanfield import CascadeKernel, LogisticSigmoid
from mesobridge.spiking import Afferent, PointCell, Population, ProbeSpikes, SteadyDrive, Synapse
from mesobridge.spiking.circuits import Circuit, CircuitPopulation, Delay, Projection
from mesobridge.spiking.engine import Job
from mesobridge.spiking.library import l5_thick_tufted, thalamic_relay

from .example_circuits import LEAKY, ampa

CONDUCTANCE = 50e-9  # S, of the soma
REST = -61e-3  # V, of the soma without synapses
SD = 4e-3  # V
BY_THE_SOMA = 0.3  # share of what the tuft does that the somatic potential shows
MEMBRANE = 8e-3  # s
SIGMOID = LogisticSigmoid(60.0, -44e-3, 4e-3)
DRIVING = {"ampa": 55e-3, "gaba_a": -25e-3, "ampa_dendrite": 20e-3, "gaba_a_dendrite": -9e-3}  # V
BELL = (4.0, -63e-3, 2.5e-3)  # Hz, V, V

_TUFT = Synapse(receptor="ampa", weight="0.3 nS", reversal="0 mV", decay="5 ms", site="dendrite")
_SOMA = Synapse(receptor="ampa", weight="0.3 nS", reversal="0 mV", decay="5 ms")
_RELAYED = thalamic_relay().afferent("excitatory").synapses


def mixed_circuit() -> Circuit:
    """Return a population with a theory, a two-compartment one, and relay cells, which hear each other."""
    background = (Afferent(name="external", rate="1150 Hz", synapses=(ampa("0.8 nS"),)),)
    relay = replace(thalamic_relay().with_afferent("excitatory", rate="620 Hz"), name="relay")
    populations = {
        "E": (Population(name="E", cell=LEAKY, afferents=background), 400),
        "L5": (replace(l5_thick_tufted(), name="L5"), 200),
        "relay": (relay, 100),
    }
    links = (
        ("E", "E", (ampa("0.2 nS"),), ""),
        ("relay", "E", (ampa("0.6 nS"),), ""),
        ("E", "L5", (_SOMA,), ""),
        ("E", "L5", (_TUFT,), "E to the tuft"),
        ("L5", "L5", (_SOMA,), ""),
        ("E", "relay", _RELAYED, ""),
    )
    return Circuit(
        name="mixed",
        populations=tuple(CircuitPopulation(population=p, size=size) for p, size in populations.values()),
        projections=tuple(
            Projection(source=s, target=t, synapses=synapses, delay=Delay(mean="2 ms"), probability=0.1, name=name)
            for s, t, synapses, name in links
        ),
    )


def area(synapses: Sequence[Synapse]) -> float:
    """Return what one spike does to the rate, as an area of the somatic potential, V s."""
    return sum(s.weight * s.gate_area * DRIVING[s.label] for s in synapses) / CONDUCTANCE


def bell(u: np.ndarray) -> np.ndarray:
    """Return the planted rate (Hz) of relay cells at a potential without T-type current (V)."""
    top, centre, width = BELL
    return top * np.exp(-(((u - centre) / width) ** 2) / 2)


@dataclass
class Planted:
    """Answers jobs as planted cells would; ``wrong`` multiplies the kernels that probes show, ``jobs`` were asked."""

    wrong: float = 1.0
    noise: bool = False
    jobs: list[Job] = field(default_factory=list)

    def survey(self, **changes: int) -> Survey:
        """Return a survey that asks these cells."""
        return Survey(record=self, seed=1, **({"cells": 100, "slots": 6} | changes))  # type: ignore[arg-type]

    def __call__(self, jobs: Sequence[Job]) -> list[xr.Dataset]:
        self.jobs += jobs
        return [self._answer(job) for job in jobs]

    def _answer(self, job: Job) -> xr.Dataset:
        if isinstance(job.experiment, ProbeSpikes):
            return self._probe(job.population, job.experiment)
        assert isinstance(job.experiment, SteadyDrive)
        levels = np.array(job.experiment.levels)
        if isinstance(job.population.cell, PointCell):
            v, rate = _relay(job.population, levels)
        else:
            v, rate = _pyramid(job.population, levels)
        return self.steady(job.experiment, v, rate)

    def steady(self, asked: SteadyDrive, v: np.ndarray, rate: np.ndarray) -> xr.Dataset:
        """Return the recording of steady currents at which cells have these potentials (V) and rates (Hz)."""
        shape = (len(asked.levels), asked.cells)
        expected = np.broadcast_to(rate[:, None] * asked.duration / 2, shape)
        rng = np.random.default_rng(5)
        halves = rng.poisson(expected, (2, *shape)).astype(float) if self.noise else np.stack([expected] * 2)
        means = np.broadcast_to(v[:, None], shape)
        return xr.Dataset(
            {
                "spike_count": (("half", "level", "cell"), halves),
                "v_free_mean": (("level", "cell"), means),
                "v_free_variance": (("level", "cell"), np.full(shape, SD**2)),
                "v_free_dendrite_mean": (("level", "cell"), np.full(shape, -60e-3)),
            },
            coords={"drive": ("level", np.array(asked.levels)), "threshold": ("cell", np.zeros(asked.cells))},
            attrs={"duration": asked.duration},
        )

    @staticmethod
    def times(asked: ProbeSpikes) -> np.ndarray:
        """Return the times of the samples of a probe, s."""
        return np.arange(round(asked.duration / asked.sample)) * asked.sample + asked.sample / 2

    def _probe(self, population: Population, asked: ProbeSpikes) -> xr.Dataset:
        synapses = population.afferent(asked.afferent).synapses
        shown = area(synapses) * (BY_THE_SOMA if synapses[0].site == "dendrite" else 1.0)
        kernel = CascadeKernel(self.wrong * shown, (synapses[0].decay, MEMBRANE))
        return self.shown(asked, np.asarray(kernel(self.times(asked))))

    def shown(self, asked: ProbeSpikes, course: np.ndarray) -> xr.Dataset:
        """Return the recording of a probe whose response has this course."""
        groups = course * (1 + 0.01 * np.random.default_rng(7).standard_normal((asked.groups, 1)))
        return xr.Dataset(
            {"response": (("size", "group", "time"), groups[None]), "v_free": ("group", np.full(asked.groups, REST))},
            coords={"size": [1.0], "time": self.times(asked)},
        )


def _pyramid(population: Population, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    by_site = {
        site: sum(a.rate * area(a.synapses) for a in population.afferents if a.synapses[0].site == site)
        for site in ("soma", "dendrite")
    }
    soma = REST + by_site["soma"] + levels / CONDUCTANCE
    # The curve holds at the usual background of the tuft; more of it acts by bursts as well.
    resting = sum(a.rate * area(a.synapses) for a in l5_thick_tufted().afferents if a.synapses[0].site == "dendrite")
    more = by_site["dendrite"] - resting
    return soma + BY_THE_SOMA * more, np.asarray(SIGMOID(soma + more))


def _relay(population: Population, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    heard = sum(a.rate * s.weight * s.gate_area for a in population.afferents for s in a.synapses if s.reversal > -0.03)
    u = -63.5e-3 + 0.5e-3 * (heard / 1.1e-9 - 1) + levels / 8e-9
    assert isinstance(population.cell, PointCell)
    rate = bell(u) if population.cell.t_type is not None else np.zeros(u.size)
    return u, rate
