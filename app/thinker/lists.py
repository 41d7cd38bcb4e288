"""The list of the versions of a prompt."""

from collections.abc import Mapping

from sqlalchemy import select

from app.core.languages import N_
from app.core.listing.pages import Page, fetch_page
from app.core.listing.spec import Column, ListSpec, Sort
from app.thinker.models import PromptVersion

VERSION_LIST = ListSpec(
    id=PromptVersion.id,
    account=PromptVersion.account_id,
    columns=(Column(N_("Version"), "number"), Column(N_("Saved"), "saved"), Column(N_("Actions"), hidden=True)),
    sorts=(Sort("number", PromptVersion.number), Sort("saved", PromptVersion.created_at)),
    default_sort="-number",
    per_page=20,
)


def list_versions(account_id: int, key: str, values: Mapping[str, str]) -> Page[PromptVersion]:
    """One page of the versions of this operation, the newest first."""
    query = VERSION_LIST.read(values)
    conditions = VERSION_LIST.where(account_id, None, query)
    return fetch_page(VERSION_LIST, query, select(PromptVersion).where(PromptVersion.operation == key, *conditions))
