"""The tables of the old plugin, as they are assumed: docs/legacy-schema.md has them in words and says how sure each is.

Old versions differ: a column is found by any of its names, and what is missing or unknown is reported, never refused.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.languages import N_


@dataclass(frozen=True, slots=True)
class OldTable:
    """A table of the source. `names` are what may follow the prefix, `columns` by our name of each what it may be
    called there, `key` the column of the primary key. `is_record`: its rows have no place in the app and are kept as
    they are. `is_wordpress`: of WordPress itself, where only what concerns the plugin is read.
    """

    title: str
    names: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    key: str = "id"
    is_record: bool = False
    is_wordpress: bool = False


def _columns(text: str) -> dict[str, tuple[str, ...]]:
    """`id, name=cluster_name/name`: our name of each column, and the names that it may have."""
    parts = (part.strip().partition("=") for part in text.replace("\n", " ").split(","))
    return {name: tuple(names.split("/")) if names else (name,) for name, _sign, names in parts if name}


# In the order in which they are moved: what others refer to comes first.
TABLES: dict[str, OldTable] = {
    "users": OldTable(
        N_("People"), ("users",), _columns("id=ID, email=user_email, name=display_name"), is_wordpress=True
    ),
    "accounts": OldTable(
        N_("Accounts"),
        ("igny8_accounts",),
        _columns("id, name=account_name/name, email, plan, credits=credits_balance/credits, status, created_at"),
        is_record=True,
    ),
    "settings": OldTable(
        N_("Settings"),
        ("igny8_settings",),
        _columns("id, name=setting_key/option_name/name, value=setting_value/option_value/value, user_id, updated_at"),
        is_record=True,
    ),
    "options": OldTable(
        N_("WordPress options"),
        ("options",),
        _columns("id=option_id, name=option_name, value=option_value"),
        is_record=True,
        is_wordpress=True,
    ),
    "clusters": OldTable(
        N_("Clusters"),
        ("igny8_clusters",),
        _columns("id, name=cluster_name/name/title, description, sector_id, status, created_at, updated_at"),
    ),
    "keywords": OldTable(
        N_("Keywords"),
        ("igny8_keywords",),
        _columns(
            "id, keyword=keyword/name, volume=search_volume/volume, difficulty=difficulty/keyword_difficulty/kd, cpc,"
            "intent=intent/search_intent, country=country/location, cluster_id, sector_id, status,"
            "created_at, updated_at"
        ),
    ),
    "content_ideas": OldTable(
        N_("Ideas"),
        ("igny8_content_ideas", "igny8_ideas"),
        _columns(
            "id, title=idea_title/title, description=idea_description/description, content_type,"
            "content_structure=content_structure/structure, cluster_id=keyword_cluster_id/cluster_id,"
            "keywords=target_keywords/keywords/primary_keyword, status, created_at, updated_at"
        ),
    ),
    "tasks": OldTable(
        N_("Tasks"),
        ("igny8_tasks",),
        _columns(
            "id, title=title/task_title, description=description/details, cluster_id=cluster_id/cluster,"
            "idea_id=idea_id/idea, content_type=content_type/task_type,"
            "content_structure=content_structure/structure, keywords=keywords/primary_keyword,"
            "ai_model, prompt, raw_ai_response=raw_ai_response/raw_response, result=result/content, status,"
            "post_id=assigned_post_id/post_id, user_id=user_id/user/author_id,"
            "tenant=tenant/tenant_id/account_id, created_at, updated_at"
        ),
    ),
    "posts": OldTable(
        N_("Posts"),
        ("posts",),
        _columns(
            "id=ID, title=post_title, content=post_content, excerpt=post_excerpt, status=post_status,"
            "type=post_type, date=post_date, date_utc=post_date_gmt, modified_utc=post_modified_gmt,"
            "slug=post_name, parent=post_parent, author=post_author, guid"
        ),
        is_wordpress=True,
    ),
    "postmeta": OldTable(
        N_("IGNY8 fields of posts"),
        ("postmeta",),
        _columns("id=meta_id, post_id, name=meta_key, value=meta_value"),
        is_wordpress=True,
    ),
    "variations": OldTable(
        N_("Variations"),
        ("igny8_variations",),
        _columns("id, post_id, task_id, fields=fields_json, content, created_at"),
        is_record=True,
    ),
    "prompts": OldTable(
        N_("Prompts"),
        ("igny8_prompts",),
        _columns("id, name=prompt_name/name, type=prompt_type/type, prompt=prompt_text/prompt, is_active, created_at"),
        is_record=True,
    ),
    "images": OldTable(
        N_("Images"),
        ("igny8_images",),
        _columns("id, task_id, post_id, url=image_url/url, prompt, alt=alt_text/alt, status, created_at"),
        is_record=True,
    ),
    "schedules": OldTable(
        N_("Schedules"),
        ("igny8_schedules",),
        _columns("id, name=schedule_name/hook/name, interval=schedule/interval, next_run, is_active, created_at"),
        is_record=True,
    ),
    "links": OldTable(
        N_("Links"),
        ("igny8_links",),
        _columns("id, source_post_id, target_post_id, anchor=anchor_text/anchor, url, status, created_at"),
        is_record=True,
    ),
    "metrics": OldTable(
        N_("Metrics"),
        ("igny8_metrics",),
        _columns("id, name=metric_name/metric_key/name, value=metric_value/value, post_id, created_at"),
        is_record=True,
    ),
    "logs": OldTable(
        N_("Logs"),
        ("igny8_logs",),
        _columns("id, level, message, context, user_id, created_at"),
        is_record=True,
    ),
}
NAMES = {name: key for key, table in TABLES.items() for name in table.names}
OWN = tuple(name for name in NAMES if name.startswith("igny8_"))
META_KEY = re.compile(r"_?igny8_", re.I)
OPTION_NAME = re.compile(r"_?igny8_", re.I)
POST_TYPES = frozenset({"post", "page", "product"})
NO_POSTS = frozenset({"auto-draft", "inherit"})
# Of people only these columns are ever read: never their passwords.
PEOPLE = ("id", "email", "name")


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table of the source: its name there, and which of its columns is what."""

    name: str
    columns: tuple[str, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, name: str, columns: Iterable[str]) -> "FoundTable":
        """Find the columns of the table `key` by their names (pure)."""
        columns = tuple(columns)
        by_name = {column.lower(): column for column in columns}
        mapping = {
            ours: by_name[wanted.lower()]
            for ours, names in TABLES[key].columns.items()
            for wanted in (next((one for one in names if one.lower() in by_name), None),)
            if wanted is not None
        }
        return cls(name, columns, mapping)

    def lacking(self, key: str) -> list[str]:
        """What the old plugin usually has, but this table lacks."""
        return [names[0] for ours, names in TABLES[key].columns.items() if ours not in self.mapping]

    def besides(self) -> list[str]:
        """Columns that nobody here knows: they are kept with the row."""
        return [column for column in self.columns if column not in self.mapping.values()]


@dataclass(frozen=True, slots=True)
class Installation:
    """The tables of one installation in a source, by our key."""

    database: str
    prefix: str
    tables: Mapping[str, FoundTable]


def installations(tables: Mapping[tuple[str, str], Iterable[str]]) -> list[Installation]:
    """The installations of the old plugin among these tables (database, name) with their columns (pure).

    Where a network of sites has one table of people for all, each of its sites has that.
    """
    places = sorted(
        {(database, name[: -len(own)]) for database, name in tables for own in OWN if name.endswith(own)},
        key=lambda place: (place[0], len(place[1]), place[1]),
    )
    return [Installation(database, prefix, _tables_at(tables, database, prefix)) for database, prefix in places]


def _tables_at(tables: Mapping[tuple[str, str], Iterable[str]], database: str, prefix: str) -> dict[str, FoundTable]:
    at_place = {}
    for key, table in TABLES.items():
        prefixes = [prefix, re.sub(r"\d+_$", "", prefix)] if key == "users" else [prefix]
        names = [before + name for before in prefixes for name in table.names]
        name = next((name for name in names if (database, name) in tables), None)
        if name is not None:
            at_place[key] = FoundTable.of(key, name, tables[database, name])
    return at_place
