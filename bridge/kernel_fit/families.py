"""Kernel families as a fit sees them: linear amplitudes on shapes that depend on the logarithms of time constants."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...meanfield.kernels import AlphaKernel, BiexponentialKernel, CascadeKernel, GammaKernel, Kernel, MixtureKernel

Array = NDArray[np.floating]
Shapes = Callable[[Array], tuple[Kernel, ...]]

SEPARATION = 1.03  # least ratio between the time constants of a cascade, so that partial fractions keep their digits


@dataclass(frozen=True)
class KernelFamily:
    """A family of kernels: unit-area shapes at a point, starting points from moments, the kernel and its parameters."""

    name: str
    shapes: Shapes
    starts: Callable[[float, float], list[list[float]]]
    build: Callable[[Array, Array], Kernel]
    parameters: Callable[[Array, Array], dict[str, float]]
    slowest: Callable[[Array], float]
    lower: tuple[float, ...]
    upper: tuple[float, ...]

    @property
    def size(self) -> int:
        """Number of parameters, amplitudes included."""
        return len(self.lower) + len(self.shapes(np.array(self.lower) + 1.0))


PARAMETER_UNITS = {"area": "V s", "rate": "Hz", "shape": "1", "slow_share": "1"}
"""Units of the families' parameters; all others are times (s)."""

_FAST, _SLOW = np.log(2e-5), np.log(5.0)


def _separated(*time_constants: float) -> tuple[float, ...]:
    """Return the time constants in order, each at least ``SEPARATION`` times the one before."""
    found: list[float] = []
    for tau in sorted(time_constants):
        found.append(max(tau, found[-1] * SEPARATION) if found else tau)
    return tuple(found)


def _times(point: Array) -> list[float]:
    return [float(x) for x in np.exp(point)]


def _pair(point: Array) -> tuple[float, float]:
    fast, slow = sorted(_times(point))
    return fast, slow


def _cascade_times(point: Array) -> tuple[float, ...]:
    return _separated(*_times(point))


def _mixture_times(point: Array) -> tuple[float, float, float, float]:
    """Return fast decay, slow rise, slow decay and membrane; the slow part knows its rise from its decay by order."""
    fast, first, second, membrane = _times(point)
    return fast, min(first, second), max(first, second), membrane


def _mixture_parts(point: Array) -> tuple[CascadeKernel, CascadeKernel]:
    """Return an AMPA-like part (decay, membrane) and an NMDA-like one (rise, decay, the same membrane)."""
    fast, rise, slow, membrane = _mixture_times(point)
    return CascadeKernel(1.0, _separated(fast, membrane)), CascadeKernel(1.0, _separated(rise, slow, membrane))


def _mixture(point: Array, amplitudes: Array) -> Kernel:
    return MixtureKernel((float(amplitudes[0]), float(amplitudes[1])), _mixture_parts(point))


def _mixture_parameters(point: Array, amplitudes: Array) -> dict[str, float]:
    area = float(amplitudes.sum())
    names = ("fast_decay", "slow_rise", "slow_decay", "membrane")
    return {"area": area, "slow_share": float(amplitudes[1]) / area} | dict(
        zip(names, _mixture_times(point), strict=True)
    )


def _mixture_starts(mean: float, sd: float) -> list[list[float]]:
    """Return starts with the slow decay near the spread of the response and the other times well below."""
    del mean
    choices = [(0.003, 0.002, 1.0, 0.015), (0.003, 0.003, 0.5, 0.008), (0.002, 0.01, 1.5, 0.02)]
    return [[np.log(a), np.log(b), np.log(max(c * sd, 0.02)), np.log(m)] for a, b, c, m in choices]


def _area(amplitudes: Array) -> float:
    return float(amplitudes[0])


ALPHA = KernelFamily(
    name="alpha",
    shapes=lambda p: (AlphaKernel(area=1.0, rate=float(np.exp(-p[0]))),),
    starts=lambda mean, sd: [[np.log(mean / 2)]],
    build=lambda p, a: AlphaKernel(area=_area(a), rate=float(np.exp(-p[0]))),
    parameters=lambda p, a: {"area": _area(a), "rate": float(np.exp(-p[0]))},
    slowest=lambda p: float(np.exp(p[0])),
    lower=(_FAST,),
    upper=(_SLOW,),
)
BIEXPONENTIAL = KernelFamily(
    name="biexponential",
    shapes=lambda p: (BiexponentialKernel(area=1.0, rise=_pair(p)[0], decay=_pair(p)[1]),),
    starts=lambda mean, sd: [[np.log(mean * 0.2), np.log(mean * 0.8)], [np.log(mean * 0.45), np.log(mean * 0.55)]],
    build=lambda p, a: BiexponentialKernel(area=_area(a), rise=_pair(p)[0], decay=_pair(p)[1]),
    parameters=lambda p, a: {"area": _area(a), "rise": _pair(p)[0], "decay": _pair(p)[1]},
    slowest=lambda p: _pair(p)[1],
    lower=(_FAST,) * 2,
    upper=(_SLOW,) * 2,
)
GAMMA = KernelFamily(
    name="gamma",
    shapes=lambda p: (GammaKernel(area=1.0, shape=1.0 + float(np.exp(p[0])), scale=float(np.exp(p[1]))),),
    starts=lambda mean, sd: [[np.log(max((mean / sd) ** 2 - 1, 0.1)), np.log(sd**2 / mean)]],
    build=lambda p, a: GammaKernel(area=_area(a), shape=1.0 + float(np.exp(p[0])), scale=float(np.exp(p[1]))),
    parameters=lambda p, a: {"area": _area(a), "shape": 1.0 + float(np.exp(p[0])), "scale": float(np.exp(p[1]))},
    slowest=lambda p: float(np.exp(p[1])),
    lower=(-8.0, _FAST),
    upper=(4.0, _SLOW),
)
CASCADE = KernelFamily(
    name="cascade",
    shapes=lambda p: (CascadeKernel(1.0, _cascade_times(p)),),
    starts=lambda mean, sd: [[np.log(mean * x) for x in share] for share in ((0.05, 0.2, 0.75), (0.2, 0.3, 0.5))],
    build=lambda p, a: CascadeKernel(_area(a), _cascade_times(p)),
    parameters=lambda p, a: {"area": _area(a)} | {f"tau_{i + 1}": tau for i, tau in enumerate(_cascade_times(p))},
    slowest=lambda p: _cascade_times(p)[-1],
    lower=(_FAST,) * 3,
    upper=(_SLOW,) * 3,
)
MIXTURE = KernelFamily(
    name="mixture",
    shapes=_mixture_parts,
    starts=_mixture_starts,
    build=_mixture,
    parameters=_mixture_parameters,
    slowest=lambda p: max(_times(p)),
    lower=(_FAST,) * 4,
    upper=(_SLOW,) * 4,
)
KERNEL_FAMILIES = {family.name: family for family in (ALPHA, BIEXPONENTIAL, GAMMA, CASCADE, MIXTURE)}


def build_kernel(name: str, parameters: Mapping[str, float]) -> Kernel:
    """Return the kernel of a family from the parameters that `KernelFamily.parameters` gives.

    Raises
    ------
    ValueError
        If there is no such family.
    """
    match name:
        case "alpha":
            return AlphaKernel(area=parameters["area"], rate=parameters["rate"])
        case "biexponential":
            rise, decay = sorted((parameters["rise"], parameters["decay"]))
            return BiexponentialKernel(area=parameters["area"], rise=rise, decay=decay)
        case "gamma":
            return GammaKernel(area=parameters["area"], shape=parameters["shape"], scale=parameters["scale"])
        case "cascade":
            return CascadeKernel(parameters["area"], _separated(*(parameters[f"tau_{i}"] for i in (1, 2, 3))))
        case "mixture":
            slow = parameters["slow_share"] * parameters["area"]
            times = [parameters[key] for key in ("fast_decay", "slow_rise", "slow_decay", "membrane")]
            return _mixture(np.log(times), np.array([parameters["area"] - slow, slow]))
    raise ValueError(f"build_kernel: {name!r} is not one of {', '.join(KERNEL_FAMILIES)}.")
