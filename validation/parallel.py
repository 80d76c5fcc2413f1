"""Many calls of one function, side by side in processes of their own, each done only once."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from .progress import Progress
from .store import Store

R = TypeVar("R")


def side_by_side(
    stage: str,
    function: Callable[..., R],
    calls: Sequence[tuple[Any, ...]],
    *,
    packages: tuple[str, ...],
    store: Store,
    workers: int,
    progress: Progress,
) -> list[R]:
    """Return ``[function(*call) for call in calls]``; what the store holds is read, the rest shared among processes.

    Parameters
    ----------
    stage : str
        What the work is called in the progress.
    function : callable
        Defined at the top of a module, so that a process can find it.
    calls : sequence of tuple
        The arguments of each call.
    packages : tuple of str
        Folders whose code the results depend on.
    store, workers, progress
        Where finished calls are kept, how many processes work, who is told.
    """
    progress.stage(stage, len(calls))
    missing = [number for number, call in enumerate(calls) if not store.has(function, *call, packages=packages)]
    progress.advance(len(calls) - len(missing))
    jobs = (delayed(store.call)(function, *calls[number], packages=packages) for number in missing)
    # The matrices are small: threads of the linear algebra inside each process would only wait for one another.
    with parallel_config("loky", n_jobs=min(workers, max(1, len(missing))), inner_max_num_threads=1):
        for _ in Parallel(return_as="generator_unordered")(jobs):
            progress.advance()
    return [store.call(function, *call, packages=packages) for call in calls]
