"""Systems with known answers, defined in a file so that they can be compiled."""

from mesobridge.meanfield.dynamics import Delayed, System, Variable


def oscillator_flow(y, z, u, p):
    damping, stiffness = p
    return y[1], -stiffness * y[0] - damping * y[1] + u[0]


def first(y, z, u, p):
    return (y[0],)


def feedback_flow(y, z, u, p):
    return (p[0] * y[0] + p[1] * z[0] + u[0],)


def relaxation_flow(y, z, u, p):
    return ((u[0] - y[0]) / p[0],)


def input_seen(y, z, u, p):
    return (y[0] + u[0],)


def _system(name, size, flow, observe, parameters, operating=(0.0,), delayed=()):
    variables = tuple(Variable(f"x{k}", "1", f"variable {k}") for k in range(size))
    inputs = (Variable("drive", "1", "drive"),)
    return System(
        name, variables, inputs, (Variable("seen", "1", "seen"),), flow, observe, parameters, operating, delayed
    )


def oscillator(damping=2.0, stiffness=400.0):
    """x'' = -stiffness x - damping x' + u."""
    return _system("oscillator", 2, oscillator_flow, first, (damping, stiffness))


def feedback(now=0.0, late=-1.0, delay=1.0):
    """x' = now x + late x(t - delay) + u."""
    return _system("feedback", 1, feedback_flow, first, (now, late), delayed=(Delayed("x0", delay),))


def relaxation(tau=0.02, operating=0.0, observe=first):
    """x' = (u - x)/tau."""
    return _system("relaxation", 1, relaxation_flow, observe, (tau,), (operating,))
