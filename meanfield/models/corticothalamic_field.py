"""Robinson's corticothalamic field: cortex, reticular nucleus and relay nuclei in a loop with delay."""

import numpy as np
from numpy.typing import ArrayLike

from ...units import Quantity, described, quantity, takes
from ..dynamics.delay_eigenvalues import rightmost_eigenvalues
from ..dynamics.linearisation import Linearisation
from ..dynamics.system import Array
from ..gain_pivot import Pivot, pivot_at
from .model import Delayed, MassModel, SteadyCurve, Variable

# Steps of the scan for steady states within one width of the sigmoid.
_FINENESS = 40


def rate(v, q_max, theta, sigma):
    """Return the mean rate q_max / (1 + exp(-(v - theta)/sigma)), Hz."""
    return q_max / (1 + np.exp((theta - v) / sigma))


def flow(y, z, u, p):
    """Return the rates of change of V_e, V_r, V_s (V) and phi_e (Hz), and of their slopes."""
    q_max, theta, sigma, alpha, beta, gamma, ee, ei, es, re, rs, se, sr, sn = p
    product, total = alpha * beta, alpha + beta
    q_e, q_r, q_s = rate(y[0], q_max, theta, sigma), rate(y[1], q_max, theta, sigma), rate(y[2], q_max, theta, sigma)
    return (
        y[4],
        y[5],
        y[6],
        y[7],
        product * (ee * y[3] + ei * q_e + es * rate(z[1], q_max, theta, sigma) - y[0]) - total * y[4],
        product * (re * z[0] + rs * q_s - y[1]) - total * y[5],
        product * (se * z[0] + sr * q_r + sn * u[0] - y[2]) - total * y[6],
        gamma * gamma * (q_e - y[3]) - 2 * gamma * y[7],
    )


def observe(y, z, u, p):
    """Return the cortical field and the three rates, Hz."""
    q_max, theta, sigma = p[:3]
    return (
        y[3],
        rate(y[0], q_max, theta, sigma),
        rate(y[1], q_max, theta, sigma),
        rate(y[2], q_max, theta, sigma),
    )


@described
class CorticothalamicField(MassModel):
    """D V_a = sum_b nu_ab phi_b(t - tau_ab), phi_e'' / gamma^2 + 2 phi_e' / gamma + (1 - r_e^2 lap) phi_e = Q(V_e).

    D = (1/(alpha beta)) d^2/dt^2 + (1/alpha + 1/beta) d/dt + 1. The state is the spatially uniform mode; the questions
    that take a wave number are about small waves upon it.

    Source: robinson2001; robinson2002.
    Assumptions: inhibitory cortical cells receive what excitatory ones do, so that V_i = V_e; only the excitatory
    cortical field has a range; cortex and thalamus are t0/2 apart, each way; one sigmoid Q(V) for all.

    Parameters
    ----------
    q_max, theta, sigma : float
        Maximal rate (Hz), potential of half of it (V), scale in the exponential (V).
    alpha, beta : float
        Decay and rise of the synaptodendritic kernel, 1/s.
    gamma : float
        Damping rate of the cortical field, its wave velocity over its range, 1/s.
    r_e : float
        Range of excitatory cortical axons, m.
    t0 : float
        Delay of the whole corticothalamic loop, s.
    nu_ee, nu_ei, nu_es, nu_re, nu_rs, nu_se, nu_sr, nu_sn : float
        Strength of each connection (to, from), the area of its kernel times the number of synapses, V s; e, i cortex,
        r reticular, s relay nuclei, n input.
    phi_n : float
        Operating rate of the input to the relay nuclei, Hz.
    """

    q_max: Quantity = quantity("Hz", above=0)
    theta: Quantity = quantity("V")
    sigma: Quantity = quantity("V", above=0)
    alpha: Quantity = quantity("1/s", above=0)
    beta: Quantity = quantity("1/s", above=0)
    gamma: Quantity = quantity("1/s", above=0)
    r_e: Quantity = quantity("m", above=0)
    t0: Quantity = quantity("s", at_least=0)
    nu_ee: Quantity = quantity("V*s")
    nu_ei: Quantity = quantity("V*s")
    nu_es: Quantity = quantity("V*s", above=0)
    nu_re: Quantity = quantity("V*s")
    nu_rs: Quantity = quantity("V*s")
    nu_se: Quantity = quantity("V*s")
    nu_sr: Quantity = quantity("V*s")
    nu_sn: Quantity = quantity("V*s")
    phi_n: Quantity = quantity("Hz")

    VARIABLES = (
        Variable("V_e", "V", "cortical potential"),
        Variable("V_r", "V", "reticular potential"),
        Variable("V_s", "V", "relay potential"),
        Variable("phi_e", "Hz", "cortical field"),
        Variable("V_e_slope", "V/s", "slope of the cortical potential"),
        Variable("V_r_slope", "V/s", "slope of the reticular potential"),
        Variable("V_s_slope", "V/s", "slope of the relay potential"),
        Variable("phi_e_slope", "Hz/s", "slope of the cortical field"),
    )
    INPUTS = (Variable("phi_n", "Hz", "input to the relay nuclei"),)
    OUTPUTS = (
        Variable("phi_e", "Hz", "cortical field"),
        Variable("Q_e", "Hz", "cortical rate"),
        Variable("Q_r", "Hz", "reticular rate"),
        Variable("Q_s", "Hz", "relay rate"),
    )
    CITATION = "robinson2002"
    flow = staticmethod(flow)
    observe = staticmethod(observe)

    @property
    def parameters(self) -> tuple[float, ...]:
        """The numbers that ``flow`` unpacks."""
        cells = (self.q_max, self.theta, self.sigma, self.alpha, self.beta, self.gamma)
        cortex = (self.nu_ee, self.nu_ei, self.nu_es)
        return (*cells, *cortex, self.nu_re, self.nu_rs, self.nu_se, self.nu_sr, self.nu_sn)

    @property
    def delayed(self) -> tuple[Delayed, ...]:
        """The cortical field in the thalamus, and the relay potential in the cortex, half a loop late."""
        return Delayed("phi_e", self.t0 / 2), Delayed("V_s", self.t0 / 2)

    @property
    def pivots(self) -> dict[str, Pivot]:
        """Potential (V) and rate (Hz) at which a change of ``sigma`` does nothing: theta and half of q_max."""
        return {"sigma": pivot_at("sigma", self.theta, self.q_max / 2)}

    def steady_curve(self) -> SteadyCurve:
        """Return V_e as the one unknown: Q_s follows from the cortical balance, then V_r, then V_s, which must give it.

        The bounds hold every root, since all rates lie between 0 and q_max; the scan has 40 steps to a width of the
        sigmoid.
        """
        own = self.nu_ee + self.nu_ei

        def potentials(v_e):
            q_e = self._rate(v_e)
            v_r = self.nu_re * q_e + self.nu_rs * (v_e - own * q_e) / self.nu_es
            v_s = self.nu_se * q_e + self.nu_sr * self._rate(v_r) + self.nu_sn * self.phi_n
            return q_e, v_r, v_s

        def residual(v_e):
            q_e, _, v_s = potentials(v_e)
            return v_e - own * q_e - self.nu_es * self._rate(v_s)

        def lift(v_e):
            q_e, v_r, v_s = potentials(v_e)
            return np.array([v_e, v_r, v_s, q_e, 0.0, 0.0, 0.0, 0.0])

        lower = min(0.0, own * self.q_max)
        upper = (max(0.0, own) + self.nu_es) * self.q_max
        samples = int(2 * _FINENESS * (upper - lower) / self.sigma) + 1001
        return SteadyCurve(residual=residual, lift=lift, lower=lower, upper=upper, samples=samples)

    def loop_strengths(self, state: ArrayLike | None = None) -> tuple[float, float, float]:
        """Return X, Y, Z (1) of the cortical, corticothalamic and intrathalamic loops about ``state`` (n,).

        Source: robinson2002.
        Assumptions: X + Y = 1 is the boundary of stability at zero frequency.
        """
        v_e, v_r, v_s = (self.resting_state().state if state is None else np.asarray(state))[:3]
        rho_e, rho_r, rho_s = (self._slope(v) for v in (v_e, v_r, v_s))
        g_ee, g_ei, g_es = (rho_e * nu for nu in (self.nu_ee, self.nu_ei, self.nu_es))
        g_re, g_rs, g_se, g_sr = rho_r * self.nu_re, rho_r * self.nu_rs, rho_s * self.nu_se, rho_s * self.nu_sr
        g_srs = g_sr * g_rs
        corticothalamic = (g_es * g_se + g_es * g_sr * g_re) / ((1 - g_srs) * (1 - g_ei))
        return (
            float(g_ee / (1 - g_ei)),
            float(corticothalamic),
            float(-g_srs * self.alpha * self.beta / (self.alpha + self.beta) ** 2),
        )

    @takes(wave_number="1/m")
    def waves(self, wave_number: float, state: ArrayLike | None = None) -> Linearisation:
        """Return the linear system of small waves of ``wave_number`` (rad/m) upon a uniform ``state`` (n,)."""
        return self._with_wave(self.linearise(state), wave_number)

    @takes(wave_number="1/m")
    def wave_eigenvalues(self, wave_number: float, state: ArrayLike | None = None, number: int = 10) -> Array:
        """Return the ``number`` rightmost eigenvalues (1/s) of waves of ``wave_number`` (rad/m)."""
        return rightmost_eigenvalues(self.waves(wave_number, state), number)

    @takes(frequency="Hz", side="m", cut_off="1/m")
    def field_spectrum(
        self,
        frequency: ArrayLike,
        state: ArrayLike | None = None,
        *,
        side: float = 0.5,
        cut_off: float = 10.0,
        modes: int = 10,
        noise: float = 1.0,
    ) -> Array:
        """Return the one-sided density of phi_e at a point of a sheet, summed over spatial modes, Hz^2/Hz.

        Source: robinson2001; abeysuriya2014.
        Assumptions: the input is white in time and over the modes of a periodic square sheet; the skull passes a wave
        k with exp(-k^2 / cut_off^2) of its power.

        Parameters
        ----------
        frequency : (...) array
            Hz.
        state : (n,) array, optional
            Uniform steady state; the resting one if left out.
        side : float
            Of the sheet, m.
        cut_off : float
            k0 of the skull, rad/m.
        modes : int
            Waves with up to this many periods along each side are summed.
        noise : float
            Intensity of the white input of each mode, Hz sqrt(s).

        Returns
        -------
        (...) array
            Hz^2/Hz.
        """
        uniform, s = self.linearise(state), 2j * np.pi * np.asarray(frequency, dtype=float)
        step = np.arange(-modes, modes + 1)
        squares, counts = np.unique(step[:, None] ** 2 + step[None, :] ** 2, return_counts=True)
        total = np.zeros(s.shape)
        for square, count in zip(squares, counts, strict=True):
            k = 2 * np.pi / side * np.sqrt(square)
            response = self._with_wave(uniform, k).transfer(s)[..., 0, 0]
            total += count * np.exp(-((k / cut_off) ** 2)) * np.abs(response) ** 2
        return 2 * noise**2 * total

    def _with_wave(self, uniform: Linearisation, wave_number: float) -> Linearisation:
        state = np.array(uniform.state)
        state[7, 3] -= (self.gamma * wave_number * self.r_e) ** 2
        return Linearisation(**{**vars(uniform), "state": state})

    def _rate(self, v: ArrayLike) -> Array:
        with np.errstate(over="ignore"):
            return rate(np.asarray(v), self.q_max, self.theta, self.sigma)

    def _slope(self, v: float) -> float:
        q = float(self._rate(v))
        return q / self.sigma * (1 - q / self.q_max)
