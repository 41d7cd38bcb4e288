"""Rules, their executions, what sets them off, and the autopilot; what caused a run or an event"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

CONDITION = (
    "account_id = (select nullif(current_setting('igny8.account', true), '')::bigint)"
    " or (select current_setting('igny8.every_account', true) = 'on')"
)
RULES, EXECUTIONS, SUBJECTS = "automation_rules", "rule_executions", "execution_subjects"
EVENTS, AUTOPILOTS = "trigger_events", "autopilots"
TABLES = (RULES, EXECUTIONS, SUBJECTS, EVENTS, AUTOPILOTS)
JSON, INSTANT, BIG, WHOLE = postgresql.JSONB(), sa.DateTime(timezone=True), sa.BigInteger(), sa.Integer()


def upgrade() -> None:
    for table in ("runs", "event_deliveries"):
        op.add_column(table, sa.Column("causes", JSON, server_default=sa.text("'[]'"), nullable=False))
    _make_rules()
    _make_executions()
    _make_the_rest()
    for table in TABLES:
        op.execute(f"create policy account on {table} using ({CONDITION}) with check ({CONDITION})")
        op.execute(f"alter table {table} enable row level security")


def _make_rules() -> None:
    _make(
        RULES,
        _filled("name", sa.String(120)),
        _filled("description", sa.Text()),
        _filled("trigger", sa.String(40)),
        _filled("subject_kind", sa.String(12)),
        _filled("conditions", JSON),
        _filled("actions", JSON),
        _filled("cron", sa.String(120)),
        _filled("zone", sa.String(60)),
        _filled("missed", sa.String(6)),
        _filled("overlap", sa.String(6)),
        _filled("is_active", sa.Boolean()),
        _filled("most_a_day", WHOLE),
        sa.Column("most_credits", WHOLE),
        _filled("place", WHOLE),
        _filled("flow", sa.String(40)),
        _filled("version", WHOLE),
        sa.Column("next_at", INSTANT),
        sa.Column("last_executed_at", INSTANT),
        sa.Column("counted_on", sa.Date()),
        _filled("counted", WHOLE),
        sa.Column("minute_at", INSTANT),
        _filled("minute_count", WHOLE),
        _filled("failures_in_row", WHOLE),
        _filled("off_reason", sa.Text()),
        sa.CheckConstraint("missed in ('once','skip')", name=op.f(f"ck_{RULES}_missed")),
        sa.CheckConstraint("overlap in ('skip','queue','cancel')", name=op.f(f"ck_{RULES}_overlap")),
    )
    op.create_index("ix_automation_rules_site", RULES, ["site_id", "trigger", "place", "id"])
    due, flow = sa.text("is_active and next_at is not null"), sa.text("flow <> ''")
    op.create_index("ix_automation_rules_due", RULES, ["next_at"], postgresql_where=due)
    op.create_index("uq_automation_rules_flow", RULES, ["site_id", "flow"], unique=True, postgresql_where=flow)


def _make_executions() -> None:
    _make(
        EXECUTIONS,
        sa.Column("rule_id", BIG),
        _filled("rule_name", sa.String(120)),
        _filled("occurrence", sa.String(80)),
        _filled("cause", sa.String(10)),
        _filled("causes", JSON),
        _filled("state", sa.String(10)),
        _filled("reason", sa.String(20)),
        _filled("actions", JSON),
        _filled("subject_kind", sa.String(12)),
        _filled("subjects", JSON),
        _filled("steps", JSON),
        sa.Column("most_credits", WHOLE),
        _filled("credits_planned", WHOLE),
        _filled("credits", WHOLE),
        _filled("message", sa.Text()),
        sa.Column("error", JSON),
        sa.Column("run_id", sa.Uuid()),
        _filled("scheduled_at", INSTANT),
        sa.Column("started_at", INSTANT),
        sa.Column("ended_at", INSTANT),
        sa.Column("undone_at", INSTANT),
        sa.CheckConstraint(
            "state in ('waiting','held','running','succeeded','failed','skipped','cancelled')",
            name=op.f(f"ck_{EXECUTIONS}_state"),
        ),
        _reference(EXECUTIONS, "rule_id", RULES, "SET NULL"),
        sa.UniqueConstraint("rule_id", "occurrence", name=op.f(f"uq_{EXECUTIONS}_rule_id_occurrence")),
    )
    running, is_open = sa.text("state = 'running'"), sa.text("state in ('waiting','held','running')")
    op.create_index("uq_rule_executions_running", EXECUTIONS, ["rule_id"], unique=True, postgresql_where=running)
    op.create_index("ix_rule_executions_open", EXECUTIONS, ["state", "id"], postgresql_where=is_open)
    for name, columns, include in (
        ("site_when", ["site_id", "created_at", "id"], ["account_id", "state", "credits"]),
        ("site_state", ["site_id", "state", "created_at", "id"], ["account_id"]),
        ("site_cause", ["site_id", "cause", "created_at", "id"], ["account_id"]),
        ("rule_when", ["rule_id", "created_at", "id"], ["account_id", "site_id"]),
    ):
        op.create_index(f"ix_rule_executions_{name}", EXECUTIONS, columns, postgresql_include=include)
    op.create_index("ix_rule_executions_run", EXECUTIONS, ["run_id"])


def _make_the_rest() -> None:
    _make(
        SUBJECTS,
        _filled("execution_id", BIG),
        _filled("subject_kind", sa.String(12)),
        _filled("subject_id", BIG),
        _reference(SUBJECTS, "execution_id", EXECUTIONS, "CASCADE"),
        sa.UniqueConstraint("execution_id", "subject_id", name=op.f(f"uq_{SUBJECTS}_execution_id_subject_id")),
    )
    op.create_index(op.f(f"ix_{SUBJECTS}_site_id"), SUBJECTS, ["site_id"])
    newest = ["account_id", "subject_kind", "subject_id", sa.text("execution_id DESC")]
    op.create_index("ix_execution_subjects_subject", SUBJECTS, newest)
    _make(
        EVENTS,
        _filled("trigger", sa.String(40)),
        _filled("subject_kind", sa.String(12)),
        _filled("subjects", JSON),
        sa.Column("execution_id", BIG),
        _reference(EVENTS, "execution_id", EXECUTIONS, "SET NULL"),
    )
    op.create_index("ix_trigger_events_site", EVENTS, ["site_id", "trigger", "id"])
    op.create_index("ix_trigger_events_created_at", EVENTS, ["created_at"])
    caused = sa.text("execution_id is not null")
    op.create_index("ix_trigger_events_execution", EVENTS, ["execution_id"], postgresql_where=caused)
    op.create_index("ix_trigger_events_subjects", EVENTS, ["subjects"], postgresql_using="gin")
    _make(
        AUTOPILOTS,
        _filled("is_on", sa.Boolean()),
        _filled("drafts_a_week", WHOLE),
        _filled("days", JSON),
        _filled("has_review", sa.Boolean()),
        sa.Column("month_credits", WHOLE),
        sa.Column("spent_in", sa.Date()),
        _filled("spent", WHOLE),
        _filled("version", WHOLE),
        sa.UniqueConstraint("site_id", name=op.f(f"uq_{AUTOPILOTS}_site_id")),
    )


def _filled(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def _make(table: str, *more: sa.schema.SchemaItem) -> None:
    """A table of rows that belong to an account and a site."""
    op.create_table(
        table,
        sa.Column("id", BIG, sa.Identity(always=False), nullable=False),
        *(_filled(name, INSTANT) for name in ("created_at", "updated_at")),
        *(_filled(name, BIG) for name in ("account_id", "site_id")),
        *more,
        _reference(table, "account_id", "accounts", "CASCADE"),
        _reference(table, "site_id", "sites", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])


def _reference(table: str, column: str, target: str, rule: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"), ondelete=rule
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    for table in ("runs", "event_deliveries"):
        op.drop_column(table, "causes")
