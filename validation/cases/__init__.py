"""Published numbers that the package must meet, each with its source, ours beside it, and the agreeing digits."""

from .bursting import hcn_block, layer_five_cell
from .case import Case as Case
from .case import CaseRow as CaseRow
from .case import published
from .eif_response import response_times
from .exact import augustin_eif, schuecker_filtered, schuecker_white, shot_noise
from .finite_size import divolo_template, schwalger_spectrum
from .larkum import somatic_curve
from .mass_models import eyes_closed, jansen_rit_bifurcations
from .microcircuit import full_microcircuit, scaled_microcircuit
from .quadratic_network import quadratic_states
from .sparse_network import sparse_states
from .steady_states import dynamic_mean_field, montbrio_pazo_roxin
from .working_memory import memory_states

_RUNS = {
    "L1": schuecker_white,
    "L2": schuecker_filtered,
    "L3": augustin_eif,
    "L4": response_times,
    "L5": eyes_closed,
    "L6": montbrio_pazo_roxin,
    "L7": jansen_rit_bifurcations,
    "L8": shot_noise,
    "L9": quadratic_states,
    "L10": sparse_states,
    "L11": memory_states,
    "L12": layer_five_cell,
    "L13": hcn_block,
    "L14": somatic_curve,
    "L15": dynamic_mean_field,
    "L16": divolo_template,
    "L17": schwalger_spectrum,
    "L18": scaled_microcircuit,
    "L18-full": full_microcircuit,
}

CASES: dict[str, Case] = {
    identifier: Case(
        id=identifier,
        title=published()[identifier]["title"],
        source=published()[identifier]["source"],
        kind=published()[identifier]["kind"],
        run=run,
        only_by_name=published()[identifier].get("only_by_name", False),
    )
    for identifier, run in _RUNS.items()
}
