"""GABA_B receptors of the apical dendrite: what they take from bursts and from rates, and for how long.

The receptors, which open K+ channels and block Ca2+ channels of the dendrite, are compared with none (density 0): the
same spikes of the same afferent reach both populations. The course in time is that of a volley of 8 spikes.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import xarray as xr

from ....spiking import MECHANISMS, POPULATIONS, CalciumBlock, CurrentGrid, Population, TimeVaryingInput
from ....spiking.burst_protocols import BURST_WINDOW
from ....spiking.library import in_current_noise, with_dendritic_gaba_b
from ....spiking.stimuli import Step
from ...simulations import Job, Laboratory
from ..bench import GROUPS, Settings
from ..effect import Effect
from .apical import SOMATIC, TUFTS
from .experiment import Experiment, effects_in, jackknifed, log_ratio

_STEADY = {"bursts per event": "1", "spike rate": "1"}
_LASTING = "bursts per event after a volley"
WINDOWS = {"50 to 200 ms": (0.05, 0.20), "200 to 400 ms": (0.20, 0.40), "700 to 1000 ms": (0.70, 1.00)}
OBSERVABLES = {**_STEADY, _LASTING: "1"}
_RATE, _SPIKES, _WIDTH, _ONSET = 1.0, 8.0, 0.005, 0.5  # Hz, 1, s, s
_SOMATIC, _TUFT = 600e-12, 200e-12  # A, while the volley comes


def _populations() -> tuple[Population, Population]:
    present = with_dendritic_gaba_b(in_current_noise(POPULATIONS["l5_thick_tufted"]()))
    return MECHANISMS["gaba_b_density"].apply(present, 0.0, "bio:dendritic"), present


def _held(tuft: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    found = []
    for part in parts:
        one = part.isel(dendritic=list(TUFTS).index(tuft))
        events = max(float(one["event_count"].sum()), 1.0)
        found.append((float(one["burst_count"].sum()) / events, float(one["spike_count"].sum())))
    (bursts, spikes), (bursts_left, spikes_left) = found
    return {"bursts per event": bursts_left - bursts, "spike rate": log_ratio(spikes_left, spikes)}


def _volley(settings: Settings) -> Job:
    """Return one volley at an excited tuft whose receptors of one terminal block Ca2+ channels alone."""
    population = _populations()[1].with_synapse(
        "gaba_b", "dendrite", weight=0.0, calcium_block=CalciumBlock(terminals=1)
    )
    cell = population.cell
    excited = population.with_cell(dendrite=replace(cell.dendrite, current=_TUFT))  # type: ignore[union-attr]
    step = Step(height=_SPIKES / (_WIDTH * _RATE), onset=_ONSET, offset=_ONSET + _WIDTH)
    experiment = TimeVaryingInput(
        stimuli=(step,),
        channel="neurogliaform",
        current=_SOMATIC,
        groups=GROUPS,
        cells_per_group=settings.cells(8000) // GROUPS,
        duration=1.5,
        sample=0.01,
        burst_window=BURST_WINDOW,
    )
    listening = excited.with_afferent("neurogliaform", rate=_RATE)
    return Job(population=listening, experiment=experiment, seed=settings.seed_of("dendritic volley"))


def _after(window: tuple[float, float], parts: Sequence[xr.Dataset]) -> dict[str, float]:
    time = parts[0]["time"].values
    bursts, events = (parts[0][name].isel(stimulus=0).mean("group").values for name in ("burst_rate", "event_rate"))

    def within(low: float, high: float) -> float:
        inside = (time > low) & (time < high)
        return float(bursts[inside].sum() / events[inside].sum())

    return {_LASTING: within(_ONSET + window[0], _ONSET + window[1]) - within(0.0, _ONSET)}


def measure_dendritic_inhibition(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return what dendritic GABA_B takes from bursts and rates at three tufts, and how long a volley lasts."""
    grid = CurrentGrid(
        somatic=SOMATIC, dendritic=tuple(TUFTS.values()), cells=settings.cells(300, least=40), duration=4.0
    )
    seed = settings.seed_of("dendritic inhibition")
    jobs = [*(Job(population=p, experiment=grid, seed=seed) for p in _populations()), _volley(settings)]
    *steady, volley = laboratory.record("Dendritic GABA_B", jobs)
    effects = []
    for tuft in TUFTS:
        effects += effects_in(tuft, _STEADY, partial(jackknifed, steady, partial(_held, tuft)))
    for domain, window in WINDOWS.items():
        effects += effects_in(domain, {_LASTING: "1"}, partial(jackknifed, [volley], partial(_after, window)))
    return effects


DENDRITIC_INHIBITION = Experiment(
    name="dendritic inhibition",
    title="GABA_B receptors of the apical dendrite",
    observables=OBSERVABLES,
    run=measure_dendritic_inhibition,
    weight=1.5,
    papers=("perezgarci2006", "palmer2012", "naud2018"),
)
