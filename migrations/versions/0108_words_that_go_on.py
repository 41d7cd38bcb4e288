"""Whether a word goes on in any row, so that searches of several words look for whole ones: an index finds those sooner

A word of Latin letters that goes on with others (`garður`) is kept with a mark, too, so that asking for the letters and
digits that may follow is enough.
"""

import sqlalchemy as sa
from alembic import op

revision = "0108"
down_revision = "0106"
branch_labels = None
depends_on = None

SEARCHED = {
    "contents": "title",
    "keywords": "keyword",
    "ideas": "title || ' ' || primary_keyword",
    "tasks": "title || ' ' || primary_keyword",
    "clusters": "name || ' ' || description",
    "audit_events": "subject",
}
MIXED = "^[a-z0-9]+[^a-z0-9]"  # stands in WITH_MARKS too
PLAIN = r"""
create or replace function search_words(given text) returns tsvector
language plpgsql immutable strict parallel safe as $body$
declare
  folded text;
  found text[];
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
"""
AS_THEY_ARE = """
  return array_to_tsvector({schema}.search_lexemes(given));
end $body$
"""
WITH_MARKS = """
  found := {schema}.search_lexemes(given);
  return array_to_tsvector(found || array(
    select substring(word collate "C" from '^[a-z0-9]+') || '~' from unnest(found) word
    where word collate "C" ~ '^[a-z0-9]+[^a-z0-9]'));
end $body$
"""
BEFORE, MARKED = PLAIN + AS_THEY_ARE, PLAIN + WITH_MARKS
# Of every account: what comes of it is which of two ways a search takes to the same rows.
GOES_ON = """
create function search_goes_on(place regclass, word text) returns boolean language plpgsql stable strict
set enable_seqscan = off set igny8.every_account = 'on' as $body$
declare
  longer text;
  answer boolean;
begin
  if word collate "C" !~ '^[a-z0-9]+$' then
    return true;
  end if;
  select string_agg(word || sign || ':*', ' | ') into longer
  from unnest(string_to_array('abcdefghijklmnopqrstuvwxyz0123456789', null)) sign;
  execute format('select exists(select from %s where search @@ $1)', place) into answer
  using (longer || ' | ''' || word || '~'':*')::tsquery;
  return answer;
end $body$
"""


def upgrade() -> None:
    _define(MARKED)
    _define(GOES_ON)
    connection = op.get_bind()
    for table, text in SEARCHED.items():
        column = text.split(" ", 1)[0]
        words = f"select from unnest(search_lexemes({text})) word where word collate \"C\" ~ '{MIXED}'"
        beyond_ascii = f"({text}) collate \"C\" !~ '^[ -~]*$'"
        stmt = f"update {table} set {column} = {column} where {beyond_ascii} and exists({words})"  # noqa: S608
        connection.exec_driver_sql(stmt)


def downgrade() -> None:
    op.execute("drop function search_goes_on(regclass, text)")
    _define(BEFORE)


def _define(function: str) -> None:
    connection = op.get_bind()
    schema = connection.scalar(sa.text("select quote_ident(current_schema())"))
    connection.exec_driver_sql(function.replace("{schema}", str(schema)).replace("%", "%%"))
