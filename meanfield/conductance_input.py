"""A cell under conductance input: its synapses, and what its free potential does at given presynaptic rates."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..units import Quantity, described, quantity, takes
from .arrays import element, parameter_sets
from .bombardment import PassiveMembrane, SynapticArray
from .membrane import FreeMoments, free_moments

Array = NDArray[np.floating]


@described
class ConductanceSynapse:
    """One receptor type on a cell: each presynaptic spike opens a conductance that decays exponentially.

    Parameters
    ----------
    weight : float
        Peak conductance of one spike, S.
    reversal : float
        Reversal potential, V.
    decay, rise : float
        Time constants of the conductance; rise 0 for a plain exponential, s.
    number : float
        Presynaptic cells of this type, 1.
    magnesium : float
        Concentration that blocks an NMDA receptor, mM; 0 for a receptor without block.
    """

    weight: Quantity = quantity("S", at_least=0)
    reversal: Quantity = quantity("V")
    decay: Quantity = quantity("s", above=0)
    rise: Quantity = quantity("s", default=0.0, at_least=0)
    number: Quantity = quantity("1", default=1.0, at_least=0)
    magnesium: Quantity = quantity("1", default=0.0, at_least=0)

    def _check(self) -> None:
        if self.rise >= self.decay:
            raise ValueError(
                f"ConductanceSynapse.rise: {self.rise:g} s must be below the decay, {self.decay:g} s; exchange them or "
                "shorten it."
            )


class MembraneMoments(NamedTuple):
    """The free potential under conductance input; every array has the leading axes of the rates.

    ``mu_v`` mean and ``sigma_v`` standard deviation, V; ``tau_v`` time constant of its fluctuations (integral of the
    autocorrelation), s; ``tau_eff`` membrane time constant, s, and ``conductance`` that belongs to it, S, both with
    the slope conductance of blocked receptors; ``white_sigma`` the white noise of equal slow power, V, in the
    convention tau dV = (mu - V) dt + sigma sqrt(tau) dW; ``conductance_ratio`` standard deviation of the synaptic
    conductance over the whole, 1, which should stay below about 0.2.
    """

    mu_v: Array
    sigma_v: Array
    tau_v: Array
    tau_eff: Array
    conductance: Array
    white_sigma: Array
    conductance_ratio: Array


def _arrays(synapses: Sequence[ConductanceSynapse]) -> SynapticArray:
    if not synapses:
        raise ValueError("membrane_moments: no synapses; give at least one.")
    return SynapticArray(
        weight=[synapse.weight for synapse in synapses],
        reversal=[synapse.reversal for synapse in synapses],
        decay=[synapse.decay for synapse in synapses],
        rise=[synapse.rise for synapse in synapses],
        magnesium=[synapse.magnesium for synapse in synapses],
    )


def _afferent_rates(synapses: Sequence[ConductanceSynapse], rates: ArrayLike) -> Array:
    """Return the spikes a second onto each receptor type, after checking rates of single afferents."""
    single = np.asarray(rates, dtype=float)
    if single.shape[-1:] != (len(synapses),):
        raise ValueError(
            f"membrane_moments: rates of shape {single.shape} for {len(synapses)} synapses; the last axis must have "
            "one entry for each synapse."
        )
    if not np.all(np.isfinite(single)):
        raise ValueError("membrane_moments: rates holds a number that is not finite; give rates in Hz.")
    if not np.all(single >= 0):
        raise ValueError(f"membrane_moments: the lowest rate is {np.min(single)} Hz; rates must be at least 0 Hz.")
    return single * np.array([synapse.number for synapse in synapses])


def _check_membrane(capacitance: Array, leak_conductance: Array, leak_reversal: Array, current: Array) -> None:
    rules = (
        ((capacitance > 0) & (capacitance < np.inf), "capacitance", capacitance, "F must be above 0 F and finite"),
        (
            (leak_conductance >= 0) & (leak_conductance < np.inf),
            "leak_conductance",
            leak_conductance,
            "S must not be negative nor infinite",
        ),
        (np.isfinite(leak_reversal), "leak_reversal", leak_reversal, "V must be finite"),
        (np.isfinite(current), "current", current, "A must be finite"),
    )
    for kept, name, values, rule in rules:
        if not np.all(kept):
            first = int(np.argmin(kept))
            place = element(values.shape, first)
            raise ValueError(f"membrane_moments: {name}{place} = {values.ravel()[first]} {rule}; correct it.")


def summarised(found: FreeMoments) -> MembraneMoments:
    """Return the moments of `free_moments` under the names of the field, with the equivalent white noise."""
    return MembraneMoments(
        mu_v=found.mean,
        sigma_v=found.sd,
        tau_v=found.correlation_time,
        tau_eff=found.tau,
        conductance=found.conductance,
        white_sigma=np.sqrt(found.source_power.sum(axis=-1) / found.tau),
        conductance_ratio=found.conductance_ratio,
    )


@takes(rates="Hz", capacitance="F", leak_conductance="S", leak_reversal="V", current="A")
def membrane_moments(
    synapses: Sequence[ConductanceSynapse],
    rates: ArrayLike,
    *,
    capacitance: ArrayLike,
    leak_conductance: ArrayLike,
    leak_reversal: ArrayLike,
    current: ArrayLike = 0.0,
) -> MembraneMoments:
    """Return mean, standard deviation and time constants of the free potential under Poisson conductance input.

    Source: richardson2004; zerlaut2018, with each receptor weighted in tau_v by its own decay, (tau_s U_s)^2.
    Assumptions: Poisson input; conductances replaced by their means except in the drive (``conductance_ratio`` below
    about 0.2); Gaussian potential; NMDA receptors linearised at the mean potential, which is found self-consistently.

    Parameters
    ----------
    synapses : sequence of ConductanceSynapse
        n receptor types.
    rates : (..., n) array
        Rate of one afferent of each type, Hz.
    capacitance : (...) array
        F.
    leak_conductance : (...) array
        S.
    leak_reversal : (...) array
        V.
    current : (...) array
        Injected current, A; an adaptation current enters with a minus sign.

    Returns
    -------
    MembraneMoments
        See there; the leading axes of all arguments broadcast.

    Raises
    ------
    ValueError
        If the rates do not fit the synapses, an argument is not finite or out of range, or NMDA makes the potential
        unstable, so that no single operating point exists.
    """
    given = [np.asarray(value, dtype=float) for value in (capacitance, leak_conductance, leak_reversal, current)]
    _check_membrane(*given)
    arrays, single = _arrays(synapses), _afferent_rates(synapses, rates)
    own = np.broadcast_arrays(*given[:3])
    if not own[0].ndim:
        return _moments_of_one(arrays, single, given[3], *map(float, own))
    shape = np.broadcast_shapes(single.shape[:-1], given[3].shape, own[0].shape)
    rows = np.broadcast_to(single, (*shape, single.shape[-1])).reshape(-1, single.shape[-1])
    amperes = np.broadcast_to(given[3], shape).ravel()
    found = np.empty((len(MembraneMoments._fields), amperes.size))
    for values, where in parameter_sets(*(np.broadcast_to(array, shape) for array in own)):
        found[:, where] = _moments_of_one(arrays, rows[where], amperes[where], *values)
    return MembraneMoments(*found.reshape(-1, *shape))


def _moments_of_one(
    synapses: SynapticArray, rates: Array, current: Array, capacitance: float, conductance: float, reversal: float
) -> MembraneMoments:
    membrane = PassiveMembrane(capacitance=capacitance, conductance=conductance, reversal=reversal)
    return summarised(free_moments(membrane, synapses, rates, current))


@described
class ConductanceCell:
    """A cell under conductance input, with everything that tells it from another cell.

    Parameters
    ----------
    capacitance : float
        F.
    leak_conductance : float
        S.
    leak_reversal : float
        V.
    synapses : sequence of ConductanceSynapse
        Receptor types, in the order in which rates are given.
    spiking : mapping of str to float or str
        What decides when it fires (threshold, reset, slope factor, refractory time, adaptation ...), SI; the moments
        do not use it, a fitted transfer function is bound to it.
    """

    capacitance: Quantity = quantity("F", above=0)
    leak_conductance: Quantity = quantity("S", above=0)
    leak_reversal: Quantity = quantity("V")
    synapses: Sequence[ConductanceSynapse] = ()
    spiking: Mapping[str, float | str] = field(default_factory=dict)

    def _check(self) -> None:
        object.__setattr__(self, "synapses", tuple(self.synapses))
        object.__setattr__(self, "spiking", dict(self.spiking))
        if not self.synapses:
            raise ValueError("ConductanceCell.synapses: there are none; give at least one.")

    @property
    def leak_time_constant(self) -> float:
        """Membrane time constant without synapses, s."""
        return self.capacitance / self.leak_conductance

    def moments(self, rates: ArrayLike, current: ArrayLike = 0.0) -> MembraneMoments:
        """Return `membrane_moments` of this cell at the rates (..., n) of single afferents, Hz."""
        return membrane_moments(
            self.synapses,
            rates,
            capacitance=self.capacitance,
            leak_conductance=self.leak_conductance,
            leak_reversal=self.leak_reversal,
            current=current,
        )

    def differences(self, other: "ConductanceCell") -> list[str]:
        """Return, in words, what another cell has that this one has not; empty when they are the same cell."""
        names = ("capacitance", "leak_conductance", "leak_reversal", "synapses", "spiking")
        pairs = [(name, getattr(self, name), getattr(other, name)) for name in names]
        return [f"{name} {theirs} instead of {ours}" for name, ours, theirs in pairs if ours != theirs]
