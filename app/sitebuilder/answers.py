"""The answers of the wizard: how they are stored, what of them is missing, and what they mean. Pure.

`SiteBlueprint.config` has them as they were typed, so that nothing is lost when somebody leaves in the middle.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.blank import is_blank
from app.core.errors import DomainError
from app.core.languages import N_, gettext
from app.sitebuilder.blocks.fields import paragraphs_of
from app.sitebuilder.style.themes import USUAL, checked_theme
from app.sitebuilder.templates import LAYOUT_LABELS, TEMPLATES

BUSINESS, BRIEF, OBJECTIVES, STYLE = 1, 2, 3, 4
STEPS = {BUSINESS: N_("Business"), BRIEF: N_("Brief"), OBJECTIVES: N_("Objectives"), STYLE: N_("Style")}
BUSINESS_TYPES: Mapping[str, str] = {
    "service": N_("Services for people or firms"),
    "agency": N_("Agency or consultancy"),
    "local": N_("Shop, workshop or practice with visitors"),
    "food": N_("Restaurant or café"),
    "shop": N_("Online shop"),
    "software": N_("Software"),
    "creative": N_("Creative work, portfolio"),
    "nonprofit": N_("Association, non-profit"),
    "other": N_("Something else"),
}
OBJECTIVE_LABELS: Mapping[str, str] = {
    "enquiries": N_("Get enquiries"),
    "bookings": N_("Get appointments or reservations"),
    "sales": N_("Sell products"),
    "explain": N_("Explain services"),
    "prices": N_("Show prices"),
    "questions": N_("Answer questions"),
    "work": N_("Show work that was done"),
    "posts": N_("Publish articles"),
    "jobs": N_("Find people to work here"),
}
MOST = {
    "name": 120,
    "industry": 120,
    "audience": 200,
    "place": 200,
    "email": 60,
    "phone": 60,
    "description": 5000,
    "offers": 4000,
    "figures": 1000,
    "prices": 2000,
    "questions": 6000,
}
TEXTS_OF_STEP: Mapping[int, tuple[str, ...]] = {
    BUSINESS: ("name", "business_type", "industry", "audience", "place", "email", "phone", "language"),
    BRIEF: ("description", "offers", "figures", "prices", "questions"),
    OBJECTIVES: (),
    STYLE: ("layout", "template"),
}
MOST_OBJECTIVES, LONGEST_OBJECTIVE = 12, 120
_MAIL = re.compile(r"[^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"']+")
_PHONE = re.compile(r"[0-9+()./\s-]+")
_PAIR = re.compile(r"\s*(?::|–|—|\||\s-\s)\s*")
_QUESTION = re.compile(r"[?？؟]")


@dataclass(frozen=True, slots=True)
class SiteAnswers:
    """What somebody wants a site to be. Pairs are (title, text) of a line such as "Roof repair: within two days"."""

    name: str
    business_type: str
    industry: str
    audience: str
    place: str
    email: str
    phone: str
    language: str
    description: tuple[str, ...]
    offers: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...]
    prices: tuple[tuple[str, str], ...]
    questions: tuple[tuple[str, str], ...]
    objectives: tuple[str, ...]
    layout: str
    template: str

    def wants(self, objective: str) -> bool:
        """Whether this is one of the objectives."""
        return objective in self.objectives


def read_answers(config: Mapping[str, Any]) -> SiteAnswers:
    """The stored answers, as far as they were given."""
    text = {name: str(config.get(name) or "").strip() for names in TEXTS_OF_STEP.values() for name in names}
    kind, layout, template = text["business_type"], text["layout"], text["template"]
    return SiteAnswers(
        name=text["name"],
        business_type=kind if kind in BUSINESS_TYPES else "other",
        industry=text["industry"],
        audience=text["audience"],
        place=text["place"],
        email=text["email"],
        phone=text["phone"],
        language=text["language"] or "en",
        description=paragraphs_of(text["description"]),
        offers=_pairs(text["offers"]),
        figures=_pairs(text["figures"]),
        prices=_pairs(text["prices"]),
        questions=_questions(text["questions"]),
        objectives=tuple(config.get("objectives") or ()),
        layout=layout if layout in LAYOUT_LABELS else "default",
        template=template if template in TEMPLATES else "marketing",
    )


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    lines = (" ".join(line.lstrip("-*• ").split()) for line in text.splitlines())
    parts = (_PAIR.split(line, maxsplit=1) for line in lines if line)
    return tuple((part[0].strip()[:160], part[1].strip()[:600] if len(part) > 1 else "") for part in parts if part[0])


def _questions(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for line in text.splitlines():
        mark = _QUESTION.search(line)
        if mark and line[mark.end() :].strip():
            pairs.append((line[: mark.end()].strip()[:160], line[mark.end() :].strip()[:600]))
    return tuple(pairs)


def read_step(step: int, sent: Mapping[str, Any], objectives: Sequence[str]) -> dict[str, Any]:
    """What the form of a step sent, as it is stored: cut to what can be stored, not checked."""
    values: dict[str, Any] = {}
    for name in TEXTS_OF_STEP[step]:
        text = str(sent.get(name) or "").replace("\0", "").replace("\r\n", "\n").strip()
        values[name] = text[: MOST.get(name, 40) * 2]
    if step == OBJECTIVES:
        lines = (" ".join(str(one).replace("\0", "").split()) for one in objectives)
        kept = dict.fromkeys(line[: LONGEST_OBJECTIVE * 2] for line in lines if not is_blank(line))
        values["objectives"] = list(kept)[: MOST_OBJECTIVES * 2]
    if step == STYLE:
        values["theme"] = {name: str(sent.get(name) or "").replace("\0", "").strip()[:40] for name in USUAL}
    return values


def check_step(step: int, config: Mapping[str, Any]) -> None:
    """Raise DomainError, with the `field`, for the first thing in a step that is missing or wrong."""
    for name in TEXTS_OF_STEP[step]:
        _check_length(name, str(config.get(name) or ""))
    _CHECKS[step](config)


def check_answers(config: Mapping[str, Any]) -> None:
    """Raise DomainError for the first thing that is missing or wrong in any step; `details` has the `step`."""
    for step in STEPS:
        try:
            check_step(step, config)
        except DomainError as error:
            error.details = {**error.details, "step": step}
            raise


def _check_length(name: str, text: str) -> None:
    if len(text) > MOST.get(name, 40):
        raise DomainError(
            gettext("This is longer than %(most)s characters.", most=MOST.get(name, 40)),
            code="ANSWER_TOO_LONG",
            field=name,
            cure=gettext("Shorten it."),
        )


def _check_business(config: Mapping[str, Any]) -> None:
    for name, words in (("name", N_("Give the site a name.")), ("industry", N_("Say what the business does."))):
        if is_blank(str(config.get(name) or "")):
            raise _missing(name, words)
    if config.get("business_type") not in BUSINESS_TYPES:
        raise _missing("business_type", N_("Choose what kind of business it is."))
    if (email := str(config.get("email") or "")) and not _MAIL.fullmatch(email):
        raise _missing("email", N_("This is no mail address."))
    if (phone := str(config.get("phone") or "")) and not _PHONE.fullmatch(phone):
        raise _missing("phone", N_("A telephone number has digits, spaces and + ( ) - alone."))


def _check_brief(config: Mapping[str, Any]) -> None:
    if len("".join(str(config.get("description") or "").split())) < 20:
        raise _missing("description", N_("Describe the business in a sentence or two: the pages are made of it."))


def _check_objectives(config: Mapping[str, Any]) -> None:
    objectives = config.get("objectives") or []
    if not objectives:
        raise _missing("objectives", N_("Choose at least one objective."))
    if len(objectives) > MOST_OBJECTIVES:
        raise _missing("objectives", N_("These are too many objectives: keep the twelve that matter most."))
    if any(len(objective) > LONGEST_OBJECTIVE for objective in objectives):
        raise _missing("objectives", N_("One of the objectives is longer than 120 characters."))


def _check_style(config: Mapping[str, Any]) -> None:
    checked_theme(config.get("theme") or {})


_CHECKS = {BUSINESS: _check_business, BRIEF: _check_brief, OBJECTIVES: _check_objectives, STYLE: _check_style}


def _missing(field: str, words: str) -> DomainError:
    return DomainError(gettext(words), code="ANSWER_MISSING", field=field)
