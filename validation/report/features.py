"""The features of a population as the report shows them: the words, the symbol and the unit of each column."""

from dataclasses import dataclass
from typing import Literal

Group = Literal["sigmoid", "kernel", "operating"]

GROUP_TITLES: dict[Group, str] = {
    "sigmoid": "Population sigmoid",
    "kernel": "Synaptodendritic kernel",
    "operating": "Operating point",
}


@dataclass(frozen=True)
class Feature:
    """One column of the lever map; ``shown_in`` is the unit a reader meets, the data stay in ``unit``."""

    name: str
    group: Group
    label: str
    symbol: str
    unit: str
    shown_in: str


_ALL = (
    Feature("q_max", "sigmoid", "maximum rate", r"$Q_{max}$", "Hz", "Hz"),
    Feature("v10", "sigmoid", "onset V10", r"$V_{10}$", "V", "mV"),
    Feature("v50", "sigmoid", "midpoint V50", r"$V_{50}$", "V", "mV"),
    Feature("v90", "sigmoid", "saturation V90", r"$V_{90}$", "V", "mV"),
    Feature("max_slope", "sigmoid", "maximum slope", "max. slope", "Hz/V", "Hz/mV"),
    Feature("v_max_slope", "sigmoid", "potential of maximum slope", "V at max. slope", "V", "mV"),
    Feature("width", "sigmoid", "width", "width", "V", "mV"),
    Feature("skew", "sigmoid", "quantile skew", "skew", "1", "1"),
    Feature("area", "kernel", "kernel area", "area", "V s", "mV ms"),
    Feature("mean_lag", "kernel", "mean lag", "mean lag", "s", "ms"),
    Feature("sd", "kernel", "kernel sd", "sd", "s", "ms"),
    Feature("peak", "kernel", "kernel peak", "peak", "V", "µV"),
    Feature("time_to_peak", "kernel", "time to peak", "time to peak", "s", "ms"),
    Feature("rise_time", "kernel", "rise time (10\N{EN DASH}90\N{NO-BREAK SPACE}%)", "rise", "s", "ms"),
    Feature("decay_time", "kernel", "decay time (to 1/e)", "decay", "s", "ms"),
    Feature(
        "cutoff_frequency", "kernel", "\N{MINUS SIGN}3\N{NO-BREAK SPACE}dB frequency", "\N{MINUS SIGN}3 dB", "Hz", "Hz"
    ),
    Feature("operating_v", "operating", "mean free potential", "mean V", "V", "mV"),
    Feature("operating_rate", "operating", "operating rate", "rate", "Hz", "Hz"),
    Feature("operating_slope", "operating", "operating slope", "slope", "Hz/V", "Hz/mV"),
    Feature("gain", "operating", "gain", "gain", "1", "10⁻³"),
)
FEATURES: dict[str, Feature] = {feature.name: feature for feature in _ALL}


def features_of(group: Group) -> tuple[Feature, ...]:
    """Return the features of one group in the order of the columns."""
    return tuple(feature for feature in _ALL if feature.group == group)


def feature(name: str, unit: str = "1") -> Feature:
    """Return the named feature; one the report does not know is shown under its own name and unit."""
    return FEATURES.get(name) or Feature(name, "operating", name.replace("_", " "), name.replace("_", " "), unit, unit)
