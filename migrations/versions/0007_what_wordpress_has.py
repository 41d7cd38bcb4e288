"""What WordPress has of each content, what came in from it, counters, and terms of any taxonomy."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COUNTED = ("posts", "pages", "products", "categories", "tags", "sectors", "clusters", "operations")
TYPES = "'category','tag','product_category','product_attribute','cluster','service_category'"
SLUG = ["site_id", "taxonomy_type", sa.text("coalesce(external_taxonomy, '')"), "slug"]
MOMENT = sa.DateTime(timezone=True)


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.String(length) if length else sa.Text(), nullable=False)


def _number(name: str, kind: Any = sa.BigInteger) -> sa.Column[int]:
    return sa.Column(name, kind(), nullable=False)


def _json(name: str) -> sa.Column[Any]:
    return sa.Column(name, JSONB(), nullable=False)


def _owned() -> list[Any]:
    """The columns of every row that belongs to an account."""
    return [
        _number("account_id"),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    ]


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _by_account(table: str) -> None:
    op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])


def upgrade() -> None:
    _terms()
    _keywords_of_content()
    _remote_states()
    _counters()
    _what_came_in()


def _terms() -> None:
    op.add_column("content_taxonomies", sa.Column("external_parent_id", sa.BigInteger(), nullable=True))
    op.add_column("content_taxonomies", sa.Column("description", sa.Text(), server_default="", nullable=False))
    op.drop_index("uq_content_taxonomies_slug", "content_taxonomies")
    op.create_index(
        "uq_content_taxonomies_slug",
        "content_taxonomies",
        SLUG,
        unique=True,
        postgresql_where=sa.text("external_id is null"),
    )
    _allow_types(f"{TYPES},'custom'")


def _allow_types(types: str) -> None:
    name = op.f("ck_content_taxonomies_taxonomy_type")
    op.drop_constraint(name, "content_taxonomies", type_="check")
    op.create_check_constraint(name, "content_taxonomies", f"taxonomy_type in ({types})")


def _keywords_of_content() -> None:
    table = "content_keywords"
    op.create_table(
        table,
        _number("content_id"),
        _number("keyword_id"),
        _to(table, "content_id", "contents"),
        _to(table, "keyword_id", "keywords"),
        _key(table, "content_id", "keyword_id"),
    )
    op.create_index(op.f("ix_content_keywords_keyword_id"), table, ["keyword_id"])
    op.execute(
        "insert into content_keywords (content_id, keyword_id) select c.id, k.keyword_id from contents c"
        " join task_keywords k on k.task_id = c.task_id"
    )


def _remote_states() -> None:
    table = "remote_states"
    op.create_table(
        table,
        _number("content_id"),
        _number("site_id"),
        _text("kind", 4),
        _text("taxonomy", 32),
        _number("external_id"),
        _text("remote_type", 32),
        _text("status", 20),
        _text("permalink", 2000),
        _json("fields"),
        _json("base"),
        _json("ahead"),
        _json("images"),
        _text("content_hash", 64),
        _text("state_hash", 64),
        _number("agreed_version", sa.Integer),
        sa.Column("modified_utc", MOMENT),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("gone_at", MOMENT),
        *_owned(),
        sa.CheckConstraint(
            "(kind = 'post' and taxonomy = '') or (kind = 'term' and taxonomy <> '')",
            name=op.f("ck_remote_states_kind"),
        ),
        _to(table, "account_id", "accounts"),
        _to(table, "content_id", "contents"),
        _to(table, "site_id", "sites"),
        _key(table),
        sa.UniqueConstraint("content_id", name=op.f("uq_remote_states_content_id")),
    )
    _by_account(table)
    op.create_index("uq_remote_states_object", table, ["site_id", "kind", "taxonomy", "external_id"], unique=True)
    op.execute(
        "insert into remote_states (account_id, content_id, site_id, kind, taxonomy, external_id, remote_type, status,"
        " permalink, fields, base, ahead, images, content_hash, state_hash, agreed_version, seen_at, created_at,"
        " updated_at) select account_id, content_id, site_id, external_type, external_taxonomy, external_id, '',"
        " 'publish', external_url, '{}', '{}', '[]', '{}', remote_hash, '', 0, last_published_at, now(), now()"
        " from publications on conflict do nothing"
    )


def _counters() -> None:
    numbers = [_number(name, sa.Integer) for name in COUNTED]
    table = "count_entries"
    op.create_table(
        table,
        _number("site_id"),
        _text("operation", 80),
        *numbers,
        sa.Column("published_at", MOMENT),
        *_owned(),
        _to(table, "account_id", "accounts"),
        _to(table, "site_id", "sites"),
        _key(table),
        sa.UniqueConstraint("site_id", "operation", name=op.f("uq_count_entries_site_id_operation")),
    )
    _by_account(table)
    table = "site_counters"
    op.create_table(
        table,
        _number("site_id"),
        _number("account_id"),
        *[_number(name, sa.Integer) for name in COUNTED],
        sa.Column("last_publish_at", MOMENT),
        _to(table, "account_id", "accounts"),
        _to(table, "site_id", "sites"),
        _key(table, "site_id"),
    )
    _by_account(table)


def _what_came_in() -> None:
    table = "applied_sequences"
    op.create_table(
        table,
        _number("site_id"),
        _text("object", 16),
        _text("taxonomy", 32),
        _number("object_id"),
        _number("sequence"),
        _text("event_id", 64),
        sa.Column("applied_at", MOMENT, nullable=False),
        _to(table, "site_id", "sites"),
        _key(table, "site_id", "object", "taxonomy", "object_id"),
    )
    table = "remote_changes"
    op.create_table(
        table,
        _number("site_id"),
        _number("content_id"),
        _text("cause", 20),
        _text("changed_by", 200),
        _json("taken"),
        _json("kept"),
        _text("message"),
        *_owned(),
        _to(table, "account_id", "accounts"),
        _to(table, "content_id", "contents"),
        _to(table, "site_id", "sites"),
        _key(table),
    )
    _by_account(table)
    op.create_index("ix_remote_changes_content", table, ["content_id", sa.text("id DESC")])
    op.create_index("ix_remote_changes_site", table, ["site_id", sa.text("id DESC")])
    table = "remote_relations"
    op.create_table(
        table,
        _number("site_id"),
        _text("taxonomy", 32),
        _number("term_id"),
        _number("our_id"),
        sa.CheckConstraint("taxonomy in ('igny8_cluster','igny8_sector')", name=op.f("ck_remote_relations_taxonomy")),
        _to(table, "site_id", "sites"),
        _key(table, "site_id", "taxonomy", "term_id"),
    )
    table = "site_syncs"
    op.create_table(
        table,
        _number("site_id"),
        _number("account_id"),
        sa.Column("imported_at", MOMENT),
        _to(table, "account_id", "accounts"),
        _to(table, "site_id", "sites"),
        _key(table, "site_id"),
    )
    _by_account(table)


def downgrade() -> None:
    for table in (
        "site_syncs",
        "remote_relations",
        "remote_changes",
        "applied_sequences",
        "site_counters",
        "count_entries",
        "remote_states",
        "content_keywords",
    ):
        op.drop_table(table)
    op.execute("delete from content_taxonomies where taxonomy_type = 'custom'")
    _allow_types(TYPES)
    op.drop_index("uq_content_taxonomies_slug", "content_taxonomies")
    op.execute(  # the wider key knows one of them: the oldest
        "delete from content_taxonomies newer using content_taxonomies older where newer.site_id = older.site_id"
        " and newer.taxonomy_type = older.taxonomy_type and newer.slug = older.slug and newer.id > older.id"
        " and coalesce(newer.external_taxonomy, '') = coalesce(older.external_taxonomy, '')"
    )
    op.create_index("uq_content_taxonomies_slug", "content_taxonomies", SLUG, unique=True)
    op.drop_column("content_taxonomies", "description")
    op.drop_column("content_taxonomies", "external_parent_id")
