"""One search for all lists: words folded beyond ASCII, found by their beginnings; keys and indexes of long lists"""

import string

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# The first of these that the server has knows upper and lower case of all scripts, whatever the database's own locale.
COLLATIONS = ("pg_unicode_fast", "pg_c_utf8", "und-x-icu", "C.utf8", "C.UTF-8")

# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic, and what is not seen: marks of the direction of
# writing, soft hyphens, joiners, variants of emoji.
UNSEEN = (
    r"[\u0300-\u036F\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7\u0640\u064B-\u065F\u0670\u00AD\u061C\u180E"
    r"\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFE00-\uFE0F\uFEFF]"
)
# What stands between words and is looked for only where somebody types it: punctuation, symbols, emoji.
SIGNS = (
    r"!-/:-@\[-`{-~\u00A1-\u00A9\u00AB\u00AC\u00AE-\u00B1\u00B4\u00B6-\u00B8\u00BB\u00BF\u00D7\u00F7\u055A-\u055F"
    r"\u0589\u058A\u05BE\u05C0\u05C3\u05F3\u05F4\u060C\u060D\u061B\u061E\u061F\u066A-\u066D\u06D4\u0964\u0965"
    r"\u1361-\u1368\u2010-\u2027\u2030-\u205E\u20A0-\u20CF\u2190-\u2BFF\u2E00-\u2E7F\u3001-\u3003\u3008-\u3020\u3030"
    r"\u30FB\uFE10-\uFE1F\uFE30-\uFE6F\U0001F000-\U0001FAFF"
)
# Scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
UNSPACED = (
    r"\u0E01-\u0E3A\u0E40-\u0E4E\u0E81-\u0ECD\u1000-\u1049\u1780-\u17D3\u3005-\u3007\u3040-\u30FA\u30FC-\u30FF"
    r"\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFD"
)
# Letters that no decomposition makes plain, and typographic signs as keyboards have them.
ODD, PLAIN = "ıøłđħς’‘‛ʼ“”„‐‑‒–—―−", "ioldhσ''''\"\"\"-------"
LONGEST_WORD, LONGEST_TEXT, LONGEST_KEY = 60, 10_000, 120

FOLD = """
create function search_fold(given text) returns text language plpgsql immutable strict parallel safe as $body$
declare folded text;
begin
  if octet_length(given) = length(given) then
    return lower(given collate "{collation}");
  end if;
  folded := regexp_replace(normalize(given, NFKD), '{unseen}', '', 'g');
  folded := replace(replace(replace(lower(folded collate "{collation}"), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
  return normalize(translate(folded, '{odd}', '{plain}'), NFKC);
end $body$
"""

# The words of a text; each pair of characters where a script has no spaces; each sign.
LEXEMES = """
create function search_lexemes(given text) returns text[] language plpgsql immutable strict parallel safe as $body$
declare
  folded text := {schema}.search_fold(left(given, {longest_text}));
  found text[];
  signs text;
  word text;
  chars text[];
begin
  if octet_length(folded) = length(folded) then
    found := string_to_array(translate(folded, E'{ascii_signs}\\t\\n\\r\\f\\v', rpad('', 40)), ' ');
    signs := translate(folded, E'abcdefghijklmnopqrstuvwxyz0123456789 \\t\\n\\r\\f\\v', '');
  else
    signs := regexp_replace(folded, '[^{signs}]', '', 'g');
    folded := regexp_replace(folded, '[{signs}\\s\\u0085\\u3000]', ' ', 'g');
    if folded ~ '[{unspaced}]' then
      found := array[]::text[];
      foreach word in array
        string_to_array(regexp_replace(folded, '([{unspaced}]+)', ' \\1 ', 'g'), ' ') loop
        if word ~ '^[{unspaced}]' then
          chars := string_to_array(word, null);
          for n in 1 .. cardinality(chars) loop
            found := found || (chars[n] || coalesce(chars[n + 1], ''));
          end loop;
        else
          found := found || word;
        end if;
      end loop;
    else
      found := string_to_array(folded, ' ');
    end if;
  end if;
  if length(folded) > {longest_word} and folded ~ '\\S{{{longest_word},}}' then
    found := array(select left(one, {longest_word}) from unnest(found) one);
  end if;
  return array_remove(found || string_to_array(signs, null), '');
end $body$
"""

WORDS = """
create function search_words(given text) returns tsvector language plpgsql immutable strict parallel safe as $body$
begin
  return array_to_tsvector({schema}.search_lexemes(given));
end $body$
"""

# A row fits that has a word beginning with each of the text's; null, which nothing fits, for a text without any.
QUERY = """
create function search_query(given text) returns tsquery language sql immutable strict parallel safe as $body$
  select string_agg('''' || replace(replace(one, '\\', '\\\\'), '''', '''''') || ''':*', ' & ')::tsquery
  from unnest({schema}.search_lexemes(given)) one
$body$
"""

SEARCHED = {
    "contents": "title",
    "keywords": "keyword",
    "ideas": "title || ' ' || primary_keyword",
    "tasks": "title || ' ' || primary_keyword",
    "clusters": "name || ' ' || description",
    "audit_events": "subject",
}
HAD_SEARCH = ("contents", "keywords")
SITE_SORTS = {
    "contents": ("content_type", "content_structure", "status", "source"),
    "keywords": ("difficulty", "cpc", "created_at"),
}
WITH_ACCOUNT = {"postgresql_include": ["account_id"]}


def upgrade() -> None:
    connection = op.get_bind()
    known = set(connection.scalars(sa.text("select collname from pg_collation")))
    collation = next((name for name in COLLATIONS if name in known), "default")
    names = {
        "collation": collation,
        "schema": connection.scalar(sa.text("select quote_ident(current_schema())")),
        "odd": ODD,
        "plain": PLAIN.replace("'", "''"),
        "unseen": UNSEEN,
        "signs": SIGNS.replace("'", "''"),
        "unspaced": UNSPACED,
        "ascii_signs": string.punctuation.replace("\\", "\\\\").replace("'", "''"),
        "longest_text": LONGEST_TEXT,
        "longest_word": LONGEST_WORD,
    }
    for function in (FOLD, LEXEMES, WORDS, QUERY):
        connection.exec_driver_sql(function.format(**names).replace("%", "%%"))
    for table in HAD_SEARCH:
        op.drop_index(f"ix_{table}_search", table)
        op.drop_column(table, "search")
    op.execute(
        f"alter table contents add column title_key text generated always as "
        f"(left(search_fold(left(title, {LONGEST_TEXT})), {LONGEST_KEY})) stored not null"
    )
    for table, text in SEARCHED.items():
        op.execute(f"alter table {table} add column search tsvector generated always as (search_words({text})) stored")
        op.create_index(f"ix_{table}_search", table, ["search"], postgresql_using="gin")
        op.execute(f"alter table {table} alter column search set not null")
    op.drop_index("ix_contents_site_updated", "contents")
    op.create_index("ix_contents_site_updated", "contents", ["site_id", "updated_at", "id"], **WITH_ACCOUNT)
    op.create_index("ix_contents_site_title", "contents", ["site_id", "title_key", "id"], **WITH_ACCOUNT)
    op.drop_index("ix_keywords_site_volume", "keywords")
    volume = ["site_id", sa.text("volume DESC NULLS LAST"), sa.text("id DESC")]
    op.create_index("ix_keywords_site_volume", "keywords", volume, **WITH_ACCOUNT)
    for table, columns in SITE_SORTS.items():
        for column in columns:
            op.create_index(f"ix_{table}_site_{column}", table, ["site_id", column, "id"], **WITH_ACCOUNT)
    for table in SEARCHED:
        op.execute(f"analyze {table}")  # nothing is known of the new columns until then


def downgrade() -> None:
    for table, columns in SITE_SORTS.items():
        for column in columns:
            op.drop_index(f"ix_{table}_site_{column}", table)
    op.drop_index("ix_keywords_site_volume", "keywords")
    volume = ["site_id", sa.text("volume DESC NULLS LAST"), "id"]
    op.create_index("ix_keywords_site_volume", "keywords", volume, **WITH_ACCOUNT)
    op.drop_index("ix_contents_site_title", "contents")
    op.drop_index("ix_contents_site_updated", "contents")
    op.create_index("ix_contents_site_updated", "contents", ["site_id", sa.text("updated_at DESC"), "id"])
    op.drop_column("contents", "title_key")
    for table in SEARCHED:
        op.drop_index(f"ix_{table}_search", table)
        op.drop_column(table, "search")
    for table in HAD_SEARCH:
        text = SEARCHED[table]
        op.execute(
            f"alter table {table} add column search tsvector generated always as (to_tsvector('simple', {text})) stored"
        )
        op.execute(f"alter table {table} alter column search set not null")
        op.create_index(f"ix_{table}_search", table, ["search"], postgresql_using="gin")
    for function in ("search_query", "search_words", "search_lexemes", "search_fold"):
        op.execute(f"drop function {function}(text)")
