"""A mass model as equations with named parameters, whatever it was written for: what the equation formats print."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...meanfield import EmpiricalMass, MassModel, Sigmoid, WilsonCowan
from ...meanfield.dynamics.system import Variable
from .expression import Part, Symbol, with_values
from .unit_system import UnitSystem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Constant:
    """A parameter of the equations: its name, value and unit."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Late:
    """A variable as it was some time ago: the symbol that stands for it, and how long ago."""

    symbol: str
    variable: str
    delay: float


@dataclass(frozen=True)
class Equations:
    """dy/dt = rates(y, delayed y, parameters) in a consistent system of units.

    Parameters
    ----------
    name : str
        What it is called: a Python class name.
    variables : tuple of Variable
        The state.
    rest : (n,) array
        A steady state, stable if there is one.
    rates : tuple of expression
        Rate of change of each variable.
    outputs : tuple of (Variable, expression)
        The observables.
    constants : tuple of Constant
        Every parameter, inputs included.
    inputs : tuple of str
        Those parameters that are inputs at their operating values.
    delayed : tuple of Late
        Late variables in the rates.
    sigmoid : Sigmoid or None
        What a call of ``sigmoid`` in the expressions means, in SI; None where there is none.
    drive : (n, inputs) array
        How an impulse of each input moves the state, for linear responses.
    """

    name: str
    variables: tuple[Variable, ...]
    rest: Array
    rates: tuple[Part, ...]
    outputs: tuple[tuple[Variable, Part], ...]
    constants: tuple[Constant, ...]
    inputs: tuple[str, ...]
    delayed: tuple[Late, ...] = ()
    sigmoid: Sigmoid | None = None

    @property
    def values(self) -> dict[str, float]:
        """Names and values of the parameters."""
        return {one.name: one.value for one in self.constants}

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables."""
        return tuple(variable.name for variable in self.variables)

    def in_units(self, system: UnitSystem) -> "Equations":
        """Return the same equations with numbers in another system of units; their text does not change."""
        rest = [system.value(y, v.unit) for y, v in zip(self.rest, self.variables, strict=True)]
        return replace(
            self,
            variables=tuple(Variable(v.name, system.unit(v.unit), v.long_name) for v in self.variables),
            rest=np.array(rest),
            outputs=tuple((Variable(v.name, system.unit(v.unit), v.long_name), part) for v, part in self.outputs),
            constants=tuple(
                Constant(one.name, system.value(one.value, one.unit), system.unit(one.unit)) for one in self.constants
            ),
            delayed=tuple(replace(late, delay=system.value(late.delay, "s")) for late in self.delayed),
        )

    def renamed(self, names: Mapping[str, str]) -> "Equations":
        """Return the equations with other names for variables, parameters and late variables."""
        symbols = {old: Symbol(new) for old, new in names.items()}

        def new(name: str) -> str:
            return names.get(name, name)

        return replace(
            self,
            variables=tuple(Variable(new(v.name), v.unit, v.long_name) for v in self.variables),
            rates=tuple(with_values(part, symbols) for part in self.rates),
            outputs=tuple(
                (Variable(new(v.name), v.unit, v.long_name), with_values(p, symbols)) for v, p in self.outputs
            ),
            constants=tuple(replace(one, name=new(one.name)) for one in self.constants),
            inputs=tuple(new(name) for name in self.inputs),
            delayed=tuple(Late(new(late.symbol), new(late.variable), late.delay) for late in self.delayed),
        )


def equations_of(instance: MassModel | EmpiricalMass) -> Equations:
    """Return a model as equations, in SI.

    Raises
    ------
    NotExpressible
        If a kernel of an empirical mass has no finite state.
    """
    if isinstance(instance, EmpiricalMass):
        from .empirical_equations import empirical_equations

        return empirical_equations(instance)
    return _traced(instance)


def _traced(model: MassModel) -> Equations:
    cls: Any = type(model)
    names: Any = SimpleNamespace(**{item.name: Symbol(item.name) for item in fields(cls)})
    late = tuple(Late(f"{item.variable}_delayed", item.variable, item.delay) for item in model.delayed)
    y = tuple(Symbol(variable.name) for variable in cls.VARIABLES)
    z = tuple(Symbol(one.symbol) for one in late)
    u = tuple(Symbol(variable.name) for variable in cls.INPUTS)
    p = _wilson_cowan(names) if cls is WilsonCowan else cls.parameters.fget(names)
    units = {item.name: str(item.metadata["unit"]) for item in fields(cls)}
    return Equations(
        name=cls.__name__,
        variables=cls.VARIABLES,
        rest=np.array(_rest(model)),
        rates=tuple(cls.flow(y, z, u, p)),
        outputs=tuple(zip(cls.OUTPUTS, cls.observe(y, z, u, p), strict=True)),
        constants=tuple(Constant(name, float(getattr(model, name)), unit) for name, unit in units.items()),
        inputs=tuple(variable.name for variable in cls.INPUTS),
        delayed=late,
    )


def _rest(model: MassModel) -> Array:
    points = model.fixed_points(number=1)
    return next((point for point in points if point.stability.stable), points[0]).state


def _wilson_cowan(names: Any) -> tuple[Part, ...]:
    """Return what the flow of Wilson and Cowan unpacks; the response to no input is written out."""
    silent = [1 / (1 + np.exp(a * theta)) for a, theta in ((names.a_e, names.theta_e), (names.a_i, names.theta_i))]
    synapses = (names.c_ee, names.c_ei, names.c_ie, names.c_ii)
    excitatory = (names.a_e, names.theta_e, silent[0])
    inhibitory = (names.a_i, names.theta_i, silent[1])
    rest = (names.tau_e, names.tau_i, names.k_e, names.k_i, names.r_e, names.r_i)
    return (*synapses, *excitatory, *inhibitory, *rest)
