"""The balance of excitation and inhibition at slow and fast scales: ratio of the two kernels' transfer magnitudes.

Slow is 1 Hz, fast 40 Hz. The balance is |H_E(f)|/|H_I(f)|; effects are logarithms of its ratio to the untouched one.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import xarray as xr

from ....spiking import MECHANISMS, POPULATIONS
from ...simulations import Job, Laboratory
from ..bench import Settings, with_background
from ..effect import Effect
from .experiment import Experiment, effects_in, jackknifed, log_ratio
from .probes import holding_current, probe, record_named, slowest_decay, transfer_size

SCALES = {"slow": 1.0, "fast": 40.0}  # Hz
LEVERS = {"ampa_density": 1.4, "nmda_fraction": 0.2, "gaba_a_density": 1.4, "gaba_b_density": 1.4}
BACKGROUNDS = {"low background": 0.5, "high background": 3.0}
SIDES = ("excitatory", "inhibitory")
OBSERVABLES = {f"{lever}: {scale} balance": "1" for lever in LEVERS for scale in SCALES}


def _statistic(
    keys: Sequence[tuple[str, str]], tails: Mapping[str, float], parts: Sequence[xr.Dataset]
) -> dict[str, float]:
    size = {
        (*key, scale): transfer_size(part, tails[key[1]], frequency)
        for key, part in zip(keys, parts, strict=True)
        for scale, frequency in SCALES.items()
    }

    def balance(condition: str, scale: str) -> float:
        return log_ratio(size[condition, "excitatory", scale], size[condition, "inhibitory", scale])

    return {
        f"{lever}: {scale} balance": balance(lever, scale) - balance("base", scale)
        for lever in LEVERS
        for scale in SCALES
    }


def measure_balance(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return what each receptor lever does to the balance at both scales, at both backgrounds."""
    effects = []
    for domain, factor in BACKGROUNDS.items():
        population = with_background(POPULATIONS["e1"](), factor)
        current, seed = holding_current(population), settings.seed_of("balance")
        conditions = {"base": population}
        conditions |= {name: MECHANISMS[name].apply(population, amount) for name, amount in LEVERS.items()}
        keys = [(condition, side) for condition in conditions for side in SIDES]
        jobs = {
            f"{condition} {side}": Job(
                population=conditions[condition],
                experiment=probe(settings, afferent=side, current=current, sizes=(1.0,), duration=1.5),
                seed=seed,
            )
            for condition, side in keys
        }
        recorded = record_named(laboratory, f"Balance, {domain}", jobs)
        tails = {
            side: slowest_decay(population, [s.receptor for s in population.afferent(side).synapses]) for side in SIDES
        }
        parts = [recorded[f"{condition} {side}"] for condition, side in keys]
        effects += effects_in(domain, OBSERVABLES, partial(jackknifed, parts, partial(_statistic, keys, tails)))
    return effects


BALANCE = Experiment(
    name="balance",
    title="Balance of excitation and inhibition at slow and fast scales",
    observables=OBSERVABLES,
    run=measure_balance,
    weight=0.7,
)
