"""Texts that are stored: kept apart from what is filled in, so that each reader gets them in their own language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.languages import gettext, in_english, ngettext
from app.core.wording import sentences

SENTENCES = "sentences"  # in `Run.data`: the message of a run, as `message_data` makes it


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text marked by `N_`, with its `%(names)s`; one marked by `NN_` has a `plural` and a `count`.

    A value that is such a text itself is shown in the reader's language too.
    """

    text: str
    values: Mapping[str, "str | int | StoredText"] = field(default_factory=dict)
    plural: str = ""
    count: int = 0

    def shown(self) -> str:
        """The text in the current language."""
        values = {
            name: value.shown() if isinstance(value, StoredText) else value for name, value in self.values.items()
        }
        if self.plural:
            return ngettext(self.text, self.plural, self.count, **values)
        return gettext(self.text, **values)

    def as_json(self) -> dict[str, Any]:
        """The text as it is stored."""
        values = {
            name: value.as_json() if isinstance(value, StoredText) else value for name, value in self.values.items()
        }
        plural = {"plural": self.plural, "count": self.count} if self.plural else {}
        return {"text": self.text} | ({"values": values} if values else {}) | plural


def count_text(count: int, words: Sequence[str]) -> StoredText:
    """A text marked by `NN_` for this count."""
    return StoredText(words[0], plural=words[1], count=count)


def joined_text(texts: Sequence[StoredText]) -> StoredText | None:
    """These texts one after another as one; None for none."""
    names = [f"part_{number}" for number in range(len(texts))]
    if len(texts) < 2:
        return texts[0] if texts else None
    return StoredText(" ".join(f"%({name})s" for name in names), dict(zip(names, texts, strict=True)))


def text_of_json(value: Any) -> StoredText | None:
    """What `as_json` made; None for anything else."""
    if not isinstance(value, Mapping) or not isinstance(value.get("text"), str):
        return None
    stored = value.get("values")
    values = {
        str(name): text_of_json(one) or (one if isinstance(one, str | int) else str(one))
        for name, one in (stored if isinstance(stored, Mapping) else {}).items()
    }
    plural, count = value.get("plural"), value.get("count")
    return StoredText(value["text"], values, str(plural or ""), count if isinstance(count, int) else 0)


def message_in_english(texts: Sequence[StoredText]) -> str:
    """These sentences one after another, for `Run.message`."""
    return in_english(lambda: sentences(*(text.shown() for text in texts)))


def message_data(texts: Sequence[StoredText]) -> dict[str, Any]:
    """The same for `Run.data`: what `shown_message` reads."""
    return {SENTENCES: [text.as_json() for text in texts]}


def shown_message(message: str | None, data: Mapping[str, Any] | None) -> str:
    """The message of a run in the current language: of its sentences where it has them, else as it is stored."""
    texts = (data or {}).get(SENTENCES)
    read = [text_of_json(one) for one in texts] if isinstance(texts, list) else []
    parts = [text.shown() for text in read if text is not None]
    return sentences(*parts) if parts else gettext(message) if message else ""
