"""What the cells of a circuit need besides a population's text: inputs that are set from outside, and what they send.

``spiked`` is what a cell hands to its targets at the end of a step. A saturating gate follows its cell's spikes: with
opening a = alpha x and closing b = 1/decay held over a step, s relaxes exactly to a/(a + b); targets see its mean over
the step. ``x`` is averaged over the step as every other gate is.
"""

from .fragments import Fragment, shared, signals, state
from .structure import Structure


def circuit_drive(structure: Structure) -> Fragment:
    """Make what stimuli move: the mean numbers of presynaptic spikes in a step, the currents."""
    names = [f"mean_{number}" for number in structure.driven]
    lines = tuple(f"none_{number} = exp(-mean_{number})" for number in structure.driven)
    text = Fragment(signals("1", *names), lines)
    text += Fragment(signals("amp", "drive")) if structure.driven_soma else Fragment()
    return text + (Fragment(signals("amp", "drive_dendrite")) if structure.driven_dendrite else Fragment())


def sent(structure: Structure) -> Fragment:
    """Follow the saturating gates of each cell, then keep this step's spikes."""
    text = Fragment(state("1", "spiked"))
    for number in range(structure.senders):
        text += _saturating_gate(number)
    return text + Fragment((), ("spiked = spike",))


def _saturating_gate(number: int) -> Fragment:
    """Relax one saturating gate over the step; the spikes of the step before arrive at its start."""
    n = str(number)
    variables = state("1", f"sender_x_{n}", f"sender_s_{n}", f"sent_{n}")
    variables += shared("1", f"sender_opening_{n}", f"sender_closing_{n}", f"sender_keep_{n}")
    lines = (
        f"sender_x_{n} = sender_x_{n} + spiked",
        f"opening_{n} = sender_opening_{n} * sender_x_{n}",
        f"relaxation_{n} = opening_{n} + sender_closing_{n}",
        f"aim_{n} = opening_{n} / relaxation_{n}",
        f"left_{n}_sent = exp(-relaxation_{n})",
        f"gap_{n} = sender_s_{n} - aim_{n}",
        f"sent_{n} = aim_{n} + gap_{n} * (1 - left_{n}_sent) / relaxation_{n}",
        f"sender_s_{n} = aim_{n} + gap_{n} * left_{n}_sent",
        f"sender_x_{n} = sender_x_{n} * sender_keep_{n}",
    )
    return Fragment(variables, lines)
