"""One stretch of time steps for many coupled nodes: plain loops that run as they stand, and compiled.

`compiled.py` copies the text of these functions next to that of a model's flow; only NumPy may be used here. There
``flow``, ``observe``, ``unpack`` and ``sizes`` = (variables, inputs, delayed arguments, outputs) become names of the
module instead of arguments: loops over constants are unrolled, which makes a node about five times faster. Whole arrays
with indices are passed down, for every view of an array costs as much as an exponential.
"""

import numpy as np


def couple(coupled, signals, head, starts, targets, lags, near, far):
    """Set ``coupled`` (nodes) to what arrives at the time of slot ``head``: source by source, so that each past is hot.

    ``signals`` (nodes, 2 length) holds every past twice, one after the other, so that no read wraps around. Places are
    unsigned: an index that may be negative costs a branch, which doubles the time of a connection. Without ``far`` all
    delays are whole steps.
    """
    coupled[:] = 0.0
    samples, length = signals.ravel(), signals.shape[1] // 2
    before = np.uint64(1)
    for source in range(signals.shape[0]):
        now = np.uint64(2 * source * length + head + length)
        first, end = starts[source], starts[source + 1]
        if len(far) == 0:
            for c in range(first, end):
                coupled[np.uint64(targets[c])] += near[c] * samples[now - np.uint64(lags[c])]
        else:
            for c in range(first, end):
                place = now - np.uint64(lags[c])
                coupled[np.uint64(targets[c])] += near[c] * samples[place] + far[c] * samples[place - before]


def recouple(coupled, signals, head, seen, output, fast, fast_sources, targets, near):
    """Correct ``coupled`` for connections faster than a step: their newest sample was a guess, ``seen`` is not."""
    for k in range(len(fast)):
        source = fast_sources[k]
        coupled[targets[fast[k]]] += near[fast[k]] * (seen[source, output] - signals[source, head])


def read_past(sizes, z, pasts, i, head, starts, weights, s):
    """Set ``z`` (delayed) of node ``i`` at stage ``s``, by interpolation in ``pasts`` (nodes, delayed, 2 length)."""
    length = pasts.shape[2] // 2
    for k in range(sizes[2]):
        place = head + length - starts[s, k]
        value = 0.0
        for w in range(weights.shape[2]):
            value += weights[s, k, w] * pasts[i, k, place - w]
        z[k] = value


def write_past(sizes, pasts, y, i, head, delayed):
    """Store the delayed variables of node ``i`` in slot ``head``."""
    for k in range(sizes[2]):
        pasts[i, k, head] = pasts[i, k, head + pasts.shape[2] // 2] = y[i, delayed[k]]


def build_stage(sizes, stage, y, rates, s, step, pasts, head, delayed):
    """Set ``stage`` (nodes, n) a ``step`` (s) ahead along the rates of stage ``s``, and store it in slot ``head``."""
    for i in range(y.shape[0]):
        for v in range(sizes[0]):
            stage[i, v] = y[i, v] + step * rates[s, i, v]
        write_past(sizes, pasts, stage, i, head, delayed)


def evaluate(
    flow,
    unpack,
    sizes,
    rates,
    s,
    stage,
    parameters,
    drive,
    now,
    noise,
    shaken,
    coupled,
    channel,
    pasts,
    head,
    starts,
    weights,
    y,
    z,
    u,
):
    """Set the rates (stages, nodes, n) of stage ``s`` to the flow there; ``y``, ``z``, ``u`` are room for one node."""
    for i in range(stage.shape[0]):
        for c in range(sizes[1]):
            u[c] = drive[now, i, c] + noise[shaken, i, c]
        if len(coupled) > 0:
            u[channel] += coupled[i]
        for v in range(sizes[0]):
            y[v] = stage[i, v]
        read_past(sizes, z, pasts, i, head, starts, weights, s)
        rate = flow(y, z, u, unpack(parameters, i))
        for v in range(sizes[0]):
            rates[s, i, v] = rate[v]


def look(
    observe, unpack, sizes, seen, stage, parameters, drive, now, coupled, channel, pasts, head, starts, weights, y, z, u
):
    """Set ``seen`` (nodes, o) to the outputs at ``stage``."""
    for i in range(stage.shape[0]):
        for c in range(sizes[1]):
            u[c] = drive[now, i, c]
        if len(coupled) > 0:
            u[channel] += coupled[i]
        for v in range(sizes[0]):
            y[v] = stage[i, v]
        read_past(sizes, z, pasts, i, head, starts, weights, starts.shape[0] - 1)
        outputs = observe(y, z, u, unpack(parameters, i))
        for o in range(sizes[3]):
            seen[i, o] = outputs[o]


def send(signals, head, seen, output):
    """Store the coupled output of every node in slot ``head``."""
    length = signals.shape[1] // 2
    for i in range(signals.shape[0]):
        signals[i, head] = signals[i, head + length] = seen[i, output]


def keep(sizes, record, row, y, seen):
    """Write the state and the outputs of every node into one row of ``record``."""
    for i in range(y.shape[0]):
        for v in range(sizes[0]):
            record[row, i, v] = y[i, v]
        for o in range(sizes[3]):
            record[row, i, sizes[0] + o] = seen[i, o]


def combine(sizes, y, rates, dt, stage_weights):
    """Advance ``y`` (nodes, n) by the weighted rates of all stages."""
    for i in range(y.shape[0]):
        for v in range(sizes[0]):
            total = 0.0
            for s in range(len(stage_weights)):
                total += stage_weights[s] * rates[s, i, v]
            y[i, v] += dt * total


def advance(
    flow,
    observe,
    unpack,
    sizes,
    first_step,
    dt,
    y,
    parameters,
    drive,
    noise,
    stage_times,
    stage_weights,
    delayed,
    pasts,
    past_starts,
    past_weights,
    coupled_input,
    coupled_output,
    signals,
    starts,
    targets,
    lags,
    near,
    far,
    fast,
    fast_sources,
    coupled,
    every,
    record,
):
    """Advance ``y`` (nodes, n) in place over ``record``'s stretch of steps, and record state and outputs so often.

    Parameters
    ----------
    flow, observe, unpack : functions
        The model's, and the one that turns a row of the parameters into a tuple: ``unpack(parameters, i)``.
    sizes : tuple of int
        Numbers of variables, inputs, delayed arguments and outputs.
    first_step : int
        Number of steps before this stretch.
    dt : float
        Step, s.
    y : (nodes, n) array
        State.
    parameters : (nodes, p) array
        Parameters of every node.
    drive : (steps + 1, nodes, m) or (1, nodes, m) array
        Inputs, held over each step.
    noise : (steps, nodes, m) or (1, nodes, m) array
        What white noise adds to them in each step.
    stage_times, stage_weights : (stages,) arrays
        The explicit Runge-Kutta scheme: when a stage is, how much it counts; each stage builds on the one before.
    delayed : (delays,) int array
        Which variables are delayed.
    pasts : (nodes, delays, 2 length) array
        Their past, written twice.
    past_starts, past_weights : (stages + 1, delays) and (stages + 1, delays, width) arrays
        Where each stage, and last the end of the step, reads the past, in steps before the end, with which weights.
    coupled_input, coupled_output : int
        Channels of the coupling between nodes.
    signals : (nodes, 2 length) array
        Past of the coupled output, written twice; no nodes without coupling.
    starts, targets, lags, near, far : arrays
        Connections sorted by source: first of each source, target, whole steps of delay, weights of the two samples
        (no ``far`` where all delays are whole steps).
    fast, fast_sources : (fast connections,) arrays
        Connections faster than a step, and their sources.
    coupled : (nodes,) array
        What arrives at the present time; empty without coupling.
    every : int
        Steps between records.
    record : (records, nodes, n + o) array
        Written.
    """
    last = len(stage_times) - 1
    length, signal_length, linked = pasts.shape[2] // 2, signals.shape[1] // 2, len(coupled) > 0
    rates, stage = np.zeros((last + 1, *y.shape)), y.copy()
    seen = np.zeros((y.shape[0], sizes[3]))
    one, z, u = np.zeros(sizes[0]), np.zeros(sizes[2]), np.zeros(sizes[1])
    head, slot, row, left = first_step % length, first_step % signal_length, 0, every
    for step in range(record.shape[0] * every):
        # Counted, since an integer division takes as long as an exponential.
        head, slot, left = (head + 1) * (head + 1 < length), (slot + 1) * (slot + 1 < signal_length), left - 1
        now, later, shaken = min(step, len(drive) - 1), min(step + 1, len(drive) - 1), min(step, len(noise) - 1)
        for s in range(last + 1):
            if s > 0:
                build_stage(sizes, stage, y, rates, s - 1, dt * stage_times[s], pasts, head, delayed)
            if linked and stage_times[s] == 1.0:
                if len(fast) > 0:
                    # What a connection faster than a step carries does not depend on what arrives.
                    look(
                        observe, unpack, sizes, seen, stage, parameters, drive, now, coupled, coupled_input,
                        pasts, head, past_starts, past_weights, one, z, u,
                    )  # fmt: skip
                    send(signals, slot, seen, coupled_output)
                couple(coupled, signals, slot, starts, targets, lags, near, far)
            evaluate(
                flow, unpack, sizes, rates, s, stage, parameters, drive, now, noise, shaken, coupled, coupled_input,
                pasts, head, past_starts, past_weights, one, z, u,
            )  # fmt: skip
        combine(sizes, y, rates, dt, stage_weights)
        build_stage(sizes, stage, y, rates, 0, 0.0, pasts, head, delayed)
        if linked and last == 0:
            couple(coupled, signals, slot, starts, targets, lags, near, far)
        if linked or left == 0:
            look(
                observe, unpack, sizes, seen, y, parameters, drive, later, coupled, coupled_input,
                pasts, head, past_starts, past_weights, one, z, u,
            )  # fmt: skip
        if linked:
            recouple(coupled, signals, slot, seen, coupled_output, fast, fast_sources, targets, near)
            send(signals, slot, seen, coupled_output)
        if left == 0:
            keep(sizes, record, row, y, seen)
            row, left = row + 1, every


def moved(state, step, rate):
    """Return the tuple state + step rate; where it is compiled, it is written out, as are the next functions."""
    return tuple(a + step * b for a, b in zip(state, rate, strict=True))


def standing(y):
    """Return the state of the only node in ``y`` (1, n) as a tuple."""
    return tuple(y[0])


def at_rest(y):
    """Return as many zeros as the only node in ``y`` (1, n) has variables, as a tuple."""
    return tuple(0.0 * y[0])


def held(drive, now):
    """Return the inputs of the only node in row ``now`` of ``drive`` (n, 1, m) as a tuple."""
    return tuple(drive[now, 0])


def added(drive, now, noise, shaken):
    """Return the same with what white noise adds in row ``shaken`` of ``noise``."""
    return tuple(drive[now, 0] + noise[shaken, 0])


def put_back(y, state):
    """Write the state of the only node into ``y`` (1, n)."""
    y[0] = state


def keep_alone(record, row, state, outputs):
    """Write the state and the outputs of the only node into one row of ``record``."""
    record[row, 0] = (*state, *outputs)


def advance_alone(
    flow, observe, unpack, sizes, dt, y, parameters, drive, noise, stage_times, stage_weights, every, record
):
    """Do the same steps as `advance`, to the last bit, for one node without delays; parameters are those of `advance`.

    Nothing has to be read from the past or sent, and the parameters are unpacked once. The state is a tuple, which
    stays in registers.
    """
    p, z, nothing = unpack(parameters, 0), np.zeros(sizes[2]), at_rest(y)
    state, row, left = standing(y), 0, every
    for step in range(record.shape[0] * every):
        now, later, shaken = min(step, len(drive) - 1), min(step + 1, len(drive) - 1), min(step, len(noise) - 1)
        u, stage, total = added(drive, now, noise, shaken), state, nothing
        for s in range(len(stage_times)):
            rate = moved(nothing, 1.0, flow(stage, z, u, p))
            total = moved(total, stage_weights[s], rate)
            if s + 1 < len(stage_times):
                stage = moved(state, dt * stage_times[s + 1], rate)
        state = moved(state, dt, total)
        left -= 1
        if left == 0:
            keep_alone(record, row, state, observe(state, z, held(drive, later), p))
            row, left = row + 1, every
    put_back(y, state)
