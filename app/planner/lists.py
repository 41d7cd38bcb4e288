"""The lists of the planner: keywords, clusters, ideas."""

import re
from typing import Any

from sqlalchemy import Select, Text, func, select
from sqlalchemy.orm import joinedload, selectinload

from app.core.languages import N_
from app.core.listing.filters import Filter, between, cases, choice, reference
from app.core.listing.kinds import ListKind
from app.core.listing.search import Search
from app.core.listing.spec import Column, ListSpec, Sort
from app.core.permissions import Permission
from app.planner.models import (
    CONTENT_STRUCTURES,
    CONTENT_TYPES,
    INTENTS,
    PERFORMANCE,
    Cluster,
    ClusterFigures,
    Idea,
    Keyword,
    SearchPerformance,
)
from app.sites.models import Sector


def _yes(text: str) -> bool | None:
    return True if text == "1" else None


def _country(text: str) -> str | None:
    code = text.upper()
    return code if re.fullmatch(r"[A-Z]{2}", code) else None


def _cluster(row: Any) -> str | None:
    return row.cluster.name if row.cluster else None


KEYWORD_LIST = ListSpec(
    id=Keyword.id,
    account=Keyword.account_id,
    site=Keyword.site_id,
    tables=(Keyword,),
    columns=(
        Column(N_("Keyword"), "keyword", value=lambda row: row.keyword),
        Column(N_("Cluster"), "cluster", value=_cluster),
        Column(N_("Volume"), "volume", "end", value=lambda row: row.volume),
        Column(N_("Difficulty"), "difficulty", "end", value=lambda row: row.difficulty),
        Column(N_("CPC"), "cpc", "end", value=lambda row: row.cpc),
        Column(N_("Intent"), "intent", value=lambda row: row.intent),
        Column(N_("Country"), "country", value=lambda row: row.country),
        Column(N_("Clicks"), "clicks", "end", value=lambda row: row.performance and row.performance.clicks),
        Column(
            N_("Impressions"), "impressions", "end", value=lambda row: row.performance and row.performance.impressions
        ),
        Column(N_("CTR"), css="end", value=lambda row: row.performance and row.performance.ctr),
        Column(N_("Position"), "position", "end", value=lambda row: row.performance and row.performance.position),
        Column(N_("Sector"), optional=True, value=lambda row: row.sector.name if row.sector else None),
        Column(N_("Added"), "added", optional=True, value=lambda row: row.created_at),
    ),
    filters=(
        reference("sector", Keyword.sector_id, Sector.id),
        reference("cluster", Keyword.cluster_id, Cluster.id),
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
        Sort(
            "cluster",
            func.lower(Cluster.name, type_=Text()),
            nullable=True,
            join=Keyword.cluster,
            joined_site=Cluster.site_id,
        ),
        *(
            Sort(
                name,
                getattr(SearchPerformance, name),
                nullable=True,
                join=Keyword.performance,
                joined_site=SearchPerformance.site_id,
            )
            for name in PERFORMANCE
        ),
        Sort("added", Keyword.created_at),
    ),
    default_sort="-volume",
    search=Search(Keyword.search, Keyword.keyword),
)

IDEA_LIST = ListSpec(
    id=Idea.id,
    account=Idea.account_id,
    site=Idea.site_id,
    tables=(Idea,),
    columns=(
        Column(N_("Idea"), "title", value=lambda row: row.title),
        Column(N_("Cluster"), "cluster", value=_cluster),
        Column(N_("Type"), "type", value=lambda row: row.content_type),
        Column(N_("Structure"), "structure", value=lambda row: row.content_structure),
        Column(N_("Primary keyword"), "keyword", value=lambda row: row.primary_keyword),
        Column(N_("State"), value=lambda row: "Task created" if row.task_id else "Open"),
        Column(N_("Description"), optional=True, value=lambda row: row.description),
        Column(N_("Added"), "added", optional=True, value=lambda row: row.created_at),
    ),
    filters=(
        reference("cluster", Idea.cluster_id, Cluster.id),
        choice("type", Idea.content_type, CONTENT_TYPES),
        choice("structure", Idea.content_structure, CONTENT_STRUCTURES),
        cases("state", {"open": Idea.task_id.is_(None), "used": Idea.task_id.is_not(None)}),
    ),
    sorts=(
        Sort("title", func.lower(Idea.title, type_=Text())),
        Sort("type", Idea.content_type),
        Sort("structure", Idea.content_structure),
        Sort("keyword", Idea.primary_keyword),
        Sort("cluster", func.lower(Cluster.name, type_=Text()), join=Idea.cluster, joined_site=Cluster.site_id),
        Sort("added", Idea.created_at),
    ),
    default_sort="-added",
    search=Search(Idea.search, Idea.title + " " + Idea.primary_keyword),
)

LIVE = (
    ClusterFigures.live_articles
    + ClusterFigures.live_pages
    + ClusterFigures.live_products
    + ClusterFigures.live_term_pages
)
CLUSTER_LIST = ListSpec(
    id=Cluster.id,
    account=Cluster.account_id,
    site=Cluster.site_id,
    columns=(
        Column(N_("Cluster"), "name", value=lambda row: row.Cluster.name),
        Column(N_("Keywords"), "keywords", "end", value=lambda row: row.keywords),
        Column(N_("Volume"), "volume", "end", value=lambda row: row.volume),
        Column(N_("Ideas"), "ideas", "end", value=lambda row: row.ideas),
        Column(N_("Content"), css="end", optional=True, value=lambda row: row.contents),
        Column(N_("Description"), optional=True, value=lambda row: row.Cluster.description),
        Column(N_("Sector"), optional=True, value=lambda row: row.Cluster.sector.name if row.Cluster.sector else None),
        Column(N_("Added"), optional=True, value=lambda row: row.Cluster.created_at),
    ),
    filters=(
        reference("sector", Cluster.sector_id, Sector.id),
        Filter("live", _yes, lambda _: [LIVE > 0]),
        Filter("uncovered", _yes, lambda _: [ClusterFigures.contents == 0]),
    ),
    sorts=(
        Sort("name", func.lower(Cluster.name, type_=Text())),
        Sort("keywords", ClusterFigures.keywords),
        Sort("volume", ClusterFigures.volume),
        Sort("ideas", ClusterFigures.ideas),
    ),
    default_sort="-volume",
    joined=(ClusterFigures.cluster_id == Cluster.id, ClusterFigures.site_id == Cluster.site_id),
    tables=(Cluster, ClusterFigures),
    search=Search(Cluster.search, Cluster.name + " " + Cluster.description),
)


def _keyword_rows() -> Select[Any]:
    return select(Keyword).options(
        *(selectinload(part) for part in (Keyword.cluster, Keyword.sector, Keyword.performance))
    )


def _cluster_rows() -> Select[Any]:
    shown: list[Any] = [Cluster, ClusterFigures.keywords, ClusterFigures.volume, ClusterFigures.ideas]
    return select(*shown, ClusterFigures.contents).options(selectinload(Cluster.sector))


def _idea_rows() -> Select[Any]:
    return select(Idea).options(joinedload(Idea.cluster))


MAY = (Permission.PLANNER_READ, Permission.PLANNER_WRITE)
LISTS = (
    ListKind("keywords", "Keywords", "planner.keywords", KEYWORD_LIST, _keyword_rows, *MAY),
    ListKind("clusters", "Clusters", "planner.clusters", CLUSTER_LIST, _cluster_rows, *MAY),
    ListKind("ideas", "Ideas", "planner.ideas", IDEA_LIST, _idea_rows, *MAY),
)
