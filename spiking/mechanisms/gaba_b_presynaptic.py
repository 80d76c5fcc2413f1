"""GABA_B receptors on terminals: GABA takes from the release of inhibitory and of excitatory terminals that follows.

Autoreceptors sit on the terminals that release the GABA, heteroreceptors on those of other afferents, which spillover
reaches. Either acts on everything that a terminal releases: all receptors of its afferent together.
"""

from collections.abc import Callable
from dataclasses import replace

from ..population import Population
from ..synapses import Afferent, PresynapticInhibition
from .mechanism import Mechanism, Reading

SOURCE = "inhibitory"
_SOURCES = ("shine2021", "deisz1989")


def _is_source(afferent: Afferent) -> bool:
    return afferent.name == SOURCE


def _every(afferent: Afferent) -> bool:
    del afferent
    return True


def _is_other(afferent: Afferent) -> bool:
    return not _is_source(afferent)


def _withhold(population: Population, added: float, chosen: Callable[[Afferent], bool] = _every) -> Population:
    """Return the population with this strength of presynaptic inhibition added on the chosen afferents."""
    names = [afferent.name for afferent in population.afferents]
    if SOURCE not in names or not any(chosen(afferent) for afferent in population.afferents):
        raise ValueError(
            f"gaba_b_presynaptic: {population.name} has no {SOURCE!r} afferent that releases GABA, or no terminals for "
            f"it to act on; its afferents are: {', '.join(names) or 'none'}."
        )
    changed = tuple(_with_strength(a, added) if chosen(a) else a for a in population.afferents)
    return replace(population, afferents=changed)


def _with_strength(afferent: Afferent, added: float) -> Afferent:
    present = afferent.presynaptic
    strength = added + (0.0 if present is None else present.strength)
    if not 0 <= strength <= 1:
        raise ValueError(
            f"gaba_b_presynaptic: an added strength of {added:g} brings that on {afferent.name!r} terminals to "
            f"{strength:g}, outside 0 to 1; the untouched one is {strength - added:g}."
        )
    base = PresynapticInhibition(source=SOURCE) if present is None else present
    return replace(afferent, presynaptic=replace(base, strength=strength))


def _steady(population: Population, added: float) -> Population:
    """Scale all weights by what the receptors leave of the release at the background rate, for good."""
    _withhold(population, added)
    left = PresynapticInhibition(source=SOURCE, strength=added).steady_release(population.afferent(SOURCE).rate)
    scaled = tuple(
        replace(afferent, synapses=tuple(replace(s, weight=s.weight * left) for s in afferent.synapses))
        for afferent in population.afferents
    )
    return replace(population, afferents=scaled)


def _on_source(population: Population, added: float) -> Population:
    return _withhold(population, added, _is_source)


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
        "bio:autoreceptor": _reading("the same on inhibitory terminals alone", _on_source),
        "bio:heteroreceptor": _reading("the same on all terminals but the inhibitory ones", _on_others),
    },
    sources=_SOURCES,
    standard=False,
)
