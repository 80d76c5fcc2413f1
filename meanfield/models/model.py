"""What every mass model can be asked, implemented once: a model only states its flow and its steady curve."""

import inspect
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import xarray as xr
from numpy.typing import ArrayLike

from ...units import takes
from ..dynamics.continuation import Branches, continue_branches
from ..dynamics.delay_eigenvalues import rightmost_eigenvalues
from ..dynamics.fixed_points import FixedPoint, SteadyCurve, fixed_points
from ..dynamics.integration import History, simulate
from ..dynamics.linearisation import Linearisation, jacobian, linearise
from ..dynamics.spectrum import power_spectrum, transfer
from ..dynamics.system import Array, Delayed, Function, System, Variable, index_of

__all__ = ["Delayed", "FixedPoint", "MassModel", "SteadyCurve", "Variable"]


class MassModel(ABC):
    """A rate model dy/dt = flow(y, z, u, p) and the questions it answers.

    A final subclass is a frozen ``@described`` dataclass. It gives the class facts below, ``parameters``, ``delayed``
    and ``steady_curve``, and nothing of what stands here again. ``flow`` and ``observe`` are plain module functions of
    indexable y, z, u and a tuple p, made of arithmetic and NumPy ufuncs without branches: the same text runs on arrays,
    on complex numbers (exact derivatives) and compiled.
    """

    VARIABLES: ClassVar[tuple[Variable, ...]]
    INPUTS: ClassVar[tuple[Variable, ...]]
    OUTPUTS: ClassVar[tuple[Variable, ...]]
    CITATION: ClassVar[str]
    flow: ClassVar[Function]
    observe: ClassVar[Function]

    @property
    @abstractmethod
    def parameters(self) -> tuple[float, ...]:
        """The numbers that ``flow`` unpacks, in its order."""

    @property
    @abstractmethod
    def delayed(self) -> tuple[Delayed, ...]:
        """What stands in z; () without delays."""

    @abstractmethod
    def steady_curve(self) -> SteadyCurve:
        """Return the one scalar equation whose zeros are all the steady states."""

    @classmethod
    def published_sets(cls) -> tuple[str, ...]:
        """Return the names of the published parameter sets, the standard one first."""
        facts = _published(cls)
        return tuple(sorted((name for name in facts if name != "default"), key=lambda name: name != facts["default"]))

    @classmethod
    def published(cls, name: str | None = None, **changes: Any) -> Self:
        """Return the model with a published parameter set.

        Parameters
        ----------
        name : str, optional
            Name of the set; the standard one if left out.
        **changes
            Fields that differ from the set, with or without units.

        Raises
        ------
        ValueError
            If there is no set or field of that name.
        """
        name = cls.published_sets()[0] if name is None else name
        if name not in cls.published_sets():
            raise ValueError(
                f"{cls.__name__}: no published set {name!r}; there are: {', '.join(cls.published_sets())}."
            )
        _check_fields(cls, changes)
        return cls(**{**_published(cls)[name]["values"], **changes})

    def with_changed(self, **changes: Any) -> Self:
        """Return the same model with some fields changed.

        Raises
        ------
        ValueError
            If there is no field of that name.
        """
        _check_fields(type(self), changes)
        return replace(self, **changes)  # type: ignore[type-var]

    def system(self) -> System:
        """Return the model as the dynamics rooms see it: functions and numbers."""
        cls = type(self)
        return System(
            name=cls.__name__,
            variables=cls.VARIABLES,
            inputs=cls.INPUTS,
            outputs=cls.OUTPUTS,
            flow=cls.flow,
            observe=cls.observe,
            parameters=self.parameters,
            operating=tuple(getattr(self, variable.name) for variable in cls.INPUTS),
            delayed=self.delayed,
        )

    def fixed_points(self, number: int = 10) -> tuple[FixedPoint, ...]:
        """Return all steady states, sorted by the first output, each with its ``number`` rightmost eigenvalues."""
        return fixed_points(self.system(), self.steady_curve(), number)

    def resting_state(self) -> FixedPoint:
        """Return the stable steady state with the lowest first output.

        Raises
        ------
        ValueError
            If none is stable.
        """
        points = self.fixed_points()
        for point in points:
            if point.stability.stable:
                return point
        kinds = ", ".join(point.stability.value for point in points)
        raise ValueError(f"{type(self).__name__}: no steady state is stable ({kinds}); name the state you mean.")

    def linearise(self, state: ArrayLike | None = None) -> Linearisation:
        """Return the linear system about ``state`` (n,).

        Left out, it is the resting state or, if no state is stable, the unstable one with the lowest first output; so
        in all questions below.
        """
        return linearise(self.system(), self._reference() if state is None else state)

    def jacobian(self, state: ArrayLike | None = None) -> Array:
        """Return the derivative of the flow by the state (n, n), delayed arguments moving with it."""
        return jacobian(self.system(), self._reference() if state is None else state)

    def jacobians(self, state: ArrayLike | None = None) -> tuple[Array, Array]:
        """Return the derivative by the present state (n, n) and by each delayed state (delays, n, n)."""
        linear = self.linearise(state)
        return linear.state, linear.delayed

    def eigenvalues(self, state: ArrayLike | None = None, number: int = 10) -> Array:
        """Return the ``number`` rightmost eigenvalues about ``state`` (n,), 1/s."""
        return rightmost_eigenvalues(self.linearise(state), number)

    @takes(frequency="Hz")
    def transfer(
        self,
        frequency: ArrayLike,
        state: ArrayLike | None = None,
        output: str | None = None,
        input: str | None = None,
    ) -> Array:
        """Return the transfer from an input to an output at ``frequency`` (...) (Hz), output unit / input unit.

        The first input and output are meant where none is named. At an unstable state it is the linear system's
        transfer still, which no recording would show.
        """
        return transfer(self.linearise(state), frequency, self._output(output), self._input(input))

    @takes(frequency="Hz")
    def power_spectrum(
        self,
        frequency: ArrayLike,
        state: ArrayLike | None = None,
        output: str | None = None,
        input: str | None = None,
        noise: float = 1.0,
    ) -> Array:
        """Return the one-sided density of an output at ``frequency`` (...) (Hz), output unit^2/Hz.

        Assumptions: small signals about a stable state; white ``noise`` (input unit times sqrt(s), as in `simulate`)
        at one input.

        Raises
        ------
        ValueError
            If the state is unstable, or none is given and none is stable.
        """
        return power_spectrum(self.linearise(state), frequency, self._output(output), self._input(input), noise)

    @takes(duration="s", dt="s")
    def simulate(
        self,
        duration: float,
        dt: float = 1e-4,
        inputs: Mapping[str, ArrayLike] | None = None,
        noise: Mapping[str, float] | None = None,
        initial: ArrayLike | None = None,
        seed: int = 0,
        history: History | None = None,
        record_every: int = 1,
        method: str | None = None,
    ) -> xr.Dataset:
        """Return the course of every variable and output; see `mesobridge.meanfield.dynamics.integration.simulate`.

        It starts from ``initial`` (n,), or from the resting state, or, if no state is stable, a thousandth off the
        lowest unstable one.
        """
        state = self.start() if initial is None and history is None else initial
        return simulate(self.system(), duration, dt, inputs, noise, state, seed, history, record_every, method)

    def continuation(self, parameter: str, range: Sequence[Any], **settings: Any) -> Branches:
        """Return all branches of steady states as ``parameter`` (any float field) goes over ``range``.

        See `mesobridge.meanfield.dynamics.continuation.continue_branches` for the settings.

        Raises
        ------
        ValueError
            If there is no such parameter.
        """
        units = {item.name: item.metadata.get("unit") for item in fields(self)}  # type: ignore[arg-type]
        if units.get(parameter) is None:
            known = ", ".join(name for name, unit in units.items() if unit is not None)
            raise ValueError(f"{type(self).__name__}: no parameter {parameter!r} to continue in; it has: {known}.")
        start, stop = (float(getattr(self.with_changed(**{parameter: end}), parameter)) for end in range)
        return continue_branches(
            lambda value: self.with_changed(**{parameter: value}).system(),
            lambda value: self.with_changed(**{parameter: value}).steady_curve(),
            Variable(parameter, str(units[parameter]), parameter),
            (start, stop),
            **settings,
        )

    def start(self) -> Array:
        """Return the resting state (n,), or a thousandth off the lowest unstable one if none is stable."""
        return self._first_state.copy()

    @cached_property
    def _first_state(self) -> Array:
        points = self.fixed_points()
        lowest = _lowest(points)
        return lowest.state if lowest.stability.stable else lowest.state * (1 + 1e-3) + 1e-9

    def _reference(self) -> Array:
        return _lowest(self.fixed_points()).state

    def _output(self, name: str | None) -> int:
        outputs = type(self).OUTPUTS
        return 0 if name is None else index_of(outputs, name, f"{type(self).__name__}, output")

    def _input(self, name: str | None) -> int:
        inputs = type(self).INPUTS
        return 0 if name is None else index_of(inputs, name, f"{type(self).__name__}, input")


def _lowest(points: Sequence[FixedPoint]) -> FixedPoint:
    """Return the stable state with the lowest first output, or, if none is stable, the unstable one."""
    return next((point for point in points if point.stability.stable), points[0])


def _check_fields(cls: type[MassModel], changes: Mapping[str, Any]) -> None:
    known = [item.name for item in fields(cls)]  # type: ignore[arg-type]
    for change in changes:
        if change not in known:
            raise ValueError(f"{cls.__name__}: no parameter {change!r}; it has: {', '.join(known)}.")


@cache
def _published(cls: type[MassModel]) -> Any:
    return tomllib.loads(Path(inspect.getfile(cls)).with_suffix(".toml").read_text(encoding="utf-8"))


def published_facts(cls: type[MassModel], name: str) -> dict[str, Any]:
    """Return all that is stored about one published set: ``source``, ``values`` and the ``known`` invariants."""
    return dict(_published(cls)[name])
