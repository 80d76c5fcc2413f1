"""Mean-field theory that stands alone: sigmoids, kernels, rate formulas, membrane moments and the neural mass.

Nothing here knows of Brian2 or of recordings. SI floats everywhere. The names stand in ``__init__.pyi``; each is
fetched from its file when it is first used, so that a sigmoid does not wait for the compiler of population densities.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
