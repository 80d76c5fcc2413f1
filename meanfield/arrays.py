"""The annotation of array fields: what a type checker may put in is wider than what it gets out."""

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
