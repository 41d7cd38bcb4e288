"""Who does something, as an argument of use cases: so the API, a rule or a job can do what a click does."""

from dataclasses import dataclass

from app.core.errors import Forbidden
from app.core.permissions import AnyPermission


@dataclass(frozen=True, slots=True)
class Actor:
    """A person by `id` and `name`; a token, a rule or another system (Stripe, WordPress) by its name alone.

    `name` is what the audit log keeps, whatever becomes of them. `address` is the IP address they ask from; empty where
    nobody asks, as in a job. `permissions` is what they may do in the account at hand; None means everything.
    """

    id: int | None
    name: str
    address: str = ""
    permissions: frozenset[AnyPermission] | None = frozenset()

    @property
    def short_name(self) -> str:
        """The name without the address that goes with a person's."""
        return self.name.partition(" <")[0]

    def may(self, permission: AnyPermission) -> bool:
        """Whether they have the permission."""
        return self.permissions is None or permission in self.permissions

    def require(self, permission: AnyPermission) -> None:
        """Raise Forbidden unless they have the permission."""
        if not self.may(permission):
            raise Forbidden()


THE_APP = Actor(None, "", permissions=None)
"""Work that nobody asked for: what a schedule or an event begins."""
