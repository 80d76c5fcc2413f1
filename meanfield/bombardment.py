"""What bombards a membrane, as arrays of SI numbers: synapses, ohmic conductances, noise and slow currents."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import GivenArray
from .magnesium import magnesium_block

Array = NDArray[np.floating]


def _zero() -> Any:
    return np.zeros(1)


def _infinite() -> Any:
    return np.full(1, math.inf)


@dataclass(frozen=True, kw_only=True, eq=False)
class SynapticArray:
    """Synapses as arrays, one entry a receptor type: each spike opens ``weight`` times a gate of unit peak.

    Parameters
    ----------
    weight : (n,) array
        Peak conductance of one spike, S.
    reversal : (n,) array
        Reversal potentials, V.
    decay, rise : (n,) array
        Time constants of the gate exp(-t/decay) - exp(-t/rise), brought to unit peak; rise 0 for a plain exponential,
        s.
    tonic : (n,) array
        Conductance that is always open, S.
    magnesium : (n,) array
        Concentration that blocks this receptor, mM; 0 for none.
    fixed_drive : (n,) array
        Driving force held fixed for current synapses, V; infinite for conductance synapses.
    """

    weight: GivenArray
    reversal: GivenArray
    decay: GivenArray
    rise: GivenArray = field(default_factory=_zero)
    tonic: GivenArray = field(default_factory=_zero)
    magnesium: GivenArray = field(default_factory=_zero)
    fixed_drive: GivenArray = field(default_factory=_infinite)

    def __post_init__(self) -> None:
        names = ("weight", "reversal", "decay", "rise", "tonic", "magnesium", "fixed_drive")
        arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(getattr(self, name), dtype=float)) for name in names))
        for name, array in zip(names, arrays, strict=True):
            object.__setattr__(self, name, array)
        if np.any(self.rise >= self.decay) or np.any(self.weight < 0) or np.any(self.tonic < 0):
            raise ValueError(
                f"SynapticArray: rise {self.rise} s must be below decay {self.decay} s, weights and tonic not "
                "negative; correct them."
            )

    @property
    def is_current(self) -> NDArray[np.bool_]:
        """Which synapses inject a current instead of opening a conductance."""
        return np.isfinite(self.fixed_drive)

    @property
    def held_drive(self) -> Array:
        """Fixed driving force of current synapses, V; 0 for the others."""
        return np.where(self.is_current, self.fixed_drive, 0.0)

    @property
    def gate_area(self) -> Array:
        """Integral of the unit-peak gate, s."""
        plain = self.rise == 0
        rise = np.where(plain, self.decay / 2, self.rise)
        peak_time = rise * self.decay / (self.decay - rise) * np.log(self.decay / rise)
        peak = np.exp(-peak_time / self.decay) - np.exp(-peak_time / rise)
        return np.where(plain, self.decay, (self.decay - rise) / peak)

    def open_conductance(self, rates: ArrayLike) -> Array:
        """Return the mean conductance without block, S, at presynaptic ``rates`` (..., n) Hz."""
        return np.asarray(rates, dtype=float) * self.weight * self.gate_area + self.tonic

    def drive(self, v: Array) -> Array:
        """Return block times driving force at ``v`` (...), V, shape (..., n)."""
        at = v[..., None]
        return magnesium_block(at, self.magnesium) * np.where(self.is_current, self.held_drive, self.reversal - at)


@dataclass(frozen=True, kw_only=True)
class SlowCurrent:
    """A gate g z (V - E) too slow to follow fluctuations, z = 1/(1 + exp(-(V - v_half)/slope)) at the mean (M current).

    ``conductance`` S, ``reversal``, ``v_half`` and ``slope`` V.
    """

    conductance: float
    reversal: float
    v_half: float
    slope: float

    def gate(self, v: ArrayLike) -> Array:
        """Return the open fraction at ``v`` (V), 1."""
        return 1 / (1 + np.exp(-(np.asarray(v, dtype=float) - self.v_half) / self.slope))


@dataclass(frozen=True, kw_only=True)
class PassiveMembrane:
    """What the synapses act on: C dV/dt = sum_i g_i (E_i - V) + current + noise - slow currents.

    ``capacitance`` F; ``conductance`` S and ``reversal`` V of everything ohmic together; ``noise_sd`` A and
    ``noise_time`` s of a private Ornstein-Uhlenbeck current.
    """

    capacitance: float
    conductance: float
    reversal: float
    noise_sd: float = 0.0
    noise_time: float = 5e-3
    slow: tuple[SlowCurrent, ...] = ()
