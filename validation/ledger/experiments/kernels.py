"""Receptor density and the kernel: whether it is scaled in proportion, keeps its shape, and leaves other kernels alone.

One afferent and one receptor at a time is probed, at two backgrounds and, as a negative control, with current-based
synapses, where more receptors can do nothing but scale.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import xarray as xr

from ....spiking import MECHANISMS, POPULATIONS, Population
from ...simulations import Job, Laboratory
from ...verdict import Measurement
from ..bench import Settings, with_background
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed, log_ratio
from .probes import holding_current, kernel_features, probe, record_named, slowest_decay

FACTOR = 1.4
AFFERENT = {"ampa": "excitatory", "nmda": "excitatory", "gaba_a": "inhibitory", "gaba_b": "inhibitory"}
_SCALED = ("ampa", "gaba_a", "gaba_b")

OBSERVABLES = {
    **{f"{receptor}: amplitude over factor": "1" for receptor in _SCALED},
    **{f"{receptor}: mean lag": "1" for receptor in _SCALED},
    "ampa with nmda: mean lag": "1",
    "gaba_a: area of the excitatory kernel": "1",
    "gaba_a: mean lag of the excitatory kernel": "1",
    "gaba_b: area of its kernel": "V s",
    "gaba_b over gaba_a: mean lag": "1",
}


def domains() -> dict[str, Population]:
    """Return the populations by domain."""
    cells = POPULATIONS["textbook_lif"]()
    current_based = tuple(
        replace(a, synapses=tuple(replace(s, current_based=True, magnesium=0.0) for s in a.synapses))
        for a in cells.afferents
    )
    return {
        "low background": with_background(cells, 0.5),
        "high background": with_background(cells, 3.0),
        "current-based synapses": replace(cells, afferents=current_based),
    }


def _probed(name: str) -> tuple[str, ...]:
    """Return the receptors that a probe called ``name`` reaches."""
    return ("ampa", "nmda") if name == "epsp" else (name,)


def _jobs(settings: Settings, population: Population) -> dict[tuple[str, str], Job]:
    """Return one job for each pair of condition and probe."""
    conditions = {"base": population}
    conditions |= {r: MECHANISMS[f"{r}_density"].apply(population, FACTOR) for r in _SCALED}
    wanted = [("base", name) for name in (*_SCALED, "epsp")] + [(name, name) for name in _SCALED]
    wanted += [("ampa", "epsp"), ("gaba_a", "epsp")]
    current, seed = holding_current(population), settings.seed_of("kernels")
    jobs = {}
    for condition, name in wanted:
        receptors = _probed(name)
        experiment = probe(
            settings, afferent=AFFERENT[receptors[0]], receptors=receptors, current=current, sizes=(1.0,), duration=1.5
        )
        jobs[condition, name] = Job(population=conditions[condition], experiment=experiment, seed=seed)
    return jobs


def _statistic(
    keys: Sequence[tuple[str, str]], tails: Mapping[str, float], parts: Sequence[xr.Dataset]
) -> dict[str, float]:
    found = {key: kernel_features(part, tails[key[1]]) for key, part in zip(keys, parts, strict=True)}

    def ratio(condition: str, name: str, feature: str) -> float:
        return log_ratio(found[condition, name][feature], found["base", name][feature])

    effects = {f"{r}: amplitude over factor": ratio(r, r, "peak") / math.log(FACTOR) for r in _SCALED}
    effects |= {f"{r}: mean lag": ratio(r, r, "mean_lag") for r in _SCALED}
    return effects | {
        "ampa with nmda: mean lag": ratio("ampa", "epsp", "mean_lag"),
        "gaba_a: area of the excitatory kernel": ratio("gaba_a", "epsp", "area"),
        "gaba_a: mean lag of the excitatory kernel": ratio("gaba_a", "epsp", "mean_lag"),
        "gaba_b: area of its kernel": found["base", "gaba_b"]["area"],
        "gaba_b over gaba_a: mean lag": log_ratio(
            found["base", "gaba_b"]["mean_lag"], found["base", "gaba_a"]["mean_lag"]
        ),
    }


def measure_kernels(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return the effect of each receptor density on each kernel, in every domain."""
    plans = {domain: _jobs(settings, population) for domain, population in domains().items()}
    flat = {f"{domain} {key}": job for domain, jobs in plans.items() for key, job in jobs.items()}
    recorded = record_named(laboratory, "Kernels of single receptors", flat)
    effects = []
    for domain, jobs in plans.items():
        keys = list(jobs)
        tails = {name: slowest_decay(domains()[domain], _probed(name)) for _, name in keys}
        parts = [recorded[f"{domain} {key}"] for key in keys]

        def found(
            keys: Sequence[tuple[str, str]] = keys,
            tails: Mapping[str, float] = tails,
            parts: Sequence[xr.Dataset] = parts,
        ) -> dict[str, Measurement]:
            return jackknifed(parts, partial(_statistic, keys, tails))

        effects += effects_in(domain, OBSERVABLES, found)
    return effects


KERNELS = Experiment(
    name="kernels",
    title="Receptor density and the kernels",
    observables=OBSERVABLES,
    run=measure_kernels,
    weight=4.0,
)
