"""What a population is: cells of one kind, their afferents and their noise. Its size belongs to the protocol."""

from dataclasses import replace
from typing import Any

from ..units import Quantity, described, quantity
from .burst_cells import TwoCompartmentCell
from .cells import Cell
from .synapses import Afferent, MembraneNoise, Receptor, Site, Synapse


@described
class Population:
    """Cells of one kind that differ in threshold only, with private afferents and private membrane noise."""

    name: str
    cell: Cell
    afferents: tuple[Afferent, ...] = ()
    noise: MembraneNoise | None = None
    current: Quantity = quantity("A", default=0.0)

    def _check(self) -> None:
        names = [afferent.name for afferent in self.afferents]
        if len(set(names)) != len(names):
            raise ValueError(f"Population.afferents: names {names} repeat; give each afferent its own name.")
        kinds = [synapse.label for synapse in self.synapses]
        if len(set(kinds)) != len(kinds):
            raise ValueError(f"Population.afferents: receptors {kinds} repeat; one synapse for each receptor and site.")
        dendritic = [synapse.label for synapse in self.synapses if synapse.site != "soma"]
        if dendritic and not isinstance(self.cell, TwoCompartmentCell):
            raise ValueError(
                f"Population.afferents: {', '.join(dendritic)} on cells without a dendrite; leave the site at 'soma'."
            )
        for afferent in self.afferents:
            if afferent.presynaptic is not None and afferent.presynaptic.source not in names:
                raise ValueError(
                    f"Population.afferents: {afferent.presynaptic.source!r}, which acts on the terminals of "
                    f"{afferent.name!r}, is not among {names}; name one of them."
                )

    @property
    def synapses(self) -> tuple[Synapse, ...]:
        """All synapses, in the order of their afferents."""
        return tuple(synapse for afferent in self.afferents for synapse in afferent.synapses)

    def afferent(self, name: str) -> Afferent:
        """Return the afferent called ``name``."""
        for afferent in self.afferents:
            if afferent.name == name:
                return afferent
        known = ", ".join(a.name for a in self.afferents) or "none"
        raise ValueError(f"{self.name} has no afferent {name!r}; it has: {known}.")

    def synapse(self, receptor: Receptor, site: Site = "soma") -> Synapse:
        """Return the synapse with this receptor on this compartment."""
        for synapse in self.synapses:
            if synapse.receptor == receptor and synapse.site == site:
                return synapse
        known = ", ".join(s.label for s in self.synapses) or "none"
        raise ValueError(f"{self.name} has no {receptor} synapse on its {site}; it has: {known}.")

    def with_cell(self, **changes: Any) -> "Population":
        """Return the population with these fields of its cell changed."""
        return replace(self, cell=replace(self.cell, **changes))

    def with_synapse(self, receptor: Receptor, site: Site = "soma", **changes: Any) -> "Population":
        """Return the population with these fields of the synapse with this receptor on this compartment changed."""
        old = self.synapse(receptor, site)
        new = replace(old, **changes)
        afferents = tuple(
            replace(a, synapses=tuple(new if s is old else s for s in a.synapses)) for a in self.afferents
        )
        return replace(self, afferents=afferents)

    def with_afferent(self, name: str, **changes: Any) -> "Population":
        """Return the population with these fields of one afferent changed."""
        old = self.afferent(name)
        return replace(self, afferents=tuple(replace(a, **changes) if a is old else a for a in self.afferents))
