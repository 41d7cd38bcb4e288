"""Which account the term of a content is of stands in its row, so that no content is looked at for each"""

from alembic import op

revision = "0097"
down_revision = "0095"
branch_labels = None
depends_on = None

ACCOUNT = "(select nullif(current_setting('igny8.account', true), '')::bigint)"
EVERY = "(select current_setting('igny8.every_account', true) = 'on')"
THROUGH_CONTENTS = f"{EVERY} or exists (select from contents parent where parent.id = content_terms.content_id)"

FILL = """
create function content_term_account() returns trigger language plpgsql as $body$
begin
    new.account_id := (select account_id from contents where id = new.content_id);
    return new;
end
$body$
"""


def _protect(condition: str) -> None:
    op.execute("drop policy account on content_terms")
    op.execute(f"create policy account on content_terms using ({condition}) with check ({condition})")


def upgrade() -> None:
    op.execute("alter table content_terms add column account_id bigint")
    op.execute("update content_terms set account_id = contents.account_id from contents where contents.id = content_id")
    op.execute("alter table content_terms alter column account_id set not null")
    op.execute(FILL)
    op.execute(
        "create trigger account before insert or update of content_id, account_id on content_terms"
        " for each row execute function content_term_account()"
    )
    _protect(f"account_id = {ACCOUNT} or {EVERY}")
    _index_terms(postgresql_include=["account_id"])


def _index_terms(**included: list[str]) -> None:
    op.drop_index("ix_content_terms_term", table_name="content_terms")
    op.create_index("ix_content_terms_term", "content_terms", ["term_id", "content_id"], **included)


def downgrade() -> None:
    _index_terms()
    _protect(THROUGH_CONTENTS)
    op.execute("drop trigger account on content_terms")
    op.execute("drop function content_term_account()")
    op.execute("alter table content_terms drop column account_id")
