"""Titles of ideas are told apart by their signs: “C++ tutorial” is not “C tutorial”"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = re.compile(r"(?:(?<!\S)[.$€£#+])?\w+[+#%*]*|&")
WORD = re.compile(r"\w+")
IDEAS = sa.table("ideas", sa.column("id"), sa.column("title"), sa.column("normalised_title"))


def _write(new: re.Pattern[str], old: re.Pattern[str]) -> None:
    """Rewrite keys of one form in another; those that got a number beside them, as doubles of others, stay."""
    bind = op.get_bind()
    signs = IDEAS.c.title.regexp_match("[.$€£#+%*&]")
    for row in bind.execute(sa.select(IDEAS).where(signs)).all():
        title = unicodedata.normalize("NFKC", row.title).casefold()
        if row.normalised_title == " ".join(old.findall(title))[:300]:
            key = " ".join(new.findall(title))[:300]
            bind.execute(sa.update(IDEAS).where(IDEAS.c.id == row.id).values(normalised_title=key))


def upgrade() -> None:
    _write(NAME, WORD)


def downgrade() -> None:
    """The titles of one cluster may be the same again: then the key stays."""
