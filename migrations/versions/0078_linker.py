"""What links need to know of pages, proposed links, and which links a content has from the Linker"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
TABLES = ("link_settings", "link_stems", "link_batches", "link_pages", "link_proposals", "link_terms", "page_links")


def upgrade() -> None:
    op.create_table(
        "link_settings",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("most_per_content", sa.Integer(), nullable=False),
        sa.Column("words_per_link", sa.Integer(), nullable=False),
        sa.Column("least_score", sa.Integer(), nullable=False),
        sa.Column("rel", sa.String(length=60), nullable=False),
        sa.Column("nofollow_paths", JSONB(), nullable=False),
        sa.Column("never_from", JSONB(), nullable=False),
        sa.Column("never_to", JSONB(), nullable=False),
        sa.Column("sentences", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_link_settings_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_link_settings_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_settings")),
        sa.UniqueConstraint("site_id", name=op.f("uq_link_settings_site_id")),
    )
    op.create_index(op.f("ix_link_settings_account_id"), "link_settings", ["account_id"], unique=False)
    op.create_table(
        "link_stems",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_link_stems_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "term", name=op.f("pk_link_stems")),
    )
    op.create_table(
        "link_batches",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("contents", sa.Integer(), nullable=False),
        sa.Column("proposed", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("mode in ('propose','apply')", name=op.f("ck_link_batches_mode")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_link_batches_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_link_batches_run_id_runs"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_link_batches_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_batches")),
        sa.UniqueConstraint("run_id", name=op.f("uq_link_batches_run_id")),
    )
    op.create_index(op.f("ix_link_batches_account_id"), "link_batches", ["account_id"], unique=False)
    op.create_index("ix_link_batches_site", "link_batches", ["site_id", sa.literal_column("id DESC")], unique=False)
    op.create_table(
        "link_pages",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("content_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("section", sa.String(length=120), nullable=False),
        sa.Column("dated", sa.Integer(), nullable=True),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("phrase", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("title_stems", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("links_in", sa.Integer(), nullable=False),
        sa.Column("links_out", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_link_pages_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["contents.id"], name=op.f("fk_link_pages_content_id_contents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_link_pages_site_id_sites"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_pages")),
        sa.UniqueConstraint("content_id", name=op.f("uq_link_pages_content_id")),
    )
    op.create_index(op.f("ix_link_pages_account_id"), "link_pages", ["account_id"], unique=False)
    op.create_index("ix_link_pages_address", "link_pages", ["site_id", "address"], unique=False)
    op.create_index(
        "ix_link_pages_links_in",
        "link_pages",
        ["site_id", "links_in", "content_id"],
        unique=False,
        postgresql_include=["account_id"],
    )
    op.create_index(
        "ix_link_pages_links_out",
        "link_pages",
        ["site_id", "links_out", "content_id"],
        unique=False,
        postgresql_include=["account_id"],
    )
    op.create_index("ix_link_pages_site", "link_pages", ["site_id", "content_id"], unique=False)
    op.create_index(
        "ix_link_pages_title_key",
        "link_pages",
        ["site_id", "title_key", "content_id"],
        unique=False,
        postgresql_include=["account_id"],
    )
    op.create_index(
        "ix_link_pages_waiting",
        "link_pages",
        ["site_id", "waiting", "content_id"],
        unique=False,
        postgresql_include=["account_id"],
    )
    op.create_table(
        "link_proposals",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", JSONB(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("rel", sa.String(length=60), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("added_version", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('proposed','accepted','rejected','undone','outdated')", name=op.f("ck_link_proposals_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_link_proposals_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["link_batches.id"], name=op.f("fk_link_proposals_batch_id_link_batches"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["contents.id"], name=op.f("fk_link_proposals_content_id_contents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_link_proposals_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["contents.id"], name=op.f("fk_link_proposals_target_id_contents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_proposals")),
        sa.UniqueConstraint("content_id", "target_id", name=op.f("uq_link_proposals_content_id_target_id")),
    )
    op.create_index(op.f("ix_link_proposals_account_id"), "link_proposals", ["account_id"], unique=False)
    op.create_index("ix_link_proposals_batch", "link_proposals", ["batch_id"], unique=False)
    op.create_index("ix_link_proposals_site", "link_proposals", ["site_id", "state", "id"], unique=False)
    op.create_index("ix_link_proposals_target", "link_proposals", ["target_id"], unique=False)
    op.create_table(
        "link_terms",
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("term", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["content_id"], ["contents.id"], name=op.f("fk_link_terms_content_id_contents"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("content_id", "kind", "term", name=op.f("pk_link_terms")),
    )
    op.create_index(
        "ix_link_terms_found",
        "link_terms",
        ["site_id", "kind", "term", sa.literal_column("weight DESC")],
        unique=False,
        postgresql_include=["content_id"],
    )
    op.create_table(
        "page_links",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.BigInteger(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("anchor", sa.String(length=300), nullable=False),
        sa.Column("phrase", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_page_links_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_page_links_site_id_sites"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["contents.id"], name=op.f("fk_page_links_source_id_contents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_id"], ["contents.id"], name=op.f("fk_page_links_target_id_contents"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_links")),
    )
    op.create_index(op.f("ix_page_links_account_id"), "page_links", ["account_id"], unique=False)
    op.create_index("ix_page_links_address", "page_links", ["site_id", "address"], unique=False)
    op.create_index("ix_page_links_phrase", "page_links", ["site_id", "phrase"], unique=False)
    op.create_index("ix_page_links_source", "page_links", ["source_id"], unique=False)
    op.create_index("ix_page_links_target", "page_links", ["target_id"], unique=False)
    op.add_column("contents", sa.Column("internal_links", JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("contents", sa.Column("linker_version", sa.Integer(), server_default=sa.text("0"), nullable=False))

    for table in TABLES:
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def downgrade() -> None:
    op.drop_column("contents", "linker_version")
    op.drop_column("contents", "internal_links")
    for table in (
        "page_links",
        "link_terms",
        "link_proposals",
        "link_pages",
        "link_batches",
        "link_stems",
        "link_settings",
    ):
        op.drop_table(table)
