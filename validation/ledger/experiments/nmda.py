"""The NMDA share of the excitatory charge: conserved charge, a wider kernel, super-additive summation.

Shares are added to the untouched one with the charge at -65 mV conserved. Super-additivity is the logarithm of the
response to a volley of 80 spikes over twice that to 40.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise

import numpy as np
import xarray as xr

from ....bridge.estimate import EstimateRefused
from ....spiking import MECHANISMS, POPULATIONS, Population, ProbeSpikes
from ...drive_levels import drives_for
from ...simulations import Job, Laboratory
from ..bench import Settings, with_background
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed, log_ratio
from .probes import holding_current, kernel_features, probe, record_named

SHARES = (-0.25, 0.0, 0.25, 0.5)
CLAMPS = {"held at -65 mV": -0.065, "held at -50 mV": -0.050, "held at -75 mV": -0.075}
BACKGROUNDS = {"low background": 0.5, "high background": 3.0}
STARTS = {"volleys from rest": None, "volleys from -60 mV": -0.060}
VOLLEYS = (40.0, 80.0)
_TAIL = 0.08  # s, decay of the NMDA gate

_CHARGE = {"charge": "1"}
_SHAPE = {"mean lag over the share": "1", "-3 dB frequency": "1", "peak": "1", "area": "1"}
_SUMMATION = {"super-additivity": "1", "super-additivity without nmda": "1", "change of super-additivity": "1"}
OBSERVABLES = {**_CHARGE, **_SHAPE, **_SUMMATION}

Statistic = Callable[[Sequence[xr.Dataset]], dict[str, float]]


def _experiments(settings: Settings, cells: Population) -> dict[str, tuple[Population, ProbeSpikes]]:
    """Return the untouched population and the probe of every domain."""
    found: dict[str, tuple[Population, ProbeSpikes]] = {
        domain: (cells, probe(settings, clamp=v, sizes=(1.0,), dt=2e-5, sample=1e-4)) for domain, v in CLAMPS.items()
    }
    for domain, factor in BACKGROUNDS.items():
        population = with_background(cells, factor)
        found[domain] = population, probe(settings, current=holding_current(population), sizes=(1.0,), duration=1.2)
    for domain, v in STARTS.items():
        current = 0.0 if v is None else float(drives_for(cells, "current", np.array([v]))[0])
        found[domain] = cells, probe(settings, current=current, sizes=VOLLEYS, duration=0.6)
    return found


def _charge(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    areas = [kernel_features(part, _TAIL)["area"] for part in parts]
    return {"charge": log_ratio(areas[2], areas[0])}


def _shape(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    found = [kernel_features(part, _TAIL) for part in parts]
    steps = {f"step {i}": log_ratio(b["mean_lag"], a["mean_lag"]) for i, (a, b) in enumerate(pairwise(found))}
    names = {"-3 dB frequency": "cutoff_frequency", "peak": "peak", "area": "area"}
    if not all("cutoff_frequency" in features for features in found):
        raise EstimateRefused("A kernel has no -3 dB frequency in the sampled band; simulate more cells.")
    changes = {name: log_ratio(found[2][key], found[1][key]) for name, key in names.items()}
    return steps | changes | {"mean lag over the share": log_ratio(found[-1]["mean_lag"], found[0]["mean_lag"])}


def _summation(parts: Sequence[xr.Dataset]) -> dict[str, float]:
    small, large = VOLLEYS
    index = []
    for part in parts:
        peaks = [kernel_features(part, _TAIL, size)["peak"] for size in VOLLEYS]
        index.append(log_ratio(peaks[1] * small, peaks[0] * large))
    return {
        "super-additivity": index[-1],
        "super-additivity without nmda": index[0],
        "change of super-additivity": index[-1] - index[0],
    }


def _kind(domain: str) -> tuple[Mapping[str, str], Statistic]:
    """Return what is observed in a domain, and how it is read."""
    if domain in CLAMPS:
        return _CHARGE, _charge
    return (_SHAPE, _shape) if domain in BACKGROUNDS else (_SUMMATION, _summation)


def measure_nmda(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return what a change of the NMDA share does to charge, kernel and summation, in every domain."""
    seed, cells = settings.seed_of("nmda"), POPULATIONS["e1"]()
    jobs = {
        f"{domain} {share}": Job(population=MECHANISMS["nmda_fraction"].apply(p, share), experiment=e, seed=seed)
        for domain, (p, e) in _experiments(settings, cells).items()
        for share in SHARES
    }
    recorded = record_named(laboratory, "NMDA share", jobs)
    effects = []
    for domain in _experiments(settings, cells):
        observed, statistic = _kind(domain)
        found = partial(jackknifed, [recorded[f"{domain} {share}"] for share in SHARES], statistic)
        effects += effects_in(domain, observed, found, series="mean lag over the share")
    return effects


NMDA = Experiment(
    name="nmda",
    title="NMDA share: charge, width and summation",
    observables=OBSERVABLES,
    run=measure_nmda,
    weight=2.0,
    papers=("jahr1990",),
)
