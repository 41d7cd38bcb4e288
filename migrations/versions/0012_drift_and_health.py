"""How content stands to WordPress, and how sites are"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
CONNECTION = (
    ("health", sa.String(10), "unknown"),
    ("health_since", INSTANT, None),
    ("health_at", INSTANT, None),
    ("health_due_at", INSTANT, None),
    ("health_lease_until", INSTANT, None),
    ("health_failures", sa.Integer(), "0"),
    ("health_report", JSONB(), sa.text("'{}'")),
    ("health_error", JSONB(), None),
    ("health_notice", JSONB(), None),
    ("compare_due_at", INSTANT, None),
)


def upgrade() -> None:
    op.add_column("contents", sa.Column("sync_state", sa.String(8), server_default="", nullable=False))
    op.add_column("contents", sa.Column("drift", JSONB(), server_default=sa.text("'{}'"), nullable=False))
    # What differs by field is found out when the content is next written, compared or looked at.
    op.execute(
        """
        update contents c set sync_state = case
            when r.gone_at is not null then 'gone'
            when jsonb_array_length(r.ahead) > 0 then 'both'
            when r.agreed_version = c.version then 'in_step'
            else 'ours' end
        from remote_states r where r.content_id = c.id
        """
    )
    op.create_check_constraint(
        op.f("ck_contents_sync_state"), "contents", "sync_state in ('','in_step','ours','theirs','both','gone')"
    )
    op.create_index("ix_contents_site_sync", "contents", ["site_id", "sync_state", sa.text("updated_at DESC"), "id"])
    op.create_index(
        "ix_contents_conflicts",
        "contents",
        ["account_id", "site_id"],
        postgresql_where=sa.text("sync_state = 'both'"),
    )
    for name, kind, default in CONNECTION:
        column = sa.Column(name, kind, server_default=default, nullable=default is None)
        op.add_column("wordpress_connections", column)
    op.create_check_constraint(
        op.f("ck_wordpress_connections_health"),
        "wordpress_connections",
        "health in ('unknown','connected','degraded','lost','moved')",
    )
    for name in ("health_due", "compare_due"):
        op.create_index(f"ix_wordpress_connections_{name}", "wordpress_connections", [f"{name}_at"])


def downgrade() -> None:
    for name in ("health_due", "compare_due"):
        op.drop_index(f"ix_wordpress_connections_{name}", "wordpress_connections")
    op.drop_constraint(op.f("ck_wordpress_connections_health"), "wordpress_connections")
    for name, _kind, _default in CONNECTION:
        op.drop_column("wordpress_connections", name)
    op.drop_index("ix_contents_conflicts", "contents")
    op.drop_index("ix_contents_site_sync", "contents")
    op.drop_constraint(op.f("ck_contents_sync_state"), "contents")
    op.drop_column("contents", "drift")
    op.drop_column("contents", "sync_state")
