"""What an address of another site answered when it was asked, and how that is said. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.languages import N_, gettext

WORKS, MOVED, GONE, FAILING, REFUSED, UNREACHABLE = "works", "moved", "gone", "failing", "refused", "unreachable"
DEAD = (GONE, UNREACHABLE)
SAYS: Mapping[str, str] = {
    WORKS: N_("works"),
    REFUSED: N_("does not let programs look (%(status)s)"),
    FAILING: N_("fails at present (%(status)s)"),
    MOVED: N_("leads on to %(leads_to)s"),
    GONE: N_("is not there any more (%(status)s)"),
    UNREACHABLE: N_("cannot be reached"),
}


@dataclass(frozen=True, slots=True)
class LinkVerdict:
    """What an address answered when it was last asked."""

    address: str
    outcome: str
    status: int | None
    leads_to: str
    checked_at: datetime

    @property
    def is_dead(self) -> bool:
        """Whether it leads nowhere."""
        return self.outcome in DEAD

    @property
    def says(self) -> str:
        """What it answered, in words that go on from its address."""
        return gettext(SAYS[self.outcome], status=self.status, leads_to=self.leads_to)
