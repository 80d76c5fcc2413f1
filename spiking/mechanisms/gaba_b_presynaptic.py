"""GABA_B receptors on terminals: GABA takes from the release of inhibitory and of excitatory terminals that follows.

Autoreceptors sit on the terminals that release the GABA, heteroreceptors on those of other afferents, which spillover
reaches. Either acts on everything that a terminal releases: all receptors of its afferent together. An afferent that
carries a GABA_A or GABA_B synapse releases GABA; the others hear the GABA afferent of their own compartment.
"""

from collections.abc import Callable
from dataclasses import replace

from ..population import Population
from ..synapses import Afferent, PresynapticInhibition
from .mechanism import Mechanism, Reading

_SOURCES = ("shine2021", "deisz1989")


def _releases_gaba(afferent: Afferent) -> bool:
    return any(synapse.receptor in ("gaba_a", "gaba_b") for synapse in afferent.synapses)


def _any_afferent(afferent: Afferent) -> bool:
    del afferent
    return True


def _is_other(afferent: Afferent) -> bool:
    return not _releases_gaba(afferent)


def _source_of(population: Population, afferent: Afferent) -> str:
    """Return the afferent whose GABA reaches these terminals: itself, or the first one on the same compartment."""
    if _releases_gaba(afferent):
        return afferent.name
    releasing = [other for other in population.afferents if _releases_gaba(other)]
    sites = {synapse.site for synapse in afferent.synapses}
    near = [other for other in releasing if any(synapse.site in sites for synapse in other.synapses)]
    return (near or releasing)[0].name


def _withhold(population: Population, added: float, chosen: Callable[[Afferent], bool] = _any_afferent) -> Population:
    """Return the population with this strength of presynaptic inhibition added on the chosen afferents."""
    if not any(map(_releases_gaba, population.afferents)) or not any(map(chosen, population.afferents)):
        names = ", ".join(afferent.name for afferent in population.afferents) or "none"
        raise ValueError(
            f"gaba_b_presynaptic: {population.name} has no afferent that releases GABA, or no terminals for it to act "
            f"on; its afferents are: {names}."
        )
    changed = tuple(_with_strength(population, a, added) if chosen(a) else a for a in population.afferents)
    return replace(population, afferents=changed)


def _with_strength(population: Population, afferent: Afferent, added: float) -> Afferent:
    present = _present(population, afferent)
    strength = added + present.strength
    if not 0 <= strength <= 1:
        raise ValueError(
            f"gaba_b_presynaptic: an added strength of {added:g} brings that on {afferent.name!r} terminals to "
            f"{strength:g}, outside 0 to 1; the untouched one is {present.strength:g}."
        )
    return replace(afferent, presynaptic=replace(present, strength=strength))


def _present(population: Population, afferent: Afferent) -> PresynapticInhibition:
    """Return the receptors on these terminals, of strength 0 where there are none."""
    if afferent.presynaptic is not None:
        return afferent.presynaptic
    return PresynapticInhibition(source=_source_of(population, afferent), strength=0.0)


def _steady(population: Population, added: float) -> Population:
    """Scale all weights by what the added receptors leave of the release at the background rate, for good."""
    changed = _withhold(population, added)
    return replace(
        population,
        afferents=tuple(_steady_afferent(changed, afferent, population) for afferent in population.afferents),
    )


def _steady_afferent(changed: Population, afferent: Afferent, population: Population) -> Afferent:
    before, after = _present(population, afferent), _present(changed, changed.afferent(afferent.name))
    rate = population.afferent(before.source).rate
    left = after.steady_release(rate) / before.steady_release(rate)
    return replace(afferent, synapses=tuple(replace(s, weight=s.weight * left) for s in afferent.synapses))


def _on_source(population: Population, added: float) -> Population:
    return _withhold(population, added, _releases_gaba)


def _on_others(population: Population, added: float) -> Population:
    return _withhold(population, added, _is_other)


def _reading(lever: str, act: Callable[[Population, float], Population]) -> Reading:
    return Reading(lever=lever, act=act, amounts=(0.4, 0.8), sources=_SOURCES)


GABA_B_PRESYNAPTIC = Mechanism(
    id="gaba_b_presynaptic",
    lever="share of all release that GABA_B receptors of the terminals, once occupied, withhold; at its steady value",
    unit="1",
    neutral=0.0,
    amounts=(0.4, 0.8),
    modes={
        "review": _steady,
        "bio": _reading("share of release withheld by receptors that follow GABA in time, on all terminals", _withhold),
        "bio:autoreceptor": _reading("the same on terminals that release GABA alone", _on_source),
        "bio:heteroreceptor": _reading("the same on all terminals but those that release GABA", _on_others),
    },
    sources=_SOURCES,
    standard=False,
)
