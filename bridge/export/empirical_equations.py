"""The estimated mass as equations: kernels as chains of first-order stages in front of a sigmoid."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...meanfield import (
    CappedSigmoid,
    EmpiricalMass,
    ExGaussianSigmoid,
    GaussianSigmoid,
    Kernel,
    LogisticSigmoid,
    MixtureKernel,
    RichardsSigmoid,
    Sigmoid,
    StateSpaceKernel,
)
from ...meanfield.dynamics.system import Variable
from ...meanfield.kernels import stages_of
from .equations import Constant, Equations, Late
from .export import NotExpressible
from .expression import Call, Part, Symbol


@dataclass(frozen=True)
class _Stages:
    """Part of a kernel: variables with their rates, their sum as seen by the potential, and their parameters."""

    variables: tuple[Variable, ...]
    rates: tuple[Part, ...]
    potential: Part
    constants: tuple[Constant, ...]


def empirical_equations(mass: EmpiricalMass) -> Equations:
    """Return V = v_0 + sum of stages, rate = sigmoid(V), with every kernel as a chain of first-order stages, in SI.

    Each stage follows the rate of presynaptic spikes relative to its operating value, so that all rest at 0.

    Raises
    ------
    NotExpressible
        If a kernel has no finite state.
    """
    names = _channel_names(mass)
    potential = _potential(mass, names)
    sigmoid, shape = _sigmoid(mass.sigmoid)
    rate = sigmoid(potential)
    parts, echoes = [], []
    for channel, kernel in mass.kernels.items():
        heard, constants, late = _heard(mass, channel, names[channel], rate, potential)
        stages = _stages(kernel, names[channel], heard, channel)
        parts.append((stages, constants))
        echoes += late
    variables = tuple(v for stages, _ in parts for v in stages.variables)
    own = [one for stages, constants in parts for one in (*stages.constants, *constants)]
    late = tuple(dict.fromkeys(echoes))
    return Equations(
        name="EmpiricalMass",
        variables=variables,
        rest=np.zeros(len(variables)),
        rates=tuple(r for stages, _ in parts for r in stages.rates),
        outputs=(
            (Variable("rate", "Hz", "population rate"), rate),
            (Variable("v", "V", "mean free potential"), potential),
        ),
        constants=(Constant("v_0", mass.operating_v, "V"), *shape, *own),
        inputs=tuple(f"input_{name}" for name in names.values()),
        delayed=late,
        sigmoid=mass.sigmoid,
    )


def _channel_names(mass: EmpiricalMass) -> dict[str, str]:
    return {channel: re.sub(r"\W", "_", channel) for channel in mass.kernels}


def _potential(mass: EmpiricalMass, names: dict[str, str], suffix: str = "") -> Part:
    """Return V as a sum over the last stages of all kernels."""
    total: Part = Symbol("v_0")
    for channel, kernel in mass.kernels.items():
        total = total + _seen(kernel, names[channel], suffix, channel)
    return total


def _heard(
    mass: EmpiricalMass, channel: str, name: str, rate: Part, potential: Part
) -> tuple[Part, list[Constant], list[Late]]:
    """Return the presynaptic rate of a channel relative to its operating value, and what it adds to the model."""
    constants = [
        Constant(f"input_{name}", mass.external_inputs[channel], "Hz"),
        Constant(f"operating_{name}", float(mass.operating_inputs[channel]), "Hz"),
    ]
    heard: Part = Symbol(f"input_{name}") - Symbol(f"operating_{name}")
    echo = mass.feedback.get(channel)
    if echo is None or not echo.count:
        return heard, constants, []
    constants.append(Constant(f"count_{name}", echo.count, "1"))
    if not echo.delay:
        return heard + Symbol(f"count_{name}") * rate, constants, []
    names = _channel_names(mass)
    late = [
        Late(f"{variable}_delayed", variable, echo.delay)
        for other, kernel in mass.kernels.items()
        for variable in _last_stages(kernel, names[other], other)
    ]
    before = _sigmoid(mass.sigmoid)[0](_potential(mass, names, "_delayed"))
    return heard + Symbol(f"count_{name}") * before, constants, late


def _chains(kernel: Kernel, name: str, channel: str, weight: float = 1.0) -> Iterator[tuple[str, float, Kernel]]:
    """Return the chains and linear systems that a kernel is a sum of: name, weight, kernel."""
    if isinstance(kernel, MixtureKernel):
        for k, (part, kernel_part) in enumerate(zip(kernel.weights, kernel.kernels, strict=True), start=1):
            yield from _chains(kernel_part, f"{name}_{k}", channel, weight * part)
    elif isinstance(kernel, StateSpaceKernel) or stages_of(kernel) is not None:
        yield name, weight, kernel
    else:
        raise NotExpressible(
            f"EmpiricalMass: the kernel of {channel!r} is a {type(kernel).__name__} without a finite state, which no "
            "differential equation gives; fit a cascade or a mixture of cascades to it, or export json or netcdf."
        )


def _last_stages(kernel: Kernel, name: str, channel: str) -> Iterator[str]:
    for chain, _, part in _chains(kernel, name, channel):
        if isinstance(part, StateSpaceKernel):
            yield from (f"x_{chain}_{k + 1}" for k in np.flatnonzero(part.output))
        else:
            yield f"x_{chain}_{len(stages_of(part) or ())}"


def _seen(kernel: Kernel, name: str, suffix: str, channel: str) -> Part:
    """Return the potential that the stages of a kernel add up to."""
    total: Part = 0.0
    for chain, _, part in _chains(kernel, name, channel):
        if isinstance(part, StateSpaceKernel):
            for k in np.flatnonzero(part.output):
                total = Symbol(f"output_{chain}_{k + 1}") * Symbol(f"x_{chain}_{k + 1}{suffix}") + total
        else:
            last = len(stages_of(part) or ())
            total = Symbol(f"area_{chain}") * Symbol(f"x_{chain}_{last}{suffix}") + total
    return total


def _stages(kernel: Kernel, name: str, heard: Part, channel: str) -> _Stages:
    parts = [
        _linear(part, chain, weight, heard)
        if isinstance(part, StateSpaceKernel)
        else _chain(part, chain, weight, heard)
        for chain, weight, part in _chains(kernel, name, channel)
    ]
    return _Stages(
        tuple(v for part in parts for v in part.variables),
        tuple(r for part in parts for r in part.rates),
        _seen(kernel, name, "", channel),
        tuple(c for part in parts for c in part.constants),
    )


def _chain(kernel: Kernel, name: str, weight: float, heard: Part) -> _Stages:
    """Return stages in a row: each follows the one before with its time constant, the first what is heard."""
    times = stages_of(kernel) or ()
    states = [Symbol(f"x_{name}_{k}") for k in range(1, len(times) + 1)]
    before = [heard, *states[:-1]]
    taus = [Symbol(f"tau_{name}_{k}") for k in range(1, len(times) + 1)]
    return _Stages(
        tuple(Variable(x.name, "Hz", f"stage {k} of {name}") for k, x in enumerate(states, start=1)),
        tuple((source - x) / tau for source, x, tau in zip(before, states, taus, strict=True)),
        0.0,
        (
            Constant(f"area_{name}", weight * kernel.area, "V*s"),
            *(Constant(tau.name, time, "s") for tau, time in zip(taus, times, strict=True)),
        ),
    )


def _linear(kernel: StateSpaceKernel, name: str, weight: float, heard: Part) -> _Stages:
    """Return a general linear system; its states carry the unit of the potential per unit output."""
    size = kernel.entry.size
    states = [Symbol(f"x_{name}_{k}") for k in range(1, size + 1)]
    rates, constants = [], []
    for row in range(size):
        total: Part = 0.0
        for column in np.flatnonzero(kernel.dynamics[row]):
            constants.append(Constant(f"a_{name}_{row + 1}_{column + 1}", float(kernel.dynamics[row, column]), "1/s"))
            total = total + Symbol(constants[-1].name) * states[column]
        if kernel.entry[row]:
            constants.append(Constant(f"entry_{name}_{row + 1}", float(kernel.entry[row]), "1"))
            total = total + Symbol(constants[-1].name) * heard
        rates.append(total)
    outputs = [
        Constant(f"output_{name}_{k + 1}", weight * float(kernel.output[k]), "V") for k in np.flatnonzero(kernel.output)
    ]
    variables = tuple(Variable(x.name, "1", f"state {k} of {name}") for k, x in enumerate(states, start=1))
    return _Stages(variables, tuple(rates), 0.0, (*constants, *outputs))


def _sigmoid(sigmoid: Sigmoid):
    """Return the sigmoid as a function of an expression, and its parameters; a call where there is no closed form."""
    names = {name: Symbol(name) for name in ("q_max", "theta", "sigma", "kappa", "nu", "v_cap")}
    q_max, theta, sigma = names["q_max"], names["theta"], names["sigma"]
    units = {"q_max": "Hz", "theta": "V", "sigma": "V", "kappa": "V", "nu": "1"}

    def constants(*wanted: str) -> tuple[Constant, ...]:
        return tuple(Constant(name, float(getattr(sigmoid, name)), units[name]) for name in wanted)

    match sigmoid:
        case LogisticSigmoid():
            return lambda v: q_max / (1 + np.exp((theta - v) / sigma)), constants("q_max", "theta", "sigma")
        case RichardsSigmoid() if sigmoid.nu > 0:
            nu = names["nu"]
            return (
                lambda v: q_max * (1 + nu * np.exp((theta - v) / sigma)) ** (-1 / nu),
                constants("q_max", "theta", "sigma", "nu"),
            )
        case GaussianSigmoid():
            return (
                lambda v: Call("gaussian_sigmoid", (v, q_max, theta, sigma)),
                constants("q_max", "theta", "sigma"),
            )
        case ExGaussianSigmoid():
            return (
                lambda v: Call("ex_gaussian_sigmoid", (v, q_max, theta, sigma, names["kappa"])),
                constants("q_max", "theta", "sigma", "kappa"),
            )
        case CappedSigmoid():
            inner, shape = _sigmoid(sigmoid.inner)
            cap = Constant("v_cap", sigmoid.v_cap, "V")
            return lambda v: inner(Call("minimum", (v, names["v_cap"]))), (*shape, cap)
    return lambda v: Call("tabulated_sigmoid", (v,)), ()
