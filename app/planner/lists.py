"""The lists of the planner: keywords, clusters, ideas."""

import re
from typing import Any

from sqlalchemy import ColumnElement, Text, exists, func, select

from app.core.listing.filters import Filter, between, cases, choice, reference
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListSpec, Sort
from app.planner.models import CONTENT_STRUCTURES, CONTENT_TYPES, INTENTS, Cluster, Idea, Keyword


def _yes(text: str) -> bool | None:
    return True if text == "1" else None


def _country(text: str) -> str | None:
    code = text.upper()
    return code if re.fullmatch(r"[A-Z]{2}", code) else None


KEYWORD_LIST = ListSpec(
    id=Keyword.id,
    account=Keyword.account_id,
    site=Keyword.site_id,
    columns=(
        Column("Keyword", "keyword"),
        Column("Cluster", "cluster"),
        Column("Volume", "volume", "end"),
        Column("Difficulty", "difficulty", "end"),
        Column("CPC", "cpc", "end"),
        Column("Intent", "intent"),
        Column("Country", "country"),
    ),
    filters=(
        reference("sector", Keyword.sector_id),
        reference("cluster", Keyword.cluster_id),
        Filter("unclustered", _yes, lambda _: [Keyword.cluster_id.is_(None)]),
        choice("intent", Keyword.intent, INTENTS),
        Filter("country", _country, lambda code: [Keyword.country == code]),
        between("volume", Keyword.volume),
        between("difficulty", Keyword.difficulty),
    ),
    sorts=(
        Sort("keyword", Keyword.normalised),
        Sort("volume", Keyword.volume, nullable=True, nulls_last_index=True),
        Sort("difficulty", Keyword.difficulty, nullable=True),
        Sort("cpc", Keyword.cpc, nullable=True),
        Sort("intent", Keyword.intent, nullable=True),
        Sort("country", Keyword.country, nullable=True),
        Sort("cluster", func.lower(Cluster.name, type_=Text()), nullable=True, join=Keyword.cluster),
        Sort("added", Keyword.created_at),
    ),
    default_sort="-volume",
    search=Search(Keyword.search, Keyword.keyword),
)

IDEA_LIST = ListSpec(
    id=Idea.id,
    account=Idea.account_id,
    site=Idea.site_id,
    columns=(
        Column("Idea", "title"),
        Column("Cluster", "cluster"),
        Column("Type", "type"),
        Column("Structure", "structure"),
        Column("Primary keyword", "keyword"),
        Column("State"),
        Column("Actions", hidden=True),
    ),
    filters=(
        reference("cluster", Idea.cluster_id),
        choice("type", Idea.content_type, CONTENT_TYPES),
        choice("structure", Idea.content_structure, CONTENT_STRUCTURES),
        cases("state", {"open": Idea.task_id.is_(None), "used": Idea.task_id.is_not(None)}),
    ),
    sorts=(
        Sort("title", func.lower(Idea.title, type_=Text())),
        Sort("type", Idea.content_type),
        Sort("structure", Idea.content_structure),
        Sort("keyword", Idea.primary_keyword),
        Sort("cluster", func.lower(Cluster.name, type_=Text()), join=Idea.cluster),
        Sort("added", Idea.created_at),
    ),
    default_sort="-added",
    search=Search(Idea.search, Idea.title + " " + Idea.primary_keyword),
)

KEYWORDS_OF = select(func.count()).where(Keyword.cluster_id == Cluster.id).correlate(Cluster).scalar_subquery()
VOLUME_OF = (
    select(func.coalesce(func.sum(Keyword.volume), 0))
    .where(Keyword.cluster_id == Cluster.id)
    .correlate(Cluster)
    .scalar_subquery()
)
IDEAS_OF = select(func.count()).where(Idea.cluster_id == Cluster.id).correlate(Cluster).scalar_subquery()


def _has_published(_: Any) -> list[ColumnElement[bool]]:
    contents = Cluster.metadata.tables["contents"]  # of a layer above
    return [exists().where(contents.c.cluster_id == Cluster.id, contents.c.status == "published")]


def _has_no_content(_: Any) -> list[ColumnElement[bool]]:
    contents = Cluster.metadata.tables["contents"]  # of a layer above
    return [~exists().where(contents.c.cluster_id == Cluster.id)]


CLUSTER_LIST = ListSpec(
    id=Cluster.id,
    account=Cluster.account_id,
    site=Cluster.site_id,
    columns=(
        Column("Cluster", "name"),
        Column("Keywords", "keywords", "end"),
        Column("Volume", "volume", "end"),
        Column("Ideas", "ideas", "end"),
    ),
    filters=(
        reference("sector", Cluster.sector_id),
        Filter("published", _yes, _has_published),
        Filter("uncovered", _yes, _has_no_content),
    ),
    sorts=(
        Sort("name", func.lower(Cluster.name, type_=Text())),
        Sort("keywords", KEYWORDS_OF),
        Sort("volume", VOLUME_OF),
        Sort("ideas", IDEAS_OF),
    ),
    default_sort="-volume",
    search=Search(Cluster.search, Cluster.name + " " + Cluster.description),
)
