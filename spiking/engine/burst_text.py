"""Events and bursts as text, and the pulses that a cell can be given: what bursting cells need besides a membrane."""

from .fragments import Fragment, Variable, shared, state
from .structure import Structure


def spike_age(structure: Structure) -> Fragment:
    """Keep the time since a cell's last spike, and tell events and bursts apart.

    A spike begins an event unless another one came within the window before it; the second spike of an event makes it a
    burst. Both are dated within the step, so that the window does not depend on dt.
    """
    text = Fragment(state("1", "since"), ("since = since + 1",))
    if structure.bursts:
        lines = (
            "soon = int(since - late_by <= window_steps)",
            "new_event = spike * (1 - soon)",
            "new_burst = spike * soon * int(train < 1.5)",
            "train = spike * (1 + train * soon) + train * (1 - spike)",
        )
        text += Fragment(state("1", "train") + shared("1", "window_steps"), lines)
    return text + Fragment((), ("since = since * (1 - spike) + late_by * spike",))


def steady_burst_record(structure: Structure) -> Fragment:
    """Sum what the steady experiments of bursting cells keep besides spikes and somatic potentials."""
    text = Fragment()
    if structure.bursts:
        lines = ("events = events * going_on + new_event", "bursts = bursts * going_on + new_burst")
        text += Fragment(state("1", "events", "bursts"), lines)
    if structure.pulses:
        return text + _pulse_record(structure)
    if structure.dendrite:
        names = state("volt", "reference_dendrite", "sum_v_dendrite") + state("volt**2", "sum_square_dendrite")
        lines = (
            "reference_dendrite = reference_dendrite * going_on + v_free_dendrite * (1 - going_on)",
            "deviation_dendrite = v_free_dendrite - reference_dendrite",
            "sum_v_dendrite = sum_v_dendrite * going_on + deviation_dendrite",
            "sum_square_dendrite = sum_square_dendrite * going_on + deviation_dendrite * deviation_dendrite",
        )
        text += Fragment(names, lines)
    return text


def _pulse_record(structure: Structure) -> Fragment:
    """Keep when the first spike came, in steps, and the highest dendritic potential."""
    none_yet = "int(first_spike < 0)"
    reset = "first_spike = first_spike * going_on - (1 - going_on)"
    found = f"first_spike = first_spike + spike * {none_yet} * (t_in_timesteps - first_step + 2 - late_by)"
    text = Fragment(state("1", "first_spike"), (reset, found))
    if structure.dendrite:
        line = "peak = clip(v_dendrite / volt, peak / volt * going_on - 1 * (1 - going_on), 1) * volt"
        text += Fragment(state("volt", "peak"), (line,))
    return text


def pulse_drive(structure: Structure) -> Fragment:
    """Make the currents of one condition for each cell: pulses into the soma, one slow current into the dendrite.

    The area of the pulses up to any time is known in closed form; a step gets the difference of two of them, so that
    a pulse carries exactly its charge wherever it begins within a step.
    """
    cell = [Variable(name, "1", "cell") for name in ("pulse_onset", "pulse_period", "pulse_last", "pulse_width")]
    cell += [Variable("pulse_size", "amp", "cell")]
    lines = []
    for name, at in (("from", 0), ("till", 1)):
        lines += [
            f"time_{name} = clip(t_in_timesteps + {at} - first_step - pulse_onset, 0, 1e9)",
            f"pulse_{name} = clip(floor(time_{name} / pulse_period), 0, pulse_last)",
            f"part_{name} = clip(time_{name} - pulse_{name} * pulse_period, 0, pulse_width)",
            f"area_{name} = pulse_{name} * pulse_width + part_{name}",
        ]
    lines += ["drive = pulse_size * (area_till - area_from)"]
    if structure.dendrite:
        cell += [Variable(name, "1", "cell") for name in ("epsc_onset", "epsc_rise", "epsc_decay")]
        cell += [Variable("epsc_size", "amp", "cell")]
        lines += [
            "epsc_age = clip(t_in_timesteps + 0.5 - first_step - epsc_onset, 0, 1e9)",
            "epsc_shape = exp(-epsc_age / epsc_decay) - exp(-epsc_age / epsc_rise)",
            "drive_dendrite = epsc_size * epsc_shape",
        ]
    return Fragment(tuple(cell), tuple(lines))
