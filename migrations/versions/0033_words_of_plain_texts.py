"""The words of a text in ASCII, found by a tenth of the work: most titles and keywords are no more than that"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# What it returns stays the same, and with it all that is stored: a word is cut at 60 characters, a text at 10,000.
WORDS = r"""
create or replace function search_words(given text) returns tsvector
language plpgsql immutable strict parallel safe as $body$
declare
  folded text;
begin
  if length(given) <= 10000 and given collate "C" ~ '^[ -~]*$' and given collate "C" !~ '[^ ]{60}' then
    folded := lower(given collate "C");
    if folded collate "C" !~ '[^a-z0-9 ]' then
      return array_to_tsvector(array_remove(string_to_array(folded, ' '), ''));
    end if;
    return array_to_tsvector(array_remove(
      string_to_array(regexp_replace(folded collate "C", '[^a-z0-9]', ' ', 'g'), ' ')
      || string_to_array(regexp_replace(folded collate "C", '[a-z0-9 ]+', '', 'g'), null), ''));
  end if;
  return array_to_tsvector({schema}.search_lexemes(given));
end $body$
"""
BEFORE = """
create or replace function search_words(given text) returns tsvector
language plpgsql immutable strict parallel safe as $body$
begin
  return array_to_tsvector({schema}.search_lexemes(given));
end $body$
"""


def upgrade() -> None:
    _define(WORDS)


def downgrade() -> None:
    _define(BEFORE)


def _define(function: str) -> None:
    connection = op.get_bind()
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    connection.exec_driver_sql(function.replace("{schema}", str(schema)))
