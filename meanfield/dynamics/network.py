"""Many nodes of one model, coupled from an output to an input with weights and delays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy.sparse import issparse

from ...units import takes
from .checked_input import checked_inputs, checked_noise, counted_steps
from .connections import Connections
from .integration import History, Run, integrate
from .system import Array, System, Variable, index_of


class Node(Protocol):
    """What a network asks of the model of a node."""

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers of its flow."""
        ...

    def system(self) -> System:
        """Return the functions and numbers that move."""
        ...

    def with_changed(self, **changes: Any) -> "Node":
        """Return the same model with some fields changed."""
        ...

    def start(self) -> Array:
        """Return where it starts, (n,)."""
        ...


@dataclass(frozen=True)
class MassNetwork:
    """u_i(t) = u0_i + sum_j weights[i, j] output_j(t - delays[i, j]) at one input of every node.

    Assumptions: the coupled output does not depend on the coupled input where a delay is shorter than a step. Time is
    stepped by Heun's method; a delay between two steps is read linearly between them, which keeps order 2. The cost of
    a step grows linearly in nodes and in connections.

    Parameters
    ----------
    model : MassModel
        Of every node.
    weights : (nodes, nodes) array, dense or sparse
        From column to row, input unit per output unit; zeros cost nothing.
    delays : float, or (nodes, nodes) array, dense or sparse
        s.
    output, input : str, optional
        What is sent and where it arrives; the first of each if left out.
    per_node : mapping of str to (nodes,) array, optional
        Parameters and operating inputs that differ between nodes, by field, SI.
    """

    model: Node
    weights: Any
    delays: Any = 0.0
    output: str | None = None
    input: str | None = None
    per_node: Mapping[str, ArrayLike] | None = None

    def __post_init__(self) -> None:
        if not issparse(self.delays):
            object.__setattr__(self, "delays", _in_seconds(self.delays))

    def nodes(self) -> tuple[Node, ...]:
        """Return the model of every node."""
        size = np.shape(self.weights)[0]
        columns = {name: np.asarray(values, dtype=float) for name, values in (self.per_node or {}).items()}
        for name, values in columns.items():
            if values.shape != (size,):
                raise ValueError(
                    f"MassNetwork.per_node: {name!r} has shape {values.shape}; give one value for each of {size} nodes."
                )
        if not columns:
            return (self.model,) * size
        return tuple(
            self.model.with_changed(**{name: float(values[i]) for name, values in columns.items()}) for i in range(size)
        )

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
        method: str = "heun",
    ) -> xr.Dataset:
        """Return the course (time, node) of every variable and output of every node.

        Parameters
        ----------
        duration, dt : float
            s.
        inputs : mapping of str to float, (steps,) or (steps, nodes) array, optional
            Value of an input, instead of its operating value, before what the coupling adds, SI.
        noise : mapping of str to float, optional
            Intensity of white noise on an input, independent in every node, input unit times sqrt(s).
        initial : (n,) or (nodes, n) array, optional
            State at time 0; each node's resting state without coupling if left out.
        seed : int
            Of the noise.
        history : callable, optional
            Maps times (k,) (s, at or below 0) to states (k, n) or (k, nodes, n); the initial state is held if left out.
        record_every : int
            Steps between records.
        method : str
            "heun", or "euler", which has order 1.

        Returns
        -------
        xarray.Dataset
            Over ``time`` (s) and ``node``.

        Raises
        ------
        ValueError
            If shapes do not fit, or a fast connection carries an output that depends on the coupled input.
        """
        if method not in ("euler", "heun"):
            raise ValueError(f"MassNetwork: no method {method!r} for networks; choose euler or heun.")
        members = self.nodes()
        systems = [member.system() for member in members]
        system, steps = systems[0], counted_steps(duration, dt)
        start = self._start(members, initial, history)
        run = Run(
            system=system,
            parameters=np.array([each.parameters for each in systems], dtype=float),
            operating=np.array([each.operating for each in systems], dtype=float),
            steps=steps,
            every=record_every,
            dt=dt,
            inputs=checked_inputs(system, inputs, steps, len(members)),
            noise=checked_noise(system, noise, start[0]),
            initial=start,
            history=history,
            seed=seed,
            method=method,
            connections=Connections.of_matrices(self.weights, self.delays),
            channels=self._channels(system),
        )
        _check_loop(run)
        return integrate(run)

    def _channels(self, system: System) -> tuple[int, int]:
        def place(variables: tuple[Variable, ...], name: str | None) -> int:
            return 0 if name is None else index_of(variables, name, f"MassNetwork of {system.name}")

        return place(system.inputs, self.input), place(system.outputs, self.output)

    def _start(self, members: tuple[Node, ...], initial: ArrayLike | None, history: History | None) -> Array:
        if initial is None and history is not None:
            initial = np.asarray(history(np.zeros(1)))[0]
        if initial is None:
            known = {member: member.start() for member in dict.fromkeys(members)}
            return np.array([known[member] for member in members])
        size = len(self.model.system().variables)
        return np.array(np.broadcast_to(np.asarray(initial, dtype=float), (len(members), size)))


@takes(delays="s")
def _in_seconds(delays: Any) -> Any:
    return delays


def _check_loop(run: Run) -> None:
    """Refuse a loop without delay: an output that answers at once to the input it arrives at."""
    system, (channel, output) = run.system, run.channels
    y, u = run.initial[0], np.array(run.operating[0])
    moved = u + np.eye(len(u))[channel] * (1 + abs(u[channel]))
    answers = system.outputs_at(y, u=u)[output] != system.outputs_at(y, u=moved)[output]
    if answers and run.connections.in_steps(run.dt).fast.size:
        raise ValueError(
            f"MassNetwork: {system.outputs[output].name} answers at once to {system.inputs[channel].name}, so every "
            f"delay must be at least the step of {run.dt:g} s; lengthen them, shorten the step, or send another output."
        )
