"""What is planted in the synthetic result: populations that are a sigmoid and a kernel, and what levers do to them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Array = NDArray[np.floating[Any]]

FREQUENCY = np.geomspace(0.5, 200, 60)


@dataclass(frozen=True)
class Planted:
    """A population that is nothing but its sigmoid and its kernel."""

    q_max: float = 78.0
    theta: float = -0.0525
    spread: float = 0.0032
    kappa: float = 0.0045
    area: float = 4.2e-6
    synapse: float = 0.002
    membrane: float = 0.016
    slow: float = 0.0
    operating_v: float = -0.0560

    def rate(self, v: Array) -> Array:
        """Exponentially modified Gaussian."""
        u = (v - self.theta) / self.spread
        ratio = self.spread / self.kappa
        return self.q_max * (ndtr(u) - np.exp(-u * ratio + ratio**2 / 2) * ndtr(u - ratio))

    def kernel(self, lag: Array) -> Array:
        """Synapse through membrane, with a slow share."""

        def cascade(a: float, b: float) -> Array:
            return (np.exp(-lag / b) - np.exp(-lag / a)) / (b - a)

        return self.area * (
            (1 - self.slow) * cascade(self.synapse, self.membrane) + self.slow * cascade(self.membrane, 0.1)
        )

    @cache  # noqa: B019
    def features(self) -> dict[str, float]:
        """All features, from fine grids."""
        v, lag = np.linspace(-0.09, 0.06, 30001), np.arange(0, 1.5, 1e-4)
        rate, kernel = self.rate(v), self.kernel(lag)
        slope = np.gradient(rate, v)
        v_at = {p: float(np.interp(p * self.q_max, rate, v)) for p in (0.1, 0.15866, 0.5, 0.84134, 0.9)}
        mean = float((lag * kernel).sum() / kernel.sum())
        top = int(kernel.argmax())
        power = np.abs(np.exp(-2j * np.pi * np.outer(FREQUENCY, lag[::10])) @ kernel[::10])
        operating_slope = float(np.interp(self.operating_v, v, slope))
        return {
            "q_max": self.q_max,
            "v10": v_at[0.1],
            "v50": v_at[0.5],
            "v90": v_at[0.9],
            "max_slope": float(slope.max()),
            "v_max_slope": float(v[slope.argmax()]),
            "width": (v_at[0.84134] - v_at[0.15866]) / 2,
            "skew": (v_at[0.9] + v_at[0.1] - 2 * v_at[0.5]) / (v_at[0.9] - v_at[0.1]),
            "area": self.area,
            "mean_lag": mean,
            "sd": float(np.sqrt(((lag - mean) ** 2 * kernel).sum() / kernel.sum())),
            "peak": float(kernel[top]),
            "time_to_peak": float(lag[top]),
            "rise_time": float(np.ptp(np.interp([0.1, 0.9], kernel[: top + 1] / kernel[top], lag[: top + 1]))),
            "decay_time": float(lag[top:][kernel[top:] < kernel[top] / np.e][0] - lag[top]),
            "cutoff_frequency": float(np.interp(-power[0] / np.sqrt(2), -power, FREQUENCY)),
            "operating_v": self.operating_v,
            "operating_rate": float(np.interp(self.operating_v, v, rate)),
            "operating_slope": operating_slope,
            "gain": operating_slope * self.area,
        }


BASE = Planted()
# mechanism, mode, amount, label, unit, what it truly does, what theory says it does
LEVERS: tuple[tuple[str, str, float, str, str, dict[str, float], dict[str, float]], ...] = (
    (
        "ampa_density",
        "review",
        0.7,
        "x0.7",
        "1",
        {"area": 2.97e-6, "operating_v": -0.0573},
        {"area": 2.95e-6, "operating_v": -0.0574},
    ),
    (
        "ampa_density",
        "review",
        1.4,
        "x1.4",
        "1",
        {"area": 5.7e-6, "operating_v": -0.0545},
        {"area": 5.85e-6, "operating_v": -0.0543},
    ),
    (
        "gaba_a_density",
        "review",
        0.7,
        "x0.7",
        "1",
        {"area": 4.5e-6, "membrane": 0.017, "operating_v": -0.0551},
        {"area": 4.5e-6, "membrane": 0.0171, "operating_v": -0.0551},
    ),
    (
        "gaba_a_density",
        "review",
        1.4,
        "x1.4",
        "1",
        {"area": 3.8e-6, "membrane": 0.0146, "operating_v": -0.0569},
        {"area": 3.8e-6, "membrane": 0.0145, "operating_v": -0.057},
    ),
    ("gaba_b_density", "review", 0.7, "x0.7", "1", {"operating_v": -0.0557}, {"operating_v": -0.0557}),
    ("gaba_b_density", "review", 1.4, "x1.4", "1", {"operating_v": -0.0565}, {"operating_v": -0.0564}),
    ("nmda_fraction", "review", -0.2, "-0.2", "1", {"slow": 0.0}, {"slow": 0.0}),
    ("nmda_fraction", "review", 0.2, "+0.2", "1", {"slow": 0.2, "area": 4.4e-6}, {"slow": 0.2}),
    ("calcium_depolarization", "review", -0.003, "-3 mV", "V", {"operating_v": -0.0588}, {"operating_v": -0.0589}),
    ("calcium_depolarization", "review", 0.003, "+3 mV", "V", {"operating_v": -0.0532}, {"operating_v": -0.0531}),
    (
        "relative_refractoriness",
        "review",
        0.4,
        "x0.4",
        "1",
        {"theta": -0.0531, "kappa": 0.0022},
        {"theta": -0.0524, "kappa": 0.0033},
    ),
    (
        "relative_refractoriness",
        "review",
        2.0,
        "x2",
        "1",
        {"theta": -0.0518, "kappa": 0.0083},
        {"theta": -0.0524, "kappa": 0.0061},
    ),
    (
        "absolute_refractoriness",
        "review",
        0.5,
        "x0.5",
        "1",
        {"q_max": 131.0, "kappa": 0.0075},
        {"q_max": 129.0, "kappa": 0.0074},
    ),
    (
        "absolute_refractoriness",
        "review",
        2.0,
        "x2",
        "1",
        {"q_max": 45.0, "kappa": 0.0029},
        {"q_max": 45.5, "kappa": 0.003},
    ),
    ("threshold_shift", "review", -0.004, "-4 mV", "V", {"theta": -0.0565}, {"theta": -0.0565}),
    ("threshold_shift", "review", 0.004, "+4 mV", "V", {"theta": -0.0485}, {"theta": -0.0485}),
    ("threshold_spread", "review", 0.002, "2 mV", "V", {"spread": 0.00377}, {"spread": 0.00377}),
    ("threshold_spread", "review", 0.004, "4 mV", "V", {"spread": 0.00512}, {"spread": 0.00512}),
)
