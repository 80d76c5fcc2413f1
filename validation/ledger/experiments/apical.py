"""The thick-tufted layer 5 pyramid: apical input, back-propagation and closed HCN channels.

Populations hear private current noise on both compartments (naud2018) and steady currents into either; the slope of the
spike rate over the somatic current is their gain. Single noise-free cells hear pulses (the protocols of larkum1999 and
larkum1999b); their numbers have no noise, and the resolution of the search as their error.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ....bridge.burst_statistics import slope_of
from ....bridge.ramp_response import noisy_ramp
from ....bridge.single_cell_protocols import bac_firing, coincidence_window, critical_frequency
from ....spiking import MECHANISMS, POPULATIONS, CurrentGrid, Population, TwoCompartmentCell
from ....spiking.burst_cells import HCurrent
from ....spiking.engine import Machine
from ....spiking.library import in_current_noise
from ....spiking.mechanisms import Mode
from ...simulations import Job, Laboratory
from ...verdict import Measurement
from ..bench import Settings
from ..effect import Effect
from .burst_surface import burst_surface
from .experiment import Experiment, effects_in, jackknifed, log_ratio

Array = NDArray[np.floating]

SOMATIC = (400e-12, 500e-12, 600e-12, 700e-12, 800e-12)  # A
TUFTS = {"silenced tuft": -300e-12, "tuft at rest": 0.0, "excited tuft": 200e-12}  # A into the dendrite
APICAL_INPUTS = {
    "from silence to rest": ("silenced tuft", "tuft at rest", False),
    "from rest, steady current": ("tuft at rest", "excited tuft", False),
    "from rest, noisy current": ("tuft at rest", "excited tuft", True),
}
RAMPS = {
    "on a noisy ramp, from silence to rest": (-300e-12, 0.0, 0.0),
    "on a noisy ramp, steady current": (0.0, 200e-12, 0.0),
    "on a noisy ramp, noisy current": (0.0, 200e-12, 100e-12),
}
"""Current into the tuft before and after (A), and the noise that comes with it (A)."""
RAMP_TOP, RAMP_RISE, RAMP_NOISE = 1000e-12, 2.0, 0.3  # A, s, growth of the somatic noise per current
NOISE_SHARE = 0.5  # growth of the dendritic noise per current into the dendrite, as on a noisy ramp
CELLS: dict[str, tuple[float, Mode]] = {
    "coupling raised by a quarter": (1.0, "review"),
    "half of the linearised channels": (0.5, "bio"),
    "all of 30 nS of gated channels": (1.0, "bio:explicit"),
}
GATED = HCurrent(conductance="30 nS")
SPIKE_STEP, CURRENT_STEP = 1.0, 20e-12  # Hz, A: resolution of the single-cell searches
UNTOUCHED = "untouched cell"
DELAYS = np.arange(-0.020, 0.0301, 0.005).astype(np.float64)  # s
_CLOSED = {"closed hcn: bursts per event": "1", "closed hcn: slope": "1"}
_APICAL = {"apical input: slope": "1", "apical input: bursts per event": "1"}
_ON_RAMPS = {"apical input on a ramp: slope": "1"}
_SINGLE = {
    "closed hcn: critical frequency": "1",
    "closed hcn: paired threshold": "1",
    "closed hcn: threshold of the dendrite alone": "1",
    "closed hcn: coincidence window": "1",
}
_UNTOUCHED = {"threshold after one spike": "1", "coincidence window": "s"}
OBSERVABLES = {**_CLOSED, **_APICAL, **_ON_RAMPS, **_SINGLE, **_UNTOUCHED}


def _grid(settings: Settings, share: float) -> CurrentGrid:
    return CurrentGrid(
        somatic=SOMATIC,
        dendritic=tuple(TUFTS.values()),
        dendritic_noise_per_current=share,
        cells=settings.cells(300),
        duration=4.0,
    )


def _read(part: xr.Dataset, tuft: str) -> dict[str, float]:
    """Return slope (Hz/A) and bursts per event, both over all somatic currents, with one current into the tuft."""
    one = part.isel(dendritic=list(TUFTS).index(tuft))
    rates = one["spike_count"].sum("half").mean("cell").values / float(part.attrs["duration"])
    bursts = float(one["burst_count"].sum()) / max(float(one["event_count"].sum()), 1.0)
    return {"slope": slope_of(np.array(SOMATIC), rates)[0], "bursts": bursts}


def _closing(tuft: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    before, after = (_read(part, tuft) for part in parts)
    return {
        "closed hcn: bursts per event": after["bursts"] - before["bursts"],
        "closed hcn: slope": log_ratio(after["slope"], before["slope"]),
    }


def _amplifying(lower: str, higher: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    before, after = (_read(parts[0], tuft) for tuft in (lower, higher))
    return {
        "apical input: slope": log_ratio(after["slope"], before["slope"]),
        "apical input: bursts per event": after["bursts"] - before["bursts"],
    }


def _in_populations(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    base = in_current_noise(POPULATIONS["l5_thick_tufted"]())
    closed = MECHANISMS["hcn_apical_coupling"].apply(base, 1.0)
    seed = settings.seed_of("apical")
    jobs = [Job(population=base, experiment=_grid(settings, share), seed=seed) for share in (0.0, NOISE_SHARE)]
    jobs += [Job(population=closed, experiment=_grid(settings, 0.0), seed=seed)]
    steady, noisy, changed = laboratory.record("Layer 5 pyramids", jobs)
    effects = []
    for tuft in TUFTS:
        effects += effects_in(tuft, _CLOSED, partial(jackknifed, [steady, changed], partial(_closing, tuft)))
    for domain, (lower, higher, is_noisy) in APICAL_INPUTS.items():
        recording = noisy if is_noisy else steady
        effects += effects_in(domain, _APICAL, partial(jackknifed, [recording], partial(_amplifying, lower, higher)))
    return effects


def _with_tuft(current: float, noise: float) -> Population:
    """Return the population with a current into its dendrite, and more noise there."""
    population = in_current_noise(POPULATIONS["l5_thick_tufted"]())
    cell = population.cell
    if not isinstance(cell, TwoCompartmentCell) or cell.dendrite.noise is None:
        raise TypeError("apical: layer 5 pyramids in current noise have a noisy dendrite")
    louder = replace(cell.dendrite.noise, amplitude=cell.dendrite.noise.amplitude + noise)
    return population.with_cell(dendrite=replace(cell.dendrite, current=current, noise=louder))


def _ramp_slope(recording: xr.Dataset) -> float:
    """Return the slope (Hz/A) of the rate over the somatic current from 0.4 of the top on, up and down together."""
    current = recording["input"].isel(stimulus=0).values
    rate = recording["rate"].isel(stimulus=0).mean("group").values
    inside = current > 0.4 * RAMP_TOP
    return slope_of(current[inside], rate[inside])[0]


def _on_ramp(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    before, after = map(_ramp_slope, parts)
    return {"apical input on a ramp: slope": log_ratio(after, before)}


def _on_ramps(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Play a ramp of current into the soma, its fluctuation growing with it, with little and with much at the tuft."""
    ramp = noisy_ramp(somatic=RAMP_TOP, somatic_noise=RAMP_NOISE, rise=RAMP_RISE, cells=settings.cells(2000))
    pairs = [(_with_tuft(low, 0.0), _with_tuft(high, noise)) for low, high, noise in RAMPS.values()]
    seed = settings.seed_of("noisy ramp")
    jobs = [Job(population=population, experiment=ramp, seed=seed) for pair in pairs for population in pair]
    recordings = laboratory.record("Noisy ramps", jobs)
    effects = []
    for number, domain in enumerate(RAMPS):
        both = recordings[2 * number : 2 * number + 2]
        effects += effects_in(domain, _ON_RAMPS, partial(jackknifed, both, _on_ramp))
    return effects


def window_width(delays: Array, thresholds: Array, alone: float) -> float:
    """Return over how long a range of delays (s) a spike lowers the Ca2+ threshold by a quarter or more."""
    fine = np.linspace(delays[0], delays[-1], 2001)
    return float(np.mean(np.interp(fine, delays, thresholds) < 0.75 * alone) * (delays[-1] - delays[0]))


def single_cell(population: Population, *, machine: Machine | None = None) -> dict[str, float]:
    """Return critical frequency (Hz), Ca2+ thresholds alone and paired (A), and the coincidence window (s)."""
    firing = bac_firing(population, step=CURRENT_STEP, machine=machine)
    thresholds = coincidence_window(population, DELAYS, step=CURRENT_STEP, machine=machine)
    return {
        "critical frequency": critical_frequency(population, machine=machine),
        "paired threshold": firing.paired,
        "threshold of the dendrite alone": firing.alone,
        "coincidence window": window_width(DELAYS, thresholds, firing.alone),
    }


_RESOLUTION = {
    "critical frequency": SPIKE_STEP,
    "paired threshold": CURRENT_STEP,
    "threshold of the dendrite alone": CURRENT_STEP,
    "coincidence window": 1e-3,
}


def _log_ratio(name: str, after: Mapping[str, float], before: Mapping[str, float]) -> Measurement:
    """Return ln(after/before) of numbers that a search has rounded to its step."""
    errors = [_RESOLUTION[name] / math.sqrt(12) / found[name] for found in (after, before)]
    return Measurement(value=log_ratio(after[name], before[name]), standard_error=math.hypot(*errors))


def _with_gated_channels(population: Population) -> Population:
    cell = population.cell
    if not isinstance(cell, TwoCompartmentCell):
        raise TypeError("apical: layer 5 pyramids have two compartments")
    return population.with_cell(dendrite=replace(cell.dendrite, h_current=GATED))


def _in_single_cells(laboratory: Laboratory) -> list[Effect]:
    populations = {UNTOUCHED: POPULATIONS["l5_thick_tufted"]()}
    for domain, (fraction, mode) in CELLS.items():
        base = _with_gated_channels(populations[UNTOUCHED]) if mode == "bio:explicit" else populations[UNTOUCHED]
        populations[f"{domain}, before"] = base
        populations[domain] = MECHANISMS["hcn_apical_coupling"].apply(base, fraction, mode)
    laboratory.progress.stage("Single layer 5 cells", len(populations))
    found = {}
    for name, population in populations.items():
        found[name] = laboratory.store.call(
            single_cell,
            population,
            packages=("spiking", "units", "bridge/single_cell_protocols.py"),
            ignored={"machine": laboratory.machine},
        )
        laboratory.progress.advance()
    effects = []
    for domain in CELLS:
        for observable, unit in _SINGLE.items():
            ratio = _log_ratio(observable.removeprefix("closed hcn: "), found[domain], found[f"{domain}, before"])
            effects.append(Effect(observable=observable, domain=domain, unit=unit, measurement=ratio))
    return [*effects, *_untouched(found[UNTOUCHED])]


def _untouched(found: Mapping[str, float]) -> list[Effect]:
    window = Measurement(value=found["coincidence window"], standard_error=_RESOLUTION["coincidence window"])
    alone, paired = found["threshold of the dendrite alone"], found["paired threshold"]
    error = CURRENT_STEP / math.sqrt(12) * math.hypot(1 / alone, 1 / paired)
    halved = Measurement(value=log_ratio(paired, alone), standard_error=error)
    return [
        Effect(observable="threshold after one spike", domain=UNTOUCHED, unit="1", measurement=halved),
        Effect(observable="coincidence window", domain=UNTOUCHED, unit="s", measurement=window),
    ]


def measure_apical(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return what apical input and closed HCN channels do to populations and to single cells."""
    in_populations = [*_in_populations(laboratory, settings), *_on_ramps(laboratory, settings)]
    return [*in_populations, *_in_single_cells(laboratory)]


APICAL = Experiment(
    name="apical",
    title="Layer 5 pyramids: apical input and HCN channels",
    observables=OBSERVABLES,
    run=measure_apical,
    weight=3.9,
    papers=("naud2018", "larkum2004"),
    portrait=burst_surface,
)
