"""Who does something, as an argument of use cases: so the API, a rule or a job can do what a click does."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person by `id` and `name`; a token, a rule or another system (Stripe, WordPress) by its name alone.

    `name` is what the audit log keeps, whatever becomes of them. `address` is the IP address they ask from; empty
    where nobody asks, as in a job.
    """

    id: int | None
    name: str
    address: str = ""

    @property
    def short_name(self) -> str:
        """The name without the address that goes with a person's."""
        return self.name.partition(" <")[0]
