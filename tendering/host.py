"""Who runs a tender: the agency that is entrusted with it, else the purchaser. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from parties.states import Kind


class Hosted:
    """Something with the purchaser and the agency of a tender: its row, or its facts."""

    __slots__ = ()

    if TYPE_CHECKING:
        purchaser_id: UUID
        agency_id: UUID | None

    @property
    def host_id(self) -> UUID:
        """The organisation that runs the tender."""
        return self.agency_id or self.purchaser_id

    @property
    def host_kind(self) -> Kind:
        """The capacity in which it does."""
        return Kind.AGENCY if self.agency_id else Kind.PURCHASER
