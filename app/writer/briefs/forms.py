"""The form of a brief: reading what was sent, and saying in words what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

from werkzeug.datastructures import MultiDict

from app.ai.builtin.languages import NAMES
from app.core.languages import gettext, local_number
from app.core.request_ids import ids_of, parse_version
from app.planner.models import INTENTS
from app.writer.briefs.models import Brief
from app.writer.briefs.sections import MOST_SECTIONS, Section, without_blank

LEAST_WORDS, MOST_WORDS = 50, 20_000
MOST_KEYWORDS, MOST_QUESTIONS, MOST_LINKS = 60, 40, 30
LINE, NOTES = 300, 4000
_UNSEEN = frozenset(("Cc", "Cs", "Zl", "Zp"))


@dataclass
class BriefForm:
    """What the fields hold. `length` is as it was typed; `errors` are sentences by field."""

    version: int
    title: str
    description: str
    intent: str
    primary_keyword: str
    secondary_keywords: list[str]
    sections: list[Section]
    questions: list[str]
    link_ids: list[int]
    length: str
    persona: str
    tone: str
    country: str
    language: str
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, brief: Brief) -> "BriefForm":
        """What is stored."""
        return cls(
            version=brief.version,
            title=brief.title,
            description=brief.description,
            intent=brief.intent,
            primary_keyword=brief.primary_keyword,
            secondary_keywords=list(brief.secondary_keywords),
            sections=[Section.of(row) for row in brief.outline],
            questions=list(brief.questions),
            link_ids=list(brief.link_ids),
            length=str(brief.length_words),
            persona=brief.persona,
            tone=brief.tone,
            country=brief.country or "",
            language=brief.language,
        )

    @classmethod
    def sent(cls, form: MultiDict[str, str]) -> "BriefForm":
        """What was sent, checked. Nothing is left out or cut: what is too long is reported."""
        brief_form = cls(
            version=parse_version(form.get("version")),
            title=_line(form.get("title", "")),
            description=_text(form.get("description", "")),
            intent=form.get("intent", ""),
            primary_keyword=_line(form.get("primary_keyword", "")),
            secondary_keywords=_lines(form.get("secondary_keywords", "")),
            sections=_sections(form),
            questions=_lines(form.get("questions", "")),
            link_ids=ids_of(form.getlist("link_ids")),
            length=form.get("length_words", "").strip(),
            persona=_text(form.get("persona", "")),
            tone=_line(form.get("tone", "")),
            country=form.get("country", "").strip().upper(),
            language=form.get("language", ""),
        )
        brief_form._check()
        return brief_form

    def values(self) -> dict[str, Any]:
        """The values for `briefs.save_brief`; only for a form without errors."""
        return {
            "title": self.title,
            "description": self.description,
            "intent": self.intent,
            "primary_keyword": self.primary_keyword,
            "secondary_keywords": self.secondary_keywords,
            "outline": [section.stored() for section in without_blank(self.sections)],
            "questions": self.questions,
            "link_ids": self.link_ids,
            "length_words": _number(self.length),
            "persona": self.persona,
            "tone": self.tone,
            "country": self.country or None,
            "language": self.language,
        }

    def _check(self) -> None:
        length, country = _number(self.length), self.country
        self._require(0 < len(self.title) <= LINE, "title", gettext("A title has 1 to 300 characters."))
        self._require(
            0 < len(self.primary_keyword) <= 255, "primary_keyword", gettext("A keyword has 1 to 255 characters.")
        )
        self._require(len(self.description) <= 5000, "description", gettext("This has more than 5,000 characters."))
        self._require(self.intent in ("", *INTENTS), "intent", gettext("Choose what the searcher wants."))
        self._require(self.language in NAMES, "language", gettext("Choose the language of the text."))
        self._require(len(self.persona) <= 500, "persona", gettext("A persona has at most 500 characters."))
        self._require(len(self.tone) <= 60, "tone", gettext("A tone has at most 60 characters."))
        self._require(
            length is not None and LEAST_WORDS <= length <= MOST_WORDS,
            "length_words",
            gettext(
                "A length is a whole number from %(least_words)s to %(most_words)s.",
                least_words=LEAST_WORDS,
                most_words=local_number(MOST_WORDS),
            ),
        )
        self._require(
            not country or (len(country) == 2 and country.isascii() and country.isalpha()),
            "country",
            gettext("A country is its two-letter code, such as US or DE."),
        )
        self._check_lists()

    def _check_lists(self) -> None:
        keywords = self.secondary_keywords
        self._require(
            len(keywords) <= MOST_KEYWORDS,
            "secondary_keywords",
            gettext("At most %(most_keywords)s keywords.", most_keywords=MOST_KEYWORDS),
        )
        self._require(_are_short(keywords, 255), "secondary_keywords", gettext("A keyword has at most 255 characters."))
        self._require(
            len(self.questions) <= MOST_QUESTIONS,
            "questions",
            gettext("At most %(most_questions)s questions.", most_questions=MOST_QUESTIONS),
        )
        self._require(_are_short(self.questions, LINE), "questions", gettext("A question has at most 300 characters."))
        self._require(
            len(self.link_ids) <= MOST_LINKS,
            "link_ids",
            gettext("At most %(most_links)s pages to link to.", most_links=MOST_LINKS),
        )
        self._require(
            len(self.sections) <= MOST_SECTIONS,
            "outline",
            gettext("At most %(most_sections)s sections.", most_sections=MOST_SECTIONS),
        )
        for place, section in enumerate(self.sections, 1):
            name = f"section {place}"
            if not section.is_blank:
                self._require(
                    bool(section.heading), "outline", gettext("Give %(name)s a heading, or remove it.", name=name)
                )
            self._require(
                len(section.heading) <= LINE,
                "outline",
                gettext("The heading of %(name)s has more than 300 characters.", name=name),
            )
            self._require(
                len(section.notes) <= NOTES,
                "outline",
                gettext("The notes of %(name)s have more than 4,000 characters.", name=name),
            )
            self._require(
                _are_short(section.keywords, 255), "outline", gettext("A keyword of %(name)s is too long.", name=name)
            )

    def _require(self, holds: bool, name: str, message: str) -> None:
        if not holds:
            self.errors.setdefault(name, message)


def _sections(form: MultiDict[str, str]) -> list[Section]:
    """The sections, in the order of their fields in the form."""
    ids, headings = form.getlist("section_id"), form.getlist("heading")
    notes, keywords = form.getlist("notes"), form.getlist("section_keywords")
    count = max(map(len, (ids, headings, notes, keywords)))
    return [
        Section(
            _at(ids, place)[:16],
            _line(_at(headings, place)),
            _text(_at(notes, place)),
            tuple(_lines(_at(keywords, place).replace(",", "\n"))),
        )
        for place in range(count)
    ]


def _at(values: Sequence[str], place: int) -> str:
    return values[place] if place < len(values) else ""


def _line(text: str) -> str:
    """One line without control characters; joiners between characters stay, as Persian and emoji need them."""
    return " ".join("".join(" " if category(char) in _UNSEEN else char for char in text).split())


def _text(text: str) -> str:
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()


def _lines(text: str) -> list[str]:
    """The lines of a field, each once."""
    lines: dict[str, str] = {}
    for line in map(_line, text.splitlines()):
        if line:
            lines.setdefault(line.casefold(), line)
    return list(lines.values())


def _are_short(texts: Sequence[str], most: int) -> bool:
    return all(len(text) <= most for text in texts)


def _number(text: str) -> int | None:
    plain = text.replace(",", "").replace(" ", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 7 else None
