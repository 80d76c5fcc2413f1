"""Arrays as they are given: the annotation of fields, what is refused in them, and sets of equal parameters."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

# The same device as `units.Quantity`: numbers and lists go in, an array comes out. At run time it is the array type.
if TYPE_CHECKING:

    class GivenArray:
        """Field annotation: holds an array of floats; takes anything NumPy can make one of."""

        def __get__(self, instance: object, owner: type) -> NDArray[np.float64]: ...
        def __set__(self, instance: object, value: ArrayLike) -> None: ...

else:
    GivenArray = NDArray[np.float64]


def element(shape: tuple[int, ...], place: int) -> str:
    """Return the index of the element at a place of a flattened array as text, "" for a single number."""
    return f"[{', '.join(map(str, np.unravel_index(place, shape)))}]" if shape else ""


def require_finite(caller: str, **given: ArrayLike) -> None:
    """Raise ``ValueError`` in the name of ``caller`` for the first number that is not finite; the names are its own."""
    for name, values in given.items():
        array = np.asarray(values)
        finite = np.isfinite(array)
        if not np.all(finite):
            first = int(np.argmin(finite))
            raise ValueError(
                f"{caller}: {name}{element(array.shape, first)} = {array.ravel()[first]} is not finite; give finite "
                "numbers."
            )


def parameter_sets(*parameters: NDArray[np.floating]) -> Iterator[tuple[tuple[float, ...], NDArray[np.intp]]]:
    """Yield every different set among parameters of one shape, with the places in the flattened arrays it stands at.

    What holds for one set of numbers, a grid say, is then built once and not for each element.
    """
    rows = np.stack([array.ravel() for array in parameters], axis=1)
    sets, which = np.unique(rows, axis=0, return_inverse=True)
    for index, values in enumerate(sets.tolist()):
        yield tuple(values), np.flatnonzero(which.ravel() == index)
