"""A parameter taken up and down again, the state carried along: what an experiment sees of a branch diagram."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from ..models.population_network import PopulationNetwork


def swept(
    network_at: Callable[[float], "PopulationNetwork"],
    values: Sequence[float],
    hold: float,
    dt: float,
    initial: np.ndarray | None,
) -> xr.Dataset:
    """Return the rates at each value on the way up and on the way down.

    Parameters
    ----------
    network_at : callable
        The network at a value of the parameter.
    values : sequence of float
        From first to last; the way down takes them backwards.
    hold : float
        Time at each value, s; means are over its second half.
    dt : float
        Time step, s.
    initial : (P,) array, optional
        Rates to start from, Hz; the lowest stable state at the first value unless given.

    Returns
    -------
    xarray.Dataset
        ``rate``, ``v`` and ``swing`` (standard deviation of the rate over the second half: an oscillation), each
        (direction, value, population).
    """
    there = np.asarray(values, dtype=float)
    state = network_at(float(there[0])).reference() if initial is None else np.asarray(initial, dtype=float)
    found: dict[str, list[list[np.ndarray]]] = {"rate": [], "v": [], "swing": []}
    for course in (there, there[::-1]):
        rows = []
        for value in course:
            run = network_at(float(value)).simulate(hold, dt, initial=state)
            late = run.isel(time=slice(run.sizes["time"] // 2, None))
            rows.append(
                (late["rate"].mean("time").values, late["v"].mean("time").values, late["rate"].std("time").values)
            )
            state = run["rate"].values[:, -1]
        rows = rows if course is there else rows[::-1]
        for key, column in zip(found, zip(*rows, strict=True), strict=True):
            found[key].append(list(column))
    facts = {
        "rate": ("Hz", "population rate"),
        "v": ("V", "mean free potential"),
        "swing": ("Hz", "standard deviation of the rate over time"),
    }
    names = [population.name for population in network_at(float(there[0])).populations]
    return xr.Dataset(
        {
            key: (
                ("direction", "value", "population"),
                np.array(rows),
                {"units": facts[key][0], "long_name": facts[key][1]},
            )
            for key, rows in found.items()
        },
        coords={"direction": ["up", "down"], "value": there, "population": names},
    )
