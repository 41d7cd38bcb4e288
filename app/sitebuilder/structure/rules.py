"""A structure made by rule from the answers of the wizard: pages by kind of business and objectives.

Every text is one that the person gave, or one of the few words of `words`. A block for which nothing was given is left
out, and so is a page that would say nothing: no invented customers, figures or promises. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.sitebuilder.answers import SiteAnswers
from app.sitebuilder.blocks.registry import new_section
from app.sitebuilder.structure.plans import PagePlan, StructurePlan, plan_page
from app.sitebuilder.structure.words import words_in
from app.sitebuilder.templates import blocks_of_page

SELLS = frozenset(("shop", "software", "food"))
Fields = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A page to make: `purpose` is that of a custom one, and `slug` what others link to."""

    page_type: str
    name: str
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class _Building:
    answers: SiteAnswers
    words: Mapping[str, str]
    wanted: tuple[_Wanted, ...]

    def has(self, page_type: str) -> bool:
        return any(page.page_type == page_type for page in self.wanted)

    @property
    def offers_page(self) -> str:
        return "products" if self.has("products") else "services"


def structure_by_rule(answers: SiteAnswers) -> StructurePlan:
    """The pages that these answers ask for, with what they give to say."""
    wanted, notes = _wanted_pages(answers)
    building = _Building(answers, words_in(answers.language), wanted)
    taken: set[str] = set()
    pages = [_page(building, page, taken) for page in wanted]
    return StructurePlan(pages, notes)


def section_by_rule(answers: SiteAnswers, kind: str, page_type: str, title: str) -> dict[str, Any] | None:
    """One section of a page made anew; None when the answers give nothing to say in it."""
    wanted, _notes = _wanted_pages(answers)
    building = _Building(answers, words_in(answers.language), wanted)
    name = title if page_type == "custom" else building.words[page_type]
    fields = _MAKERS[kind](building, _Wanted(page_type, name)) if kind in _MAKERS else None
    return new_section(kind, fields) if fields is not None else None


def _wanted_pages(answers: SiteAnswers) -> tuple[tuple[_Wanted, ...], list[str]]:
    words = words_in(answers.language)
    if answers.template == "landing":
        return (_Wanted("home", words["home"]),), []
    pages, notes = [_Wanted("home", words["home"])], []
    sells = answers.business_type in SELLS or answers.wants("sales")
    if answers.offers or answers.wants("explain") or sells:
        kind = "products" if sells else "services"
        pages.append(_Wanted(kind, words[kind]))
    pages.append(_Wanted("about", words["about"]))
    for purpose, given in (("prices", answers.prices), ("questions", answers.questions)):
        if given:
            pages.append(_Wanted("custom", words[purpose], purpose))
        elif answers.wants(purpose):
            notes.append(f"No page “{words[purpose]}” was made: the brief has nothing for it yet.")
    pages += [_Wanted("custom", words[purpose], purpose) for purpose in ("work", "jobs") if answers.wants(purpose)]
    if answers.wants("posts"):
        pages.append(_Wanted("blog", words["blog"]))
    pages.append(_Wanted("contact", words["contact"]))
    return tuple(pages), notes


def _page(building: _Building, page: _Wanted, taken: set[str]) -> PagePlan:
    sections = []
    for kind in blocks_of_page(building.answers.template, page.page_type, page.purpose):
        fields = _MAKERS[kind](building, page) if kind in _MAKERS else None
        if fields is not None:
            sections.append(new_section(kind, fields))
    slug = page.page_type if page.page_type != "custom" else page.purpose
    return plan_page(page.name, page.page_type, sections, taken, slug)


def _line(text: str) -> str:
    return text[:1].upper() + text[1:160]


def _lead(building: _Building) -> str:
    """The first paragraph of the description, as far as it goes."""
    return building.answers.description[0][:600] if building.answers.description else ""


def _next_step(building: _Building) -> tuple[str, str, str]:
    """Heading, button and address of what a visitor is to do: by the first objective that says it."""
    words, answers = building.words, building.answers
    for objective in answers.objectives:
        if objective == "sales" and building.has("products"):
            return words["sales"], words["sales_button"], "page:products"
        if objective == "bookings":
            return words["bookings"], words["bookings_button"], _contact_address(building)
    return words["enquiries"], words["enquiries_button"], _contact_address(building)


def _contact_address(building: _Building) -> str:
    if building.has("contact"):
        return "page:contact"
    answers = building.answers
    digits = "".join(char for char in answers.phone if char in "+0123456789")
    return f"mailto:{answers.email}" if answers.email else f"tel:{digits}" if digits else "#main"


def _hero(building: _Building, page: _Wanted) -> Fields:
    answers = building.answers
    if page.page_type != "home":
        text = answers.audience if page.page_type == "about" else ""
        return {"eyebrow": answers.name[:60], "heading": _line(page.name), "text": _line(text)}
    _heading, button, address = _next_step(building)
    heading = f"{_line(answers.industry)} – {answers.place}" if answers.place else _line(answers.industry)
    fields: dict[str, Any] = {
        "eyebrow": answers.name[:60],
        "heading": heading.splitlines()[0][:160] if heading else answers.name,
        "text": _lead(building),
        "button": button,
        "address": address,
    }
    if building.has(building.offers_page) and address != f"page:{building.offers_page}":
        fields |= {"second_button": building.words["offer"][:60], "second_address": f"page:{building.offers_page}"}
    return fields


def _feature_grid(building: _Building, page: _Wanted) -> Fields:
    if not building.answers.offers or page.page_type == "about":
        return None
    most = 6 if page.page_type == "home" else 12
    items = [{"title": title, "text": text} for title, text in building.answers.offers[:most]]
    heading = building.words["offer"] if page.page_type == "home" else ""
    return {"heading": heading, "items": items, "columns": 2 if len(items) in (2, 4) else 3}


def _text_image(building: _Building, page: _Wanted) -> Fields:
    """The whole description on the page about the business; on a landing page what the hero has not said of it."""
    paragraphs = building.answers.description
    if page.page_type == "home" and not building.has("about"):
        paragraphs = paragraphs[1:]
    elif page.page_type != "about":
        return None
    return {"heading": building.answers.name, "text": "\n\n".join(paragraphs)[:3000]} if paragraphs else None


def _stats(building: _Building, page: _Wanted) -> Fields:
    figures = [(value, label) for value, label in building.answers.figures if label]
    items = [{"value": value[:60], "label": label[:160]} for value, label in figures[:8]]
    return {"items": items} if items else None


def _pricing(building: _Building, page: _Wanted) -> Fields:
    _heading, button, address = _next_step(building)
    prices = [(name, price) for name, price in building.answers.prices if price]
    items = [
        {"name": name[:60], "price": price[:60], "button": button, "address": address} for name, price in prices[:6]
    ]
    return {"items": items} if items else None


def _faq(building: _Building, page: _Wanted) -> Fields:
    items = [{"question": question, "answer": answer} for question, answer in building.answers.questions[:20]]
    heading = building.words["questions"] if page.purpose != "questions" else ""
    return {"heading": heading, "items": items} if items else None


def _call_to_action(building: _Building, page: _Wanted) -> Fields:
    heading, button, address = _next_step(building)
    if address == "#main" or address == f"page:{page.page_type}":
        return None
    return {"heading": heading, "text": "", "button": button, "address": address}


def _contact(building: _Building, page: _Wanted) -> Fields:
    answers = building.answers
    if not (answers.email or answers.phone or answers.place):
        return None
    heading = building.words["contact"] if page.page_type == "home" else ""
    return {"heading": heading, "email": answers.email, "phone": answers.phone, "place": answers.place}


def _posts_list(building: _Building, page: _Wanted) -> Fields:
    if not building.has("blog"):
        return None
    return {"heading": building.words["newest"], "count": 3 if page.page_type == "home" else 12}


_MAKERS: Mapping[str, Callable[[_Building, _Wanted], Fields]] = {
    "hero": _hero,
    "feature_grid": _feature_grid,
    "text_image": _text_image,
    "stats": _stats,
    "pricing": _pricing,
    "faq": _faq,
    "call_to_action": _call_to_action,
    "contact": _contact,
    "posts_list": _posts_list,
}
