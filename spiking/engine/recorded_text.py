"""What a model keeps of each cell: sums over the analysed steps, or over the steps of a sample."""

from .fragments import Fragment, Variable, state
from .structure import Structure


def steady_record(structure: Structure) -> Fragment:
    """Count spikes and sum moments over the analysed steps: of deviations from the first analysed potential."""
    v = "v_free" if structure.cell.startswith("escape") else "v"
    variables = state("volt", "reference", "sum_v_free", "sum_v") + state("volt**2", "sum_square")
    variables += state("1", "spikes_first", "spikes_second")
    lines = (
        "reference = reference * going_on + v_free * (1 - going_on)",
        "deviation = v_free - reference",
        "sum_v_free = sum_v_free * going_on + deviation",
        "sum_square = sum_square * going_on + deviation * deviation",
        f"sum_v = sum_v * going_on + ({v} - reference)",
        "spikes_first = spikes_first * going_on + spike * (1 - late)",
        "spikes_second = spikes_second * going_on + spike * late",
    )
    return Fragment(variables, lines)


def recorded(**quantities: tuple[str, str]) -> Fragment:
    """Sum quantities over the steps of the present sample; the ensembles' samples are made of these sums."""
    variables = (Variable("share", "1", "cell"), Variable("ensemble", "1", "integer"))
    for name, (unit, _) in quantities.items():
        variables += state(unit, f"recent_{name}")
    lines = tuple(f"recent_{name} = recent_{name} * going_on + {value}" for name, (_, value) in quantities.items())
    return Fragment(variables, lines)


def varying_record(structure: Structure) -> Fragment:
    """Keep spikes and both potentials of every sample."""
    v = "v_free" if structure.cell.startswith("escape") else "v"
    more = {"v_free_dendrite": ("volt", "v_free_dendrite")} if structure.dendrite else {}
    more |= {"events": ("1", "new_event"), "bursts": ("1", "new_burst")} if structure.bursts else {}
    return recorded(spikes=("1", "spike"), v_free=("volt", "v_free"), v=("volt", v), **more)


def probe_record() -> Fragment:
    """Keep the change that the probe spike makes, and the potential without it."""
    return recorded(response=("volt", "(v_probe - v_free)"), v_free=("volt", "v_free"))
