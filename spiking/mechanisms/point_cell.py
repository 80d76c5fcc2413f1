"""What mechanisms of the membrane ask of a population: cells that integrate and fire."""

from ..cells import PointCell
from ..population import Population


def point_cell(identifier: str, population: Population) -> PointCell:
    """Return the cell of a population of point cells, or refuse another kind."""
    if not isinstance(population.cell, PointCell):
        raise ValueError(
            f"{identifier}: {population.name} is not made of point cells, on whose membrane it acts; choose another "
            "population or reading."
        )
    return population.cell
