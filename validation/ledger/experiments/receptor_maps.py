"""Where receptors lie: layers and areas, from the autoradiography of 44 cortical areas (zilles2017; hansen2022).

Effects are means over areas of logarithms of density ratios, or differences of such means between groups of areas;
their errors are from resampling the areas.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...simulations import Laboratory
from ...verdict import Measurement
from ..bench import Settings
from ..effect import Effect
from ..receptor_data import HOW_TO_GET, ReceptorData, plain_name, read_receptor_data
from .experiment import Experiment

Array = NDArray[np.floating]

RESAMPLES = 2000


def _areas(*names: str) -> frozenset[str]:
    return frozenset(map(plain_name, names))


VISUAL = _areas("V1", "V2d", "V2v", "V3d", "V3v", "V3A", "V4v")
SENSORY = VISUAL | _areas("1", "2", "3a", "3b", "41", "42")
PRIMARY = _areas("V1", "3b", "41")
PREFRONTAL = _areas("8", "9", "10L", "10M", "11", "44", "44d", "44v", "45", "45a", "45p", "46", "47")
NEITHER = _areas("4", "4d", "4v", "6", "23", "24", "31", "32")  # motor and cingulate


def _layer_ratio(data: ReceptorData, receptor: str, above: tuple[str, ...], below: tuple[str, ...]) -> Array:
    top, bottom = (np.nanmean([data.density(receptor, layer) for layer in layers], axis=0) for layers in (above, below))
    return np.log(top / bottom)


def _infragranular(receptor: str, data: ReceptorData) -> tuple[Array, Array | None]:
    return _layer_ratio(data, receptor, ("infragranular",), ("supragranular", "granular")), None


def _supragranular_in_visual(receptor: str, data: ReceptorData) -> tuple[Array, Array | None]:
    return _layer_ratio(data, receptor, ("supragranular",), ("infragranular",))[data.among(VISUAL)], None


def _granular_in_primary(receptor: str, data: ReceptorData) -> tuple[Array, Array | None]:
    ratio = _layer_ratio(data, receptor, ("granular",), ("supragranular", "infragranular"))
    return ratio[data.among(PRIMARY)], None


def _sensory_over_association(receptor: str, data: ReceptorData) -> tuple[Array, Array | None]:
    density = np.log(data.mean_density(receptor))
    return density[data.among(SENSORY)], density[~data.among(SENSORY | NEITHER)]


def _prefrontal_over_rest(receptor: str, data: ReceptorData) -> tuple[Array, Array | None]:
    density = np.log(data.mean_density(receptor))
    return density[data.among(PREFRONTAL)], density[~data.among(PREFRONTAL)]


def _two_over_one(receptor: str, data: ReceptorData) -> tuple[Array, Array | None]:
    """Return ln(alpha2/alpha1) in sensory and in association areas."""
    del receptor
    ratio = np.log(data.mean_density("a2") / data.mean_density("a1"))
    return ratio[data.among(SENSORY)], ratio[~data.among(SENSORY | NEITHER)]


Reading = Callable[[str, ReceptorData], tuple[Array, Array | None]]
_READ: dict[str, tuple[Reading, dict[str, str]]] = {
    "infragranular over other layers": (_infragranular, {"M1": "m1", "M3": "m3"}),
    "sensory over association areas": (_sensory_over_association, {"5-HT1A": "5-HT1a"}),
    "prefrontal over other areas": (_prefrontal_over_rest, {"D1": "D1"}),
    "supragranular over infragranular in visual areas": (_supragranular_in_visual, {"alpha1": "a1", "alpha2": "a2"}),
    "granular over other layers in primary sensory areas": (_granular_in_primary, {"alpha4beta2": "a4b2"}),
    "alpha2 over alpha1, sensory over association areas": (_two_over_one, {"alpha2 and alpha1": "a2"}),
}
OBSERVABLES = dict.fromkeys(_READ, "1")


def resampled_mean(values: Array, minus: Array | None, generator: np.random.Generator) -> Measurement:
    """Return the mean, or the difference of two means, with the standard error of resampled areas."""

    def draw(group: Array) -> Array:
        found = generator.choice(group, (RESAMPLES, group.size)).mean(-1)
        return np.asarray(found * np.sqrt(group.size / (group.size - 1))) - group.mean() * (
            np.sqrt(group.size / (group.size - 1)) - 1
        )

    groups = [group[np.isfinite(group)] for group in (values, minus) if group is not None]
    drawn = [draw(group) for group in groups]
    value = float(groups[0].mean() - (groups[1].mean() if len(groups) > 1 else 0.0))
    spread = drawn[0] - (drawn[1] if len(drawn) > 1 else 0.0)
    freedom = min(group.size for group in groups) - 1
    return Measurement(value=value, standard_error=float(spread.std(ddof=1)), degrees_of_freedom=freedom)


def measure_maps(laboratory: Laboratory, settings: Settings) -> list[Effect]:
    """Return every density ratio, or that the data are needed."""
    laboratory.progress.stage("Receptor densities", 1)
    data = None if settings.receptors is None else read_receptor_data(settings.receptors)
    generator = np.random.default_rng(settings.seed_of("receptor maps"))
    effects = []
    for observable, (read, receptors) in _READ.items():
        for domain, receptor in receptors.items():
            found = None if data is None else resampled_mean(*read(receptor, data), generator)
            reason = HOW_TO_GET if data is None else ""
            effects.append(Effect(observable=observable, domain=domain, unit="1", measurement=found, reason=reason))
    laboratory.progress.advance()
    return effects


RECEPTOR_MAPS = Experiment(
    name="receptor maps",
    title="Receptors in layers and areas",
    observables=OBSERVABLES,
    run=measure_maps,
    weight=0.1,
    papers=("zilles2017", "hansen2022"),
)
