"""Texts in the language of a person: what marks them in the source, and the languages there are.

English stands in the source and is what is looked up; `translations/` has other languages. `app.core.language_choice`
decides which one is used. What workers write (messages of runs, the audit log) is in English, since people of several
languages read it.
"""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask_babel import force_locale, get_domain, get_locale, lazy_gettext

__all__ = [
    "DEFAULT",
    "LANGUAGES",
    "NN_",
    "N_",
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
_catalogues: dict[Locale, NullTranslations] = {}
_latest: tuple[Locale | None, NullTranslations] = None, NullTranslations()  # what was asked for last
LANGUAGES = {"en": "English", "ur": "اردو"}  # each named as its own readers name it


def catalogue() -> NullTranslations:
    """The texts of the current language. A page asks for hundreds: flask_babel's own search for it is slower.

    A request keeps its Locale, so what was found for it last is mostly what is asked for. Comparing Locales is slow.
    """
    global _latest
    locale, (latest, texts) = get_locale(), _latest
    if locale is latest:
        return texts
    if locale is None:
        return NullTranslations()
    if locale not in _catalogues:
        _catalogues[locale] = get_domain().get_translations()
    _latest = locale, _catalogues[locale]
    return _catalogues[locale]


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
    return format_date(day, pattern, locale=get_locale() or DEFAULT)
