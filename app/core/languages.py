"""Texts in the language of a person: what marks them in the source, and the languages there are.

English stands in the source and is what is looked up; `translations/` has other languages. `app.core.language_choice`
decides which one is used. What workers write (messages of runs, the audit log) is in English, since people of several
languages read it.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeVar

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import g
from flask_babel import force_locale, get_domain, get_locale, lazy_gettext
from markupsafe import Markup

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "NN_",
    "N_",
    "catalogue",
    "finished_text",
    "gettext",
    "in_english",
    "lazy_gettext",
    "local_date",
    "local_number",
    "ngettext",
    "unfilled_plural",
]

Made = TypeVar("Made")
DEFAULT = "en"
MOST_FINISHED = 20_000


class _Catalogue:
    """The texts of a language, and as HTML those that templates have shown as they are."""

    def __init__(self, texts: NullTranslations) -> None:
        self.texts = texts
        self.finished: dict[str, Markup] = {}


_globals = g._get_current_object  # what `g` asks each time, without asking how
_NONE = _Catalogue(NullTranslations())
_catalogues: dict[Locale, _Catalogue] = {}
_latest: tuple[Locale | None, _Catalogue] = None, _NONE  # what was asked for last
LANGUAGES = {"en": "English", "ur": "اردو"}  # each named as its own readers name it


def _current() -> _Catalogue:
    """The catalogue of the current language. A page asks for hundreds: flask_babel's own search for it is slower.

    A request keeps its Locale, so what was found for it last is mostly what is asked for. Comparing Locales is slow.
    """
    global _latest
    locale, (latest, kept) = _locale(), _latest
    if locale is latest:
        return kept
    if locale is None:
        return _NONE
    if locale not in _catalogues:
        _catalogues[locale] = _Catalogue(get_domain().get_translations())
    _latest = locale, _catalogues[locale]
    return _catalogues[locale]


def _locale() -> Locale | None:
    """What flask_babel keeps of the request where it keeps it, else what it finds."""
    try:
        kept = _globals().__dict__.get("_flask_babel")
    except RuntimeError:  # outside of any application
        return None
    locale: Locale | None = getattr(kept, "babel_locale", None) or get_locale()
    return locale


def catalogue() -> NullTranslations:
    """The texts of the current language."""
    return _current().texts


def finished_text(text: str) -> Markup:
    """For templates: the text in the current language as HTML, without any placeholders; a doubled % is one."""
    current = _current()
    finished = current.finished.get(text)
    if finished is None:
        finished = Markup(current.texts.ugettext(text)) % {}  # noqa: S704 (a text of ours)
        if len(current.finished) < MOST_FINISHED:
            current.finished[text] = finished
    return finished


def gettext(text: str, /, **values: object) -> str:
    """The text in the current language, with its `%(names)s` filled in."""
    spoken = str(catalogue().ugettext(text))
    return spoken % values if values else spoken


def ngettext(singular: str, plural: str, count: int, /, **values: object) -> str:
    """The singular or plural text for this count, in the current language; `%(num)s` in it is the count."""
    return unfilled_plural(singular, plural, count) % {"num": local_number(count), **values}


def unfilled_plural(singular: str, plural: str, count: int, /) -> str:
    """The same text with its placeholders as they are."""
    return str(catalogue().ungettext(singular, plural, count))


def N_(text: str) -> str:  # noqa: N802  (the name by which gettext's tools know it)
    """Mark a text that is a value of the source, such as a label, to be translated where it is shown."""
    return text


def NN_(singular: str, plural: str) -> tuple[str, str]:  # noqa: N802  (as above)
    """Mark a text for one and for many, with `%(num)s` in it; `app.core.wording.counted` shows it."""
    return singular, plural


def in_english(make: Callable[[], Made]) -> Made:
    """What `make` returns when run in English: for texts that are stored, whatever language the request has."""
    with force_locale(DEFAULT):
        return make()


def local_number(number: float, decimals: int = 0) -> str:
    """`1,200` as the current language writes it."""
    return format_decimal(number, f"#,##0.{'0' * decimals}" if decimals else "#,##0", get_locale() or DEFAULT)


def local_date(day: date, pattern: str = "d MMMM y") -> str:
    """A day, or the day of an instant in its zone: `1 December 2026`. `pattern` is one of Unicode's."""
    return _written_date(day.year, day.month, day.day, pattern, str(_locale() or DEFAULT))


@lru_cache(4096)
def _written_date(year: int, month: int, day: int, pattern: str, locale: str) -> str:
    """Rows of a list are of few days, and babel reads the pattern anew for each of them."""
    return format_date(date(year, month, day), pattern, locale=locale)
