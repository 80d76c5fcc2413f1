"""The mass model built from estimates: linear kernels in front of a static sigmoid, and the population's own echo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from ...units import Quantity, described, quantity, takes, to_si
from ..arrays import require_finite
from ..dynamics.continuation import Branches
from ..dynamics.fixed_points import FixedPoint, Stability, SteadyCurve, classify
from ..dynamics.linearisation import Linearisation
from ..dynamics.spectrum import refuse_unstable
from ..gain_pivot import Pivot
from ..kernels import Kernel
from ..sigmoids import Sigmoid
from .feedback_loop import FeedbackLoop
from .mass_response import MassResponse
from .steady_branches import steady_branches

Array = NDArray[np.floating]

_ROUNDS = 50


@described(kw_only=False)
class Feedback:
    """What a population hears of itself through one channel.

    Parameters
    ----------
    count : float
        Own cells that one cell hears, 1: the presynaptic rate is ``count`` times the population rate.
    delay : float
        Delay of conduction, s.
    """

    count: Quantity = quantity("1", at_least=0)
    delay: Quantity = quantity("s", at_least=0, default=0.0)


@dataclass(frozen=True)
class EmpiricalMass:
    """V(t) = operating_v + sum_c h_c * (phi_c + count_c rate(t - delay_c) - phi_c0), rate(t) = Q(V(t)).

    Source: jansen1995; robinson1997.
    Assumptions: kernels and sigmoid hold about the operating point; the sigmoid is quasi-static, the width of
    potentials and thresholds frozen in it. It answers the questions of a `MassModel` by formulas of its own, since an
    estimated kernel need not have a finite state: its state is the one number V, its eigenvalues are the zeros of
    1 - Q'(V) sum_c count_c H_c(s) exp(-s delay_c).

    Parameters
    ----------
    sigmoid : Sigmoid
        Rate (Hz) of the mean free potential (V).
    kernels : mapping of str to Kernel
        Kernel of each input channel, V per presynaptic spike.
    operating_v : float
        Mean free potential at the operating inputs, V.
    operating_inputs : mapping of str to float
        Input rate of each channel (total presynaptic spikes a second onto a cell, feedback included) at which
        ``operating_v`` holds, Hz.
    feedback : mapping of str to Feedback
        Channels through which the population hears itself; none unless given.
    """

    sigmoid: Sigmoid
    kernels: Mapping[str, Kernel]
    operating_v: float
    operating_inputs: Mapping[str, float]
    feedback: Mapping[str, Feedback] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "operating_v", to_si(self.operating_v, "V", "EmpiricalMass.operating_v"))
        rates = {
            name: to_si(rate, "Hz", f"EmpiricalMass.operating_inputs[{name!r}]")
            for name, rate in self.operating_inputs.items()
        }
        object.__setattr__(self, "operating_inputs", rates)
        if set(self.kernels) != set(self.operating_inputs):
            raise ValueError(
                f"EmpiricalMass: kernels for {sorted(self.kernels)} but operating inputs for "
                f"{sorted(self.operating_inputs)}; give both for every channel."
            )
        for name, rate in self.external_inputs.items():
            if name in self.feedback and rate < 0:
                raise ValueError(
                    f"EmpiricalMass.feedback: {name!r} alone carries more than its operating input of "
                    f"{self.operating_inputs[name]:g} Hz; lower the count of {self.feedback[name].count:g}."
                )

    @property
    def operating_rate(self) -> float:
        """Rate at the operating point, Hz."""
        return float(self.sigmoid(self.operating_v))

    @property
    def pivots(self) -> dict[str, Pivot]:
        """The potential (V) around which the sigmoid turns with each of its gain-like parameters."""
        return self.sigmoid.pivots

    @property
    def external_inputs(self) -> dict[str, float]:
        """What each channel hears at the operating point from outside, Hz."""
        for name in self.feedback:
            self._kernel(name)
        own = {name: echo.count * self.operating_rate for name, echo in self.feedback.items()}
        return {name: float(rate) - own.get(name, 0.0) for name, rate in self.operating_inputs.items()}

    @property
    def loop(self) -> FeedbackLoop:
        """The population's echo: kernels, counts and delays of all channels."""
        silent = Feedback(0.0)
        echoes = [self.feedback.get(name, silent) for name in self.kernels]
        return FeedbackLoop(
            names=tuple(self.kernels),
            kernels=tuple(self.kernels.values()),
            counts=tuple(echo.count for echo in echoes),
            delays=tuple(echo.delay for echo in echoes),
        )

    def gain(self, channel: str) -> float:
        """Return d(rate)/d(input) at the operating point without feedback, Q' times the kernel's area, 1."""
        return float(self.sigmoid.gain(self.operating_v)) * self._kernel(channel).area

    def steady_v(self, inputs: Mapping[str, ArrayLike]) -> Array:
        """Return the mean free potential under constant inputs (Hz), V; channels left out stay as they are.

        Raises
        ------
        ValueError
            If there is feedback, which may leave several steady potentials.
        """
        if self.loop.closed:
            raise ValueError(
                "EmpiricalMass.steady_v: with feedback there may be several steady potentials; ask for "
                "fixed_points(inputs)."
            )
        require_finite("EmpiricalMass.steady_v", **inputs)
        shifts = [
            self._kernel(name).area * (np.asarray(rate) - self.operating_inputs[name]) for name, rate in inputs.items()
        ]
        return self.operating_v + np.sum(np.broadcast_arrays(np.zeros(()), *shifts), axis=0)

    def steady_curve(self, inputs: Mapping[str, float] | None = None) -> SteadyCurve:
        """Return the equation in V; the rate lies between 0 and q_max, which bounds V from both sides.

        Parameters
        ----------
        inputs : mapping of str to float, optional
            Constant inputs from outside, Hz; channels left out keep theirs.
        """
        require_finite("EmpiricalMass", **(inputs or {}))
        total = {**self.external_inputs, **(inputs or {})}
        alone = self.operating_v + sum(
            self._kernel(name).area * (rate - self.operating_inputs[name]) for name, rate in total.items()
        )
        echo = sum(self._kernel(name).area * echo.count for name, echo in self.feedback.items())
        reach = sorted((0.0, echo * float(self.sigmoid.q_max)))

        def residual(v: ArrayLike) -> ArrayLike:
            return np.asarray(v) - alone - echo * self.sigmoid(v)

        return SteadyCurve(residual, lambda v: np.array([v]), alone + reach[0] - 1e-3, alone + reach[1] + 1e-3)

    def fixed_points(self, inputs: Mapping[str, float] | None = None, number: int = 10) -> tuple[FixedPoint, ...]:
        """Return all steady states under constant inputs from outside (Hz), the lowest rate first.

        Parameters
        ----------
        inputs : mapping of str to float, optional
            Channels left out keep their operating input.
        number : int
            How many eigenvalues each carries.
        """
        curve = self.steady_curve(inputs)
        roots = np.array(curve.roots())
        distinct = roots[np.concatenate([[True], np.diff(roots) > 1e-12])]
        return tuple(sorted((self._described(float(v), curve, number) for v in distinct), key=lambda p: p["rate"]))

    def _described(self, v: float, curve: SteadyCurve, number: int) -> FixedPoint:
        eigenvalues = self.eigenvalues([v], number)
        stability = classify(eigenvalues) if eigenvalues.size else Stability.STABLE_NODE
        state = np.array([v])
        state.setflags(write=False)
        return FixedPoint(
            state=state,
            outputs={"rate": float(self.sigmoid(v)), "v": v},
            variables=("v",),
            eigenvalues=eigenvalues,
            stability=stability,
            residual=abs(float(np.asarray(curve.residual(np.asarray(v))))) / max(abs(v), 1e-3),
        )

    def _slope(self, state: ArrayLike | None) -> float:
        given = np.ravel(np.asarray(self.operating_v if state is None else state, dtype=float))
        if given.size != 1 or not np.isfinite(given[0]):
            raise ValueError(
                f"EmpiricalMass: the state {given.tolist()} is not one potential in V; give one finite number."
            )
        v = float(given[0])
        return float(self.sigmoid.gain(v))

    def eigenvalues(self, state: ArrayLike | None = None, number: int = 10) -> NDArray[np.complex128]:
        """Return the ``number`` rightmost eigenvalues at the potential ``state`` (V), or at the operating point, 1/s.

        The operating point is a steady state, but may be an unstable one: `fixed_points` says, and lists all.
        Kernels of finite state give all eigenvalues; for others see `FeedbackLoop.eigenvalues`.
        """
        return self.loop.eigenvalues(self._slope(state), number)

    def linearise(self, state: ArrayLike | None = None) -> Linearisation:
        """Return the linear system about the potential ``state`` (V), for kernels of finite state."""
        return self.loop.linearised(self._slope(state))

    def jacobian(self, state: ArrayLike | None = None) -> Array:
        """Return the derivative of the kernels' stages by themselves (n, n), delayed copies moving with them, 1/s."""
        linear = self.linearise(state)
        return linear.state + linear.delayed.sum(axis=0)

    def jacobians(self, state: ArrayLike | None = None) -> tuple[Array, Array]:
        """Return the derivative by the present stages (n, n) and by each delayed copy (delays, n, n), 1/s."""
        linear = self.linearise(state)
        return linear.state, linear.delayed

    @takes(frequency="Hz")
    def transfer(
        self,
        frequency: ArrayLike,
        state: ArrayLike | None = None,
        output: str = "rate",
        input: str | None = None,
    ) -> NDArray[np.complex128]:
        """Return the transfer from an input channel (the first unless named) to ``rate`` (1) or ``v`` (V/Hz).

        Without a ``state`` (V) it holds at the operating point. At an unstable state it is the linear system's transfer
        still, which no recording would show.
        """
        if output not in ("rate", "v"):
            raise ValueError(f"EmpiricalMass.transfer: there is no output {output!r}; choose rate or v.")
        require_finite("EmpiricalMass.transfer", frequency=frequency)
        s = 2j * np.pi * np.asarray(frequency, dtype=float)
        slope = self._slope(state)
        kernel = self._kernel(next(iter(self.kernels)) if input is None else input)
        heard = kernel.laplace(s) / (1 - slope * self.loop.returned(s))
        return slope * heard if output == "rate" else heard

    @takes(frequency="Hz")
    def power_spectrum(
        self,
        frequency: ArrayLike,
        state: ArrayLike | None = None,
        output: str = "rate",
        input: str | None = None,
        noise: float = 1.0,
    ) -> Array:
        """Return the one-sided density of ``rate`` (Hz^2/Hz) or ``v`` (V^2/Hz) under white noise at one channel.

        Assumptions: small signals about a stable state; ``noise`` in Hz sqrt(s), its one-sided density 2 noise^2. The
        shot noise of Poisson input of rate phi is ``noise`` = sqrt(phi).

        Raises
        ------
        ValueError
            If the state, or the operating point where none is given, is unstable.
        """
        require_finite("EmpiricalMass.power_spectrum", frequency=frequency, noise=noise)
        slope = self._slope(state)
        if self.loop.unstable(slope):
            refuse_unstable(complex(self.loop.eigenvalues(slope, 1)[0]), "EmpiricalMass.power_spectrum")
        return 2 * noise**2 * np.abs(self.transfer(frequency, state, output, input)) ** 2

    def continuation(self, parameter: str, range: Sequence[float]) -> Branches:
        """Return all steady states as one parameter goes over ``range``, with folds and Hopf points.

        Parameters
        ----------
        parameter : str
            A channel, for its input from outside (Hz), or ``channel.count`` for its feedback.
        range : pair of float
            First and last value.
        """
        require_finite("EmpiricalMass.continuation", range=range)
        channel, _, which = parameter.partition(".")
        self._kernel(channel)
        if which not in ("", "count"):
            raise ValueError(
                f"EmpiricalMass.continuation: no parameter {parameter!r}; name a channel, or 'channel.count'."
            )
        return steady_branches(self, channel, which == "count", (float(range[0]), float(range[1])))

    @takes(dt="s")
    def simulate(self, inputs: Mapping[str, ArrayLike], dt: float) -> xr.Dataset:
        """Return ``v`` (V) and ``rate`` (Hz) over time, with their units; parameters and errors as in `respond`."""
        return self.respond(inputs, dt).dataset(dt)

    @takes(dt="s")
    def respond(self, inputs: Mapping[str, ArrayLike], dt: float) -> MassResponse:
        """Return the response to inputs held constant over each step.

        Without feedback it is exact for every kernel. With feedback the population's own rate is taken as constant
        over each step, at the mean of its two ends: the error falls with dt^2.

        Parameters
        ----------
        inputs : mapping of str to (..., time) array
            Input rates from outside, Hz; channels left out stay at their operating rate. Before the first step all
            are there.
        dt : float
            Time step, s.

        Returns
        -------
        MassResponse
            Mean free potential (V) and rate (Hz) at the end of each step, of the broadcast shape of the inputs.

        Raises
        ------
        ValueError
            If a channel is unknown, no input is given, or the inputs differ in length.
        """
        if not inputs or not 0 < dt < np.inf:
            raise ValueError(
                f"EmpiricalMass: {len(inputs)} inputs, dt {dt} s; give at least one input and a positive step."
            )
        arrays = {name: np.asarray(rate, dtype=float) for name, rate in inputs.items()}
        require_finite("EmpiricalMass", **arrays)
        lengths = {array.shape[-1:] for array in arrays.values()}
        if len(lengths) != 1 or lengths == {()}:
            raise ValueError(f"EmpiricalMass: inputs have time axes {sorted(lengths)}; give series of one length.")
        responses = [self._filtered(name, rate, dt) for name, rate in arrays.items()]
        v = self.operating_v + np.sum(np.broadcast_arrays(*responses), axis=0)
        if self.loop.closed:
            v = self._echoed(v, dt)
        return MassResponse(v, self.sigmoid(v))

    def _kernel(self, channel: str) -> Kernel:
        if channel not in self.kernels:
            known = ", ".join(sorted(self.kernels))
            raise ValueError(f"EmpiricalMass: no channel {channel!r}; it has: {known}.")
        return self.kernels[channel]

    def _filtered(self, channel: str, rate: Array, dt: float) -> Array:
        """Return the deflection one channel causes, V: steps of the input times steps of the kernel's integral."""
        from scipy.signal import oaconvolve  # takes a third of a second to import, which only simulations need

        steps = rate.shape[-1]
        weights = np.diff(self._kernel(channel).step_response(dt * np.arange(steps + 1)))
        deviation = rate - self.external_inputs[channel]
        shaped = weights.reshape((1,) * (rate.ndim - 1) + (steps,))
        return oaconvolve(deviation, shaped, axes=-1)[..., :steps]

    def _echoed(self, alone: Array, dt: float) -> Array:
        """Return the potential (..., time) (V) with feedback, from the one without."""
        steps = alone.shape[-1]
        time = dt * np.arange(steps + 1)
        loop = self.loop
        weights = np.zeros(steps)
        for kernel, count, delay in zip(loop.kernels, loop.counts, loop.delays, strict=True):
            weights += count * np.diff(kernel.step_response(time - delay))
        v, mean = np.array(alone), np.zeros_like(alone)
        before = np.full(alone.shape[:-1], self.operating_rate)
        for step in range(steps):
            past = alone[..., step] + mean[..., :step] @ weights[step:0:-1]
            v[..., step], after = self._settled(past, before, float(weights[0]))
            mean[..., step] = (before + after) / 2 - self.operating_rate
            before = after
        return v

    def _settled(self, past: Array, before: Array, weight: float) -> tuple[Array, Array]:
        """Return V (V) and rate (Hz) at the end of a step: V = past + weight (mean rate of the step - operating)."""
        v = past + weight * (before - self.operating_rate)
        for _ in range(_ROUNDS):
            rate = self.sigmoid(v)
            miss = v - past - weight * ((before + rate) / 2 - self.operating_rate)
            move = miss / (1 - weight * self.sigmoid.gain(v) / 2)
            v = v - move
            if np.all(np.abs(move) <= 1e-13 * (np.abs(v) + 1e-3)):
                return v, self.sigmoid(v)
        raise ValueError(
            f"EmpiricalMass: the feedback within one step does not settle at {float(np.ravel(v)[0]):g} V; "
            "take a shorter step."
        )
