"""Ids of rows that a request names, in its address, a form or a header: read in this one way everywhere."""

from collections.abc import Iterable

from app.core.errors import NotFound
from app.core.languages import gettext

MAX_ID = 2**63 - 1
MAX_IDS = 5000
MAX_VERSION = 2**31 - 1


def parse_id(text: str | None) -> int | None:
    """The id that `text` is, in ASCII digits and within what the database counts to; None for anything else."""
    if not text or len(text) > 19 or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if 0 < number <= MAX_ID else None


def id_or_none(text: str | None) -> int | None:
    """The id chosen in a field that offers “none of them”: None for that choice, which is sent as empty or 0.

    Raises NotFound for anything that is not an id: it must not pass for “none”, which may mean all of them, or the
    default.
    """
    if not text or text == "0":
        return None
    if (number := parse_id(text)) is None:
        raise NotFound(gettext("What was chosen is not there."), cure=gettext("Open the page again and choose."))
    return number


def ids_of(texts: Iterable[str], at_most: int = MAX_IDS) -> list[int]:
    """The ids among these texts, each once, in their order; what is beyond `at_most` is left out."""
    ids = (number for text in texts if (number := parse_id(text)) is not None)
    return list(dict.fromkeys(ids))[:at_most]


def parse_version(text: str | None) -> int:
    """The version of a row that `text` is, as the database counts them; 0, which no row has, for anything else."""
    number = parse_id(text) or 0
    return number if number <= MAX_VERSION else 0
