"""Stored keywords without marks that nobody sees, as imports read them; one that is there twice becomes one"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MARKS = "\u00ad\u061c\u200b\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
INVISIBLE = dict.fromkeys(map(ord, MARKS))
FOUND = (
    "select id, account_id, site_id, keyword from keywords where keyword ~ :marks or normalised ~ :marks order by id"
)
OTHER = "select id from keywords where site_id = :site_id and normalised = :normalised and id <> :id"
FILL = """
update keywords k set volume = coalesce(k.volume, o.volume), difficulty = coalesce(k.difficulty, o.difficulty),
    cpc = coalesce(k.cpc, o.cpc), intent = coalesce(k.intent, o.intent), country = coalesce(k.country, o.country),
    sector_id = coalesce(k.sector_id, o.sector_id), cluster_id = coalesce(k.cluster_id, o.cluster_id)
from keywords o where k.id = :other and o.id = :id
"""

IN_CONTENTS = """
insert into content_keywords (content_id, keyword_id)
select content_id, :other from content_keywords where keyword_id = :id on conflict do nothing
"""
IN_TASKS = """
insert into task_keywords (task_id, keyword_id)
select task_id, :other from task_keywords where keyword_id = :id on conflict do nothing
"""


def upgrade() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.text(FOUND), {"marks": f"[{MARKS}]"}).mappings().all():
        keyword = _tidy(unicodedata.normalize("NFC", row["keyword"])) or row["keyword"]
        normalised = _tidy(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", keyword).casefold()))
        given = {"id": row["id"], "site_id": row["site_id"], "keyword": keyword, "normalised": normalised}
        other = connection.execute(sa.text(OTHER), given).scalar()
        if other is None:
            stmt = "update keywords set keyword = :keyword, normalised = :normalised where id = :id"
            connection.execute(sa.text(stmt), given)
        else:
            _merge(connection, row["id"], other)


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(INVISIBLE)).strip()


def _merge(connection: sa.Connection, row_id: int, other: int) -> None:
    given = {"id": row_id, "other": other}
    connection.execute(sa.text(FILL), given)
    for stmt in (IN_CONTENTS, IN_TASKS):
        connection.execute(sa.text(stmt), given)
    connection.execute(sa.text("delete from keywords where id = :id"), given)


def downgrade() -> None:
    pass
