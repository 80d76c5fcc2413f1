"""Published numbers that the package must meet, each with its source, ours beside it, and the agreeing digits."""

from .case import Case as Case
from .case import CaseRow as CaseRow
from .case import published
from .exact import augustin_eif, schuecker_filtered, schuecker_white, shot_noise
from .larkum import somatic_curve

_RUNS = {"L1": schuecker_white, "L2": schuecker_filtered, "L3": augustin_eif, "L8": shot_noise, "L14": somatic_curve}

CASES: dict[str, Case] = {
    identifier: Case(
        id=identifier,
        title=published()[identifier]["title"],
        source=published()[identifier]["source"],
        kind=published()[identifier]["kind"],
        run=run,
    )
    for identifier, run in _RUNS.items()
}
