"""Two levers on bursts at once: depolarisation by Gq and closed HCN channels, together and alone.

Layer 5 pyramids hear steady currents into soma and dendrite. Interaction is what both levers do together minus the sum
of what each does: of burst probability itself, of the logarithm of rates. The burst ensemble of the mean field is
calibrated on the untouched population alone and then given the closed channels, as a larger charge that spikes send
back.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import xarray as xr

from ....bridge.burst_calibration import calibrate_ensemble, mean_field_surface
from ....bridge.burst_statistics import burst_table
from ....bridge.estimate import EstimateRefused
from ....meanfield import BurstEnsemble
from ....spiking import MECHANISMS, POPULATIONS, CurrentGrid, Population
from ....spiking.library import in_current_noise
from ....spiking.mechanisms.hcn_apical_coupling import COUPLING_GAIN
from ...simulations import Job, Laboratory
from ..bench import Settings
from ..effect import Effect
from .apical import SOMATIC, TUFTS
from .experiment import Experiment, effects_in, jackknifed, log_ratio

DEPOLARIZATION, HALF, CLOSED = 0.003, 0.5, 1.0  # V, 1, 1
_FEATURES = {"bursts per event": "burst_probability", "events": "event_rate", "spikes": "spike_rate"}
_INTERACTION = {f"interaction: {name}": "1" for name in _FEATURES}
_MISSED = "burst ensemble, closed hcn: missed bursts per event"
_DOSE = "bursts per event over closed hcn"
OBSERVABLES = {**_INTERACTION, _MISSED: "1", _DOSE: "1"}


def populations() -> dict[str, Population]:
    """Return the population under neither lever, under each, under both, and with half of the channels closed."""
    base = in_current_noise(POPULATIONS["l5_thick_tufted"]())
    depolarized, closed = MECHANISMS["calcium_depolarization"], MECHANISMS["hcn_apical_coupling"]
    up = depolarized.apply(base, DEPOLARIZATION)
    return {
        "neither": base,
        "depolarized": up,
        "closed": closed.apply(base, CLOSED),
        "both": closed.apply(up, CLOSED),
        "half closed": closed.apply(base, HALF),
    }


def _at(part: xr.Dataset, tuft: str) -> dict[str, float]:
    """Return the features of a population at one tuft, over all somatic currents."""
    one = part.isel(dendritic=list(TUFTS).index(tuft))
    spikes, events, bursts = (float(one[name].sum()) for name in ("spike_count", "event_count", "burst_count"))
    return {"burst_probability": bursts / max(events, 1.0), "event_rate": events, "spike_rate": spikes}


def _interacting(tuft: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    neither, up, closed, both = (_at(part, tuft) for part in parts)

    def joint(key: str) -> float:
        if key == "burst_probability":
            return both[key] - up[key] - closed[key] + neither[key]
        return log_ratio(both[key], closed[key]) - log_ratio(up[key], neither[key])

    return {f"interaction: {name}": joint(key) for name, key in _FEATURES.items()}


def _rising(tuft: str, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    """Return the steps of burst probability as channels are closed."""
    bursts = [_at(part, tuft)["burst_probability"] for part in parts]
    steps = {f"step {number}": float(step) for number, step in enumerate(np.diff(bursts))}
    return steps | {_DOSE: bursts[-1] - bursts[0]}


def _foretold(ensemble: BurstEnsemble) -> dict[str, float]:
    """Return what the mean field makes of closed channels: the change of bursts per event, by tuft."""
    charge = ensemble.backpropagated_charge * (1 + COUPLING_GAIN * CLOSED)
    currents = np.asarray(SOMATIC), np.asarray(list(TUFTS.values()))
    open_cells, closed = (
        mean_field_surface(model, *currents) for model in (ensemble, replace(ensemble, backpropagated_charge=charge))
    )
    return {tuft: _mean_probability(closed, tuft) - _mean_probability(open_cells, tuft) for tuft in TUFTS}


def _mean_probability(surface: xr.Dataset, tuft: str) -> float:
    """Return bursts per event over all somatic currents: as counts have it, weighted by the events."""
    one = surface.isel(dendritic=list(TUFTS).index(tuft))
    return float((one["event_rate"] * one["burst_probability"]).sum() / one["event_rate"].sum())


def _missed(population: Population, parts: Sequence[xr.Dataset]) -> dict[str, float]:
    """Return what the mean field misses of the effect of closed channels, by tuft: measured minus foretold."""
    untouched, closed = parts
    try:
        told = _foretold(calibrate_ensemble(population, burst_table(untouched)).ensemble)
    except ValueError as refused:
        raise EstimateRefused(str(refused)) from None
    seen = {t: _at(closed, t)["burst_probability"] - _at(untouched, t)["burst_probability"] for t in TUFTS}
    return {tuft: seen[tuft] - told[tuft] for tuft in TUFTS}


def measure_burst_interaction(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return the interactions of both levers at three tufts, and what the burst ensemble misses of them."""
    grid = CurrentGrid(somatic=SOMATIC, dendritic=tuple(TUFTS.values()), cells=settings.cells(300), duration=4.0)
    seed, made = settings.seed_of("burst interaction"), populations()
    base = made["neither"]
    jobs = [Job(population=p, experiment=grid, seed=seed) for p in made.values()]
    *recorded, half = laboratory.record("Bursts under two levers", jobs)
    untouched, _, closed, _ = recorded
    effects = []
    for tuft in TUFTS:
        effects += effects_in(tuft, _INTERACTION, partial(jackknifed, recorded, partial(_interacting, tuft)))
        dose = partial(jackknifed, [untouched, half, closed], partial(_rising, tuft))
        effects += effects_in(tuft, {_DOSE: "1"}, dose, series=_DOSE)
    missed = effects_in("", dict.fromkeys(TUFTS, "1"), lambda: jackknifed([untouched, closed], partial(_missed, base)))
    return effects + [replace(effect, observable=_MISSED, domain=effect.observable) for effect in missed]


BURST_INTERACTION = Experiment(
    name="burst interaction",
    title="Bursts under two levers: depolarisation and closed HCN channels",
    observables=OBSERVABLES,
    run=measure_burst_interaction,
    weight=2.0,
    papers=("naud2018", "payeur2021"),
)
