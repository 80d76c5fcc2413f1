"""The cellular levers of Figs. 2 and 4 of shine2021: sigmoid, kernel, operating point and gain under each.

Observables are named "lever: feature". Scales (rates, slopes, widths, areas, times) are judged by the logarithm of
their ratio to the untouched population, potentials and the skew by their change.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ....spiking import MECHANISMS, POPULATIONS, MovingThreshold, Population
from ....spiking.mechanisms import Mode
from ...measurement import Measured
from ...replicated import Features, Replicated
from ...simulations import Laboratory
from ..bench import BASE, Settings, Site, survey, with_background
from ..effect import Effect
from .experiment import Experiment

_CHANGES = {"v50": "V", "operating_v": "V", "skew size": "1"}
_OF_THE_SIGMOID = {"q_max", "v50", "max_slope", "width", "skew size"}


@dataclass(frozen=True)
class Lever:
    """A mechanism in one reading at one amount (SI)."""

    mechanism: str
    amount: float
    mode: Mode = "review"

    def apply(self, population: Population) -> Population:
        """Return the population under this lever."""
        return MECHANISMS[self.mechanism].apply(population, self.amount, self.mode)


ACTS: dict[str, Lever] = {
    "ampa_density": Lever("ampa_density", 1.4),
    "gaba_a_density": Lever("gaba_a_density", 1.4),
    "gaba_b_density": Lever("gaba_b_density", 1.4),
    "nmda_fraction": Lever("nmda_fraction", 0.2),
    "calcium_depolarization": Lever("calcium_depolarization", 0.003),
    "k closure": Lever("calcium_depolarization", 0.003, "bio"),
    "cation opening": Lever("calcium_depolarization", 0.003, "bio:cation"),
    "threshold_shift": Lever("threshold_shift", -0.004),
    "m current": Lever("threshold_shift", -0.003, "bio:subthreshold"),
    "ahp_conductance": Lever("ahp_conductance", 0.5),
    "threshold_spread": Lever("threshold_spread", 0.004),
    "relative_refractoriness": Lever("relative_refractoriness", 0.4),
    "absolute_refractoriness": Lever("absolute_refractoriness", 0.5),
    "moving threshold": Lever("relative_refractoriness", 0.4, "bio"),
}

_READ: dict[str, tuple[str, ...]] = {
    "ampa_density": ("v50", "max_slope", "operating_v", "gain"),
    "gaba_a_density": ("v50", "max_slope", "operating_v", "gain"),
    "gaba_b_density": ("v50", "max_slope", "operating_v"),
    "nmda_fraction": ("v50", "max_slope", "operating_v"),
    "calcium_depolarization": ("v50", "max_slope", "operating_v", "gain"),
    "k closure": ("v50", "max_slope", "gain"),
    "cation opening": ("v50", "max_slope", "gain"),
    "threshold_shift": ("v50", "max_slope", "operating_rate"),
    "m current": ("v50", "max_slope", "operating_rate"),
    "ahp_conductance": ("v50", "max_slope", "operating_rate"),
    "threshold_spread": ("v50", "width"),
    "relative_refractoriness": ("q_max", "width", "max_slope", "skew size"),
    "absolute_refractoriness": ("q_max",),
    "moving threshold": ("q_max", "v50", "max_slope", "skew size"),
}
OBSERVABLES = {f"{lever}: {name}": _CHANGES.get(name, "1") for lever, names in _READ.items() for name in names}


def _with_moving_threshold(population: Population) -> Population:
    """Return pyramids whose spikes raise the threshold, as in layer 5 cells, in place of a rectifying conductance."""
    return population.with_cell(rectifier=None, moving_threshold=MovingThreshold(jump="2 mV", decay="27 ms"))


def _sites() -> Iterator[tuple[Site, tuple[str, ...]]]:
    """Yield each population with the levers that act on it."""
    of_pyramids = tuple(name for name in ACTS if name != "moving threshold")
    for name, factor in (("pyramids, low background", 0.5), ("pyramids, high background", 3.0)):
        pyramids = with_background(POPULATIONS["e1"](), factor)
        yield Site(name=name, population=pyramids, held={name: 0.15}), of_pyramids
        moving = f"{name}, moving threshold"
        yield Site(name=moving, population=_with_moving_threshold(pyramids), held={moving: 0.15}), ("moving threshold",)
    held = {"saturating cells, below half maximum": 0.2, "saturating cells, above half maximum": 0.75}
    lacking = {"relative_refractoriness", "moving threshold", "k closure", "m current", "ahp_conductance"}
    present = tuple(name for name in ACTS if name not in lacking)
    yield Site(name="saturating cells", population=POPULATIONS["saturating_lif"](), held=held), present
    spiking = Site(name="interneurons", population=POPULATIONS["fast_spiking"](), held={"interneurons": 0.15})
    yield spiking, ("relative_refractoriness", "absolute_refractoriness", "threshold_shift", "threshold_spread")


def _with_size_of_skew(features: Replicated) -> Replicated:
    """Return the features with the absolute value of the skew beside it."""

    def added(values: Features) -> Features:
        return values | ({"skew size": abs(values["skew"])} if "skew" in values else {})

    return Replicated(whole=added(features.whole), left_out=tuple(map(added, features.left_out)))


def _effect(domain: str, lever: str, feature: str, changed: Measured, base: Measured) -> Effect:
    now, before = (_with_size_of_skew(measured.features) for measured in (changed, base))
    reasons = dict.fromkeys(reason for measured in (base, changed) for _, reason in measured.refusals)
    found = now.change_from(before, feature) if feature in _CHANGES else now.log_ratio_to(before, feature)
    return Effect(
        observable=f"{lever}: {feature}",
        domain=domain,
        unit=_CHANGES.get(feature, "1"),
        measurement=found,
        reason="" if found else " ".join(reasons) or f"{feature} does not exist in both conditions.",
    )


def measure_levers(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return the effect of every lever on every feature it is read by, in every domain."""
    effects = []
    for site, levers in _sites():
        changes = {lever: ACTS[lever].apply(site.population) for lever in levers}
        measured = survey(laboratory, settings, site, changes)
        for number, (domain, conditions) in enumerate(measured.items()):
            for lever in levers:
                for feature in _READ[lever]:
                    if feature in _OF_THE_SIGMOID and number > 0:
                        continue  # the sigmoid is that of the site, wherever on it the population is held
                    where = site.name if feature in _OF_THE_SIGMOID else domain
                    effects.append(_effect(where, lever, feature, conditions[lever], conditions[BASE]))
    return effects


LEVERS = Experiment(
    name="levers",
    title="The levers of Figs. 2 and 4: sigmoid, operating point, gain",
    observables=OBSERVABLES,
    run=measure_levers,
    weight=14.0,
)
