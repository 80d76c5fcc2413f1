"""What a simulation of a circuit keeps."""

from collections.abc import Sequence

from ...units import Quantity, described, quantity


@described
class CircuitRecord:
    """Rates and potentials per ``bin``; with ``potentials`` off only rates, counts and spikes.

    ``spikes`` is True for the spikes of all populations, or the names of those whose spikes are kept one by one.
    """

    bin: Quantity = quantity("s", default=1e-3, above=0)
    potentials: bool = True
    spikes: bool | tuple[str, ...] = False

    def spikes_of(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the populations among ``names`` whose spikes are kept.

        Raises
        ------
        ValueError
            If a population to be recorded is not among them.
        """
        if isinstance(self.spikes, bool):
            return tuple(names) if self.spikes else ()
        unknown = [name for name in self.spikes if name not in names]
        if unknown:
            raise ValueError(f"CircuitRecord.spikes: no population {unknown[0]!r}; there are: {', '.join(names)}.")
        return tuple(self.spikes)
