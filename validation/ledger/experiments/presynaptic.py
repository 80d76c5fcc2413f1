"""GABA_B receptors on terminals: what they leave of the kernels of excitation and inhibition.

Two readings: release at its steady value, and release that follows each spike of the inhibitory afferent in time. In
time, an inhibitory probe would act on later releases too, so that only excitation is probed there.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import xarray as xr

from ....spiking import MECHANISMS, POPULATIONS
from ....spiking.mechanisms import Mode
from ...simulations import Job, Laboratory
from ..bench import Settings, with_background
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed, log_ratio
from .probes import holding_current, kernel_features, probe, record_named, slowest_decay

AMOUNT = 0.8
SIDES = ("excitatory", "inhibitory")
READINGS: dict[str, tuple[float, Mode, tuple[str, ...]]] = {
    "steady release, low background": (0.5, "review", SIDES),
    "steady release, high background": (3.0, "review", SIDES),
    "release in time, low background": (0.5, "bio", SIDES[:1]),
    "release in time, high background": (3.0, "bio", SIDES[:1]),
}
_FEATURES = {"area": "area", "mean lag": "mean_lag"}
OBSERVABLES = {f"{side}: {name}": "1" for side in SIDES for name in _FEATURES}


def _statistic(sides: Sequence[str], tails: Mapping[str, float], parts: Sequence[xr.Dataset]) -> dict[str, float]:
    found = {}
    for side, untouched, changed in zip(sides, parts[::2], parts[1::2], strict=True):
        before, after = (kernel_features(part, tails[side]) for part in (untouched, changed))
        found |= {f"{side}: {name}": log_ratio(after[key], before[key]) for name, key in _FEATURES.items()}
    return found


def measure_presynaptic(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return what receptors on terminals do to both kernels, in both readings and at both backgrounds."""
    effects, seed = [], settings.seed_of("presynaptic")
    for domain, (factor, mode, sides) in READINGS.items():
        population = with_background(POPULATIONS["textbook_lif"](), factor)
        changed = MECHANISMS["gaba_b_presynaptic"].apply(population, AMOUNT, mode)
        current = holding_current(population)
        jobs = {
            f"{side} {number}": Job(
                population=p,
                experiment=probe(settings, cells=400, afferent=side, current=current, sizes=(1.0,), duration=1.5),
                seed=seed,
            )
            for side in sides
            for number, p in enumerate((population, changed))
        }
        recorded = list(record_named(laboratory, f"Terminals, {domain}", jobs).values())
        tails = {
            side: slowest_decay(population, [s.receptor for s in population.afferent(side).synapses]) for side in sides
        }
        observed = {name: unit for name, unit in OBSERVABLES.items() if name.startswith(sides)}
        effects += effects_in(domain, observed, partial(jackknifed, recorded, partial(_statistic, sides, tails)))
    return effects


PRESYNAPTIC = Experiment(
    name="presynaptic",
    title="GABA_B receptors on terminals",
    observables=OBSERVABLES,
    run=measure_presynaptic,
    weight=0.7,
    papers=("deisz1989",),
)
