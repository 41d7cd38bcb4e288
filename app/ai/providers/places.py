"""Whose an endpoint is: how its errors call it and its settings, and which private addresses it may lead to."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.ai.endpoints import Endpoint
from app.core import own_hosts

PAGE = "Settings → AI"


@dataclass(frozen=True, slots=True)
class ProviderName:
    """The provider of an account by its name; the installation's own endpoint without one."""

    provider: str = ""

    @property
    def service(self) -> str:
        """The service, in a sentence."""
        return f"“{self.provider}”" if self.provider else "the AI service"

    @property
    def key(self) -> str:
        """Where its key is set."""
        return f"the key of “{self.provider}” under {PAGE}" if self.provider else "OPENAI_API_KEY"

    @property
    def address(self) -> str:
        """Where its address is set."""
        return f"the address of “{self.provider}” under {PAGE}" if self.provider else "OPENAI_BASE_URL"

    @property
    def other_model(self) -> str:
        """How another model is chosen."""
        return (
            f"choose another model of “{self.provider}” under {PAGE}"
            if self.provider
            else ("choose another one with OPENAI_MODEL")
        )

    @property
    def inside(self) -> str:
        """What to do when the address leads into a private network."""
        if self.provider:
            return f"Providers of accounts are called on the internet alone. Check {self.address}."
        return "If it belongs to your own network, add its host to ALLOWED_PRIVATE_HOSTS; else check OPENAI_BASE_URL."


INSTALLATION = ProviderName()


def place_of(endpoint: Endpoint) -> ProviderName:
    """Whose this endpoint is."""
    return ProviderName(endpoint.provider_name or "Your provider") if endpoint.provider_id else INSTALLATION


def private_hosts_of(endpoint: Endpoint, config: Mapping[str, Any]) -> tuple[str, ...]:
    """The private hosts that may be called for this endpoint.

    The installation's own address may plainly name one; an account's may not, unless AI_PRIVATE_HOSTS lists it.
    """
    if endpoint.provider_id:
        return tuple(config.get("AI_PRIVATE_HOSTS") or ())
    return own_hosts.private_hosts_for_url(endpoint.base_url or "", config.get("ALLOWED_PRIVATE_HOSTS") or ())
