"""Populations that hear each other through kernels and delays, each with a sigmoid or a rate of two moments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, TypeAlias

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...units import takes
from ..dynamics.continuation import Branches
from ..dynamics.fixed_points import FixedPoint, Stability, classify
from ..dynamics.spectrum import refuse_unstable
from ..dynamics.system import Variable
from ..networks.branches import network_branches
from ..networks.loop import NetworkLoop
from ..networks.parts import NetworkDrive, NetworkPopulation, NetworkProjection
from ..networks.simulation import dataset_of, simulated
from ..networks.spectra import count_correlation, cross_spectra
from ..networks.steady_states import SteadySearch, newton, steady_search
from ..networks.structure import Structure
from ..networks.sweeps import swept

Array: TypeAlias = NDArray[Any]
Complex: TypeAlias = NDArray[Any]

_UNITS = {"count": "1", "level": ""}


@dataclass(frozen=True, kw_only=True)
class PopulationNetwork:
    """V_a(t) = operating_v_a + sum_p h_p * (count_p D_p * A_source(p) - operating input) + drives, A_a = Q_a(V_a).

    D_p is the distribution of the projection's delays. Where an input has a motion G_p, the rate follows G_p * h_p in
    place of h_p: A_a = Q_a(W_a). With a rate model of two moments the variance of the free
    potential follows in the same way: sum_p h_p^2 * (count_p D_p * A_source(p)), and what an uneven number of inputs
    adds over the cells.

    Source: wilson1972; jansen1995; lindner2005 (fluctuations of finite networks).
    Assumptions: kernels hold about the operating point; the rate follows the free potential at once, or as the motions
    of the inputs or, in the linear response, its rate model say; what a population hears is the rate of the whole
    source population. A state is the steady rate of every population.

    Parameters
    ----------
    populations : sequence of NetworkPopulation
        In the order of all results.
    projections : sequence of NetworkProjection
        Between them.
    drives : sequence of NetworkDrive
        From outside.
    """

    populations: Sequence[NetworkPopulation]
    projections: Sequence[NetworkProjection] = ()
    drives: Sequence[NetworkDrive] = ()

    def __post_init__(self) -> None:
        for name in ("populations", "projections", "drives"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not self.populations:
            raise ValueError("PopulationNetwork: no population; give at least one.")
        for what, names in (
            ("populations", list(self.names)),
            ("projections", [p.name for p in self.projections]),
            ("drives", [d.label for d in self.drives]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"PopulationNetwork.{what}: {', '.join(twice)} given twice; give each its own name.")
        ends = {end: p.name for p in self.projections for end in (p.source, p.target)}
        ends |= {d.target: d.label for d in self.drives}
        for end, name in ends.items():
            if end not in self.names:
                raise ValueError(
                    f"PopulationNetwork: {name!r} names a population {end!r}; there are: {', '.join(self.names)}."
                )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the populations."""
        return tuple(population.name for population in self.populations)

    @cached_property
    def structure(self) -> Structure:
        """The network's numbers in matrices."""
        return Structure(tuple(self.populations), tuple(self.projections), tuple(self.drives))

    @property
    def parameters(self) -> dict[str, float]:
        """What `with_parameter` and `continuation` can change: levels of drives, and counts of projections."""
        levels = {drive.label: float(drive.level) for drive in self.drives}
        return {**levels, **{f"{p.name}.count": float(p.count) for p in self.projections}}

    def with_parameter(self, parameter: str, value: float) -> Self:
        """Return the network with one level of a drive ("E.external") or count ("E to I.count") changed.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        if parameter not in self.parameters:
            known = ", ".join(self.parameters) or "none"
            raise ValueError(f"PopulationNetwork: there is no parameter {parameter!r}; there are: {known}.")
        drives = tuple(replace(d, level=value) if d.label == parameter else d for d in self.drives)
        projections = tuple(replace(p, count=value) if f"{p.name}.count" == parameter else p for p in self.projections)
        return replace(self, drives=drives, projections=projections)

    def with_population(self, name: str, **changes: Any) -> Self:
        """Return the network with fields of one population changed."""
        self._place(name)
        populations = tuple(replace(p, **changes) if p.name == name else p for p in self.populations)
        return replace(self, populations=populations)

    def with_projection(self, name: str, **changes: Any) -> Self:
        """Return the network with fields of one projection changed."""
        known = [p.name for p in self.projections]
        if name not in known:
            raise ValueError(f"PopulationNetwork: there is no projection {name!r}; there are: {', '.join(known)}.")
        projections = tuple(replace(p, **changes) if p.name == name else p for p in self.projections)
        return replace(self, projections=projections)

    def _place(self, name: str) -> int:
        if name not in self.names:
            raise ValueError(f"PopulationNetwork: no population {name!r}; there are: {', '.join(self.names)}.")
        return self.names.index(name)

    def search(self) -> SteadySearch:
        """Return all steady rates (n, P) (Hz) with the certificate that says why they are all."""
        return steady_search(self.structure)

    def fixed_points(self, number: int = 10) -> tuple[FixedPoint, ...]:
        """Return all steady states, lowest rate of the first population first, with ``number`` eigenvalues each.

        The state is the rates; outputs are "E.rate", "E.v" and, with two moments, "E.sigma_v" of every population.
        """
        return tuple(self._described(rates, number) for rates in self.search().rates)

    def _described(self, rates: Array, number: int) -> FixedPoint:
        loop = NetworkLoop(self.structure, rates)
        eigenvalues = loop.eigenvalues(number)
        v, variance = self.structure.potentials(rates), self.structure.moments(rates)[1]
        outputs: dict[str, float] = {}
        for k, population in enumerate(self.populations):
            outputs |= {f"{population.name}.rate": float(rates[k]), f"{population.name}.v": float(v[k])}
            if population.model.uses_variance:
                outputs[f"{population.name}.sigma_v"] = float(np.sqrt(variance[k]))
        state = np.array(rates)
        state.setflags(write=False)
        return FixedPoint(
            state=state,
            outputs=outputs,
            variables=tuple(f"{name}.rate" for name in self.names),
            eigenvalues=eigenvalues,
            stability=classify(eigenvalues) if eigenvalues.size else Stability.STABLE_NODE,
            residual=float(np.max(np.abs(self.structure.mapped(state) - state) / (np.abs(state) + 1e-9))),
        )

    def steady(self, near: ArrayLike) -> Array:
        """Return the steady rates (P,) (Hz) that Newton's method reaches from rates ``near`` (P,).

        Raises
        ------
        ValueError
            If it reaches none.
        """
        found = newton(self.structure, np.atleast_2d(np.asarray(near, dtype=float)))
        if not len(found):
            raise ValueError(f"PopulationNetwork.steady: no steady state next to {near} Hz; ask for fixed_points.")
        return found[0]

    def reference(self) -> Array:
        """Return the stable steady rates (P,) with the lowest first rate or, if none is stable, the lowest, Hz."""
        rates = self.search().rates
        if not len(rates):
            raise ValueError("PopulationNetwork: no steady state was found; check rates, counts and kernels.")
        stable = (row for row in rates if not NetworkLoop(self.structure, row).unstable)
        return next(stable, rates[0])

    def _state(self, state: ArrayLike | None) -> Array:
        if state is None:
            return self.reference()
        rates = np.asarray(state, dtype=float)
        if rates.shape != (len(self.names),) or not np.all(np.isfinite(rates)):
            raise ValueError(
                f"PopulationNetwork: a state is {len(self.names)} rates in Hz, of {', '.join(self.names)}; got {state}."
            )
        return rates

    def loop(self, state: ArrayLike | None = None) -> NetworkLoop:
        """Return the closed loop about steady rates (P,) (Hz), or about the reference state."""
        return NetworkLoop(self.structure, self._state(state))

    def eigenvalues(self, state: ArrayLike | None = None, number: int = 10) -> Complex:
        """Return up to ``number`` rightmost eigenvalues, 1/s: the zeros of det(1 - M(s)); see `NetworkLoop`."""
        return self.loop(state).eigenvalues(number)

    @takes(frequency="Hz")
    def transfer(
        self, frequency: ArrayLike, state: ArrayLike | None = None, output: str | None = None, input: str | None = None
    ) -> Complex:
        """Return the transfer from a drive (the first unless named) to "E.rate" (Hz/unit) or "E.v" (V/unit)."""
        place, quantity = self._output(output)
        drive = self._drive(input)
        s = 2j * np.pi * np.atleast_1d(np.asarray(frequency, dtype=float))
        rates = self._state(state)
        to_mean, to_rate = self.structure.drive_transfer(s, rates, [drive.label])
        moved = np.linalg.solve(NetworkLoop(self.structure, rates).matrix(s), to_rate)
        found = moved if quantity == "rate" else self.structure.heard(s)[0] @ moved + to_mean
        return found[:, place, 0].reshape(np.shape(frequency))

    @takes(frequency="Hz")
    def cross_spectra(
        self, frequency: ArrayLike, state: ArrayLike | None = None, noise: Mapping[str, float] | None = None
    ) -> xr.Dataset:
        """Return one-sided cross spectral densities of population rates and mean free potentials.

        Finite populations bring their own shot noise; ``noise`` adds white noise to drives, by label, in their unit
        times sqrt(s). See `mesobridge.meanfield.networks.spectra.cross_spectra`.

        Raises
        ------
        ValueError
            If the state is unstable.
        """
        rates = self._state(state)
        loop = NetworkLoop(self.structure, rates)
        if loop.unstable:
            refuse_unstable(complex(loop.eigenvalues(1)[0]), "PopulationNetwork.cross_spectra")
        return cross_spectra(self.structure, rates, frequency, noise)

    @takes(frequency="Hz")
    def power_spectrum(
        self,
        frequency: ArrayLike,
        state: ArrayLike | None = None,
        output: str | None = None,
        noise: Mapping[str, float] | None = None,
    ) -> Array:
        """Return the one-sided density of "E.rate" (Hz^2/Hz) or "E.v" (V^2/Hz); the first rate unless named."""
        place, quantity = self._output(output)
        found = self.cross_spectra(np.atleast_1d(np.asarray(frequency, dtype=float)), state, noise)
        return np.real(found[quantity].values[:, place, place]).reshape(np.shape(frequency))

    @takes(window="s")
    def count_correlation(self, window: float, one: str, other: str, state: ArrayLike | None = None) -> float:
        """Return the mean correlation coefficient of spike counts in ``window`` (s) of two cells, 1."""
        return count_correlation(self.structure, self._state(state), window, self._place(one), self._place(other))

    @takes(duration="s", dt="s")
    def simulate(
        self,
        duration: float,
        dt: float = 1e-4,
        inputs: Mapping[str, ArrayLike] | None = None,
        noise: Mapping[str, float] | None = None,
        initial: ArrayLike | None = None,
        finite_size: bool = False,
        seed: int = 0,
    ) -> xr.Dataset:
        """Return the course of rates and potentials.

        Kernels of finite state are exact for a rate that is a straight line within each step, so that the error falls
        with dt^2; others are sums over the past. Motions of the inputs act as in the linear response; rate models act
        at once here.

        Parameters
        ----------
        duration, dt : float
            s.
        inputs : mapping of str to float or (time,) array, optional
            Levels of drives by label, held over each step; those left out stay.
        noise : mapping of str to float, optional
            White noise common to all cells of a target, by the drive's label, in its unit times sqrt(s).
        initial : (P,) array, optional
            Rates at which the network rested before, Hz; the reference state unless given.
        finite_size : bool
            Whether populations of a given size hear each other's shot noise; a spike then arrives a step later at
            least.
        seed : int
            Of both noises.

        Returns
        -------
        xarray.Dataset
            ``rate``, ``activity`` (what the network hears; Hz), ``v``, ``felt`` (V; the potential that the rate
            follows), ``variance`` (V^2), each (population, time), at the end of each step.
        """
        steps = round(duration / dt)
        if steps < 1 or not dt > 0:
            raise ValueError(f"PopulationNetwork.simulate: {steps} steps of {dt} s; give at least one positive step.")
        rates = self._state(initial)
        found = simulated(self.structure, inputs or {}, steps, dt, rates, finite_size, noise or {}, seed)
        return dataset_of(self.structure, found, dt)

    def continuation(self, parameter: str, range: Sequence[float], **settings: Any) -> Branches:
        """Return all branches of steady states as a level ("E.external") or count ("E to I.count") goes over ``range``.

        See `mesobridge.meanfield.networks.branches.network_branches` for the settings.
        """
        low, high = (float(end) for end in range)
        return network_branches(
            lambda value: self.with_parameter(parameter, value).structure,
            self._variable(parameter),
            (low, high),
            **settings,
        )

    @takes(hold="s", dt="s")
    def sweep(
        self, parameter: str, values: Sequence[float], hold: float, dt: float = 1e-4, initial: ArrayLike | None = None
    ) -> xr.Dataset:
        """Return the rates as ``parameter`` goes up through ``values`` and down again, ``hold`` (s) at each.

        The state is carried from one value to the next, as in an experiment; see
        `mesobridge.meanfield.networks.sweeps.swept`.
        """
        start = None if initial is None else self._state(initial)
        found = swept(lambda value: self.with_parameter(parameter, value), values, hold, dt, start)
        variable = self._variable(parameter)
        return found.assign_coords(
            value=("value", found["value"].values, {"units": variable.unit, "long_name": parameter})
        )

    def _variable(self, parameter: str) -> Variable:
        if parameter not in self.parameters:
            self.with_parameter(parameter, 0.0)
        units = {drive.label: drive.unit for drive in self.drives}
        return Variable(parameter, units.get(parameter, "1"), parameter)

    def _output(self, output: str | None) -> tuple[int, str]:
        name, _, quantity = (f"{self.names[0]}.rate" if output is None else output).rpartition(".")
        if quantity not in ("rate", "v"):
            raise ValueError(f"PopulationNetwork: no output {output!r}; name a population's rate or v, as 'E.rate'.")
        return self._place(name), quantity

    def _drive(self, label: str | None) -> NetworkDrive:
        labels = [drive.label for drive in self.drives]
        if not labels or (label is not None and label not in labels):
            raise ValueError(f"PopulationNetwork: no drive {label!r}; there are: {', '.join(labels) or 'none'}.")
        return self.drives[0 if label is None else labels.index(label)]
