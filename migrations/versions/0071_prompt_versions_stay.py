"""The database keeps the texts of prompt versions as they were saved"""

from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

# Who saved one may be deleted, and its note may be mended; which texts a content came from stays.
KEPT = ("operation", "number", "system", "question", "fingerprint")


def upgrade() -> None:
    old, new = (", ".join(f"{row}.{name}" for name in KEPT) for row in ("old", "new"))
    op.execute(
        """create function keep_prompt_version() returns trigger language plpgsql as
        $$ begin raise exception 'A saved version of a prompt is never changed.'; end $$"""
    )
    op.execute(
        f"""create trigger keep_prompt_version before update of {", ".join(KEPT)} on prompt_versions
        for each row when (({old}) is distinct from ({new})) execute function keep_prompt_version()"""
    )


def downgrade() -> None:
    op.execute("drop trigger keep_prompt_version on prompt_versions")
    op.execute("drop function keep_prompt_version()")
