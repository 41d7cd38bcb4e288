"""Why a page is proposed as the target of a link, in words. What is stored is the code and its value."""

from collections.abc import Iterable
from typing import Any

from app.core.languages import gettext, ngettext


def reason_words(reasons: Iterable[Any]) -> list[str]:
    """A sentence for each reason, the strongest first."""
    return [_sentence(str(code), value) for code, value in reasons]


def _sentence(code: str, value: Any) -> str:
    number = int(value) if isinstance(value, int) else 0
    if code == "title" and number:
        return gettext("Its title stands in paragraph %(number)s.", number=number)
    if code == "anchors":
        return ngettext(
            "%(num)s other page links to it with words of this text.",
            "%(num)s other pages link to it with words of this text.",
            number,
        )
    if code == "plan":
        return _plan_sentence(str(value))
    if code == "hub":
        return ngettext("%(num)s page links to it.", "%(num)s pages link to it.", number)
    return _plain_sentence(code)


def _plain_sentence(code: str) -> str:
    words = {
        "title": gettext("Its title stands in the text."),
        "words": gettext("Words of its title stand in the text."),
        "cluster": gettext("Same cluster."),
        "topic": gettext("Much the same topic."),
        "neighbours": gettext("Pages like this one link to it."),
        "back": gettext("It links to this page."),
        "sentence": gettext("A sentence about it would fit here."),
    }
    return words.get(code, gettext("It has some words in common with this page."))


def _plan_sentence(kind: str) -> str:
    words = {
        "fresh": gettext("The page is new, and no live page links to it."),
        "orphan": gettext("No live page links to it."),
        "deep": gettext("The page is too many clicks from the home."),
    }
    return words.get(kind, gettext("One of the two is the hub of their cluster."))
