"""What one time step does to exponentials and to coloured noise, exactly."""

import math


def step_average(dt: float, time_constant: float) -> float:
    """Return the average over a step of an exponential that starts at 1 with it."""
    return -math.expm1(-dt / time_constant) * time_constant / dt


def noise_step(dt: float, time_constant: float) -> tuple[float, float, float]:
    """Return what a step keeps of a noise current, the scale of the held current, and its renewed share.

    A kick is the product of the last two and the standard deviation. A first-order autoregression of standard deviation
    s has the spectrum s^2 dt coth(dt / 2 tau) at frequency 0; the continuous process has 2 s^2 tau. The held current is
    scaled by the square root of their ratio.
    """
    scale = math.sqrt(2 * time_constant / dt * math.tanh(dt / (2 * time_constant)))
    return math.exp(-dt / time_constant), scale, math.sqrt(-math.expm1(-2 * dt / time_constant))
