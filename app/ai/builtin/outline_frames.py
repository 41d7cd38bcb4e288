"""What a piece of each structure has beside the sections of its own keywords. Pure data."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HEADINGS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_name("outline_headings.toml").read_text())
BODY = "body"
"""Where the sections of the keywords come."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One place of a structure, by the key of its heading.

    `takes` names what keywords it answers (facets); `needs_keywords` leaves it out where there are none. `fills` says
    that it is there only when the keywords give too few sections.
    """

    key: str
    notes: str = ""
    takes: tuple[str, ...] = ()
    needs_keywords: bool = False
    fills: bool = False


_BODY = Frame(BODY)
_COST = Frame(
    "cost",
    "Ranges with their source and date, and what drives them up or down.",
    takes=("cost",),
    needs_keywords=True,
)
_TROUBLE = Frame(
    "trouble",
    "The likely problems in the order in which they occur: symptom, cause, remedy.",
    takes=("trouble",),
    needs_keywords=True,
)
_CHOOSE = Frame(
    "choose",
    "The few things that decide, the most important first; for each, how to judge it.",
    takes=("choose",),
    needs_keywords=True,
)
_ANSWER = Frame("answer", "Two or three sentences for readers in a hurry, and for whom they hold.")
_ALTERNATIVES = Frame(
    "alternatives", "Two or three alternatives, each with the reason to prefer it.", takes=("versus",)
)
_CONTACT = Frame("contact", "The one action, named by its verb, and what happens after it.")

FRAMES: dict[str, tuple[Frame, ...]] = {
    "Guide": (
        _ANSWER,
        _CHOOSE,
        _BODY,
        _COST,
        _TROUBLE,
        Frame("mistakes", "What goes wrong, how to notice it early, and what to do instead.", fills=True),
    ),
    "Tutorial": (
        Frame("need", "Tools, materials and anything to set up first, each with a stand-in where there is one."),
        Frame("steps", "One action a step, begun with a verb; after each, how the reader knows that it is done."),
        _BODY,
        _CHOOSE,
        _COST,
        Frame("trouble", _TROUBLE.notes, takes=("trouble",)),
    ),
    "Listicle": (
        Frame("list", "One entry a subheading: what stands out, one honest limit, and whom it suits.", ("choose",)),
        Frame("criteria", "The criteria in the order of their weight, and what was left out."),
        _BODY,
        _COST,
        Frame("decide", "Lead each kind of reader to one entry."),
    ),
    "Comparison": (
        Frame("answer", "Which option wins for whom, in three sentences at most."),
        Frame("compare", "A table of the facts that decide, with figures and units.", takes=("versus",)),
        _BODY,
        _CHOOSE,
        _COST,
        Frame("decide", "Two or three questions that lead to one option."),
    ),
    "Review": (
        Frame("verdict", "The verdict with its reason, for whom it is right and for whom it is not.", ("choose",)),
        Frame("tested", "What was done, for how long, and what it was measured against."),
        Frame("strengths", "Each strength with the observation that proves it."),
        Frame("weaknesses", "Each weakness with how much it matters in use.", takes=("trouble",)),
        _BODY,
        _COST,
        _ALTERNATIVES,
    ),
    "Case Study": (
        Frame("situation", "Who, where, what did not work, and what success was to look like."),
        Frame("done", "The decisions in order, each with its reason."),
        Frame("result", "Before and after, in figures that a reader can check."),
        _BODY,
        Frame("lessons", "What carries over to other cases, and what does not."),
    ),
    "News": (
        Frame("happened", "Who, what, when and where in the first paragraph, with the source."),
        Frame("matters", "What changes for the reader, and from when."),
        Frame("background", "What a newcomer needs to know to follow."),
        _BODY,
        Frame("next", "Dates, decisions still open, and what to do now."),
    ),
    "Landing Page": (
        Frame("offer", "The benefits, each with the fact behind it."),
        Frame("works", "The steps from the first contact to the result.", takes=("how",)),
        _BODY,
        Frame("cost", "Enough to decide without asking.", takes=("cost",)),
        Frame("trust", "Quotations with name and place, and figures that can be checked.", takes=("choose",)),
        _CONTACT,
    ),
    "About Page": (
        Frame("who", "The people, where and since when, and for whom they work."),
        Frame("values", "Two or three principles, each with an example."),
        Frame("works", "What it is like to work together, from the first contact to the result."),
        _BODY,
        _CONTACT,
    ),
    "Product Page": (
        Frame("uses", "The use and the result, before any specification."),
        Frame("features", "Each feature, what it does and why it helps.", takes=("choose",)),
        _BODY,
        Frame("specs", "A complete table, with units."),
        Frame("delivery", "Times, costs and conditions that buyers ask for last."),
    ),
    "Archive Page": (
        Frame("collection", "What belongs here and how it is ordered, in one paragraph."),
        _BODY,
        Frame("start", "Three entries: for newcomers, for who compares, and for who is ready to decide."),
    ),
}
PLAIN_LIST = (
    Frame("points", "Every entry in one line, as a table or list that leads to its section."),
    _BODY,
    _COST,
    Frame("mistakes", "What goes wrong, how to notice it early, and what to do instead.", fills=True),
)
"""A list that ranks nothing."""
FRAMES["Service Page"] = FRAMES["Landing Page"]

# What the section of a keyword has to do, by what the keyword wants.
FACET_NOTES = {
    "what": "Define it in plain words and bound it against what it is mistaken for; one everyday example.",
    "choose": _CHOOSE.notes,
    "versus": "What differs in use, and who should take which.",
    "for": "What is different for these readers, and what follows from it.",
    "how": "The steps in order, each begun with a verb, and how to tell that it worked.",
    "cost": _COST.notes,
    "trouble": _TROUBLE.notes,
    "local": "The area served, how to get there or in touch, and when.",
}
OPTION_NOTES = "What it does better than the other, where it falls short, and whom it suits."


def heading_in(key: str, language: str) -> str:
    """The shared heading in this language; English where it is not known."""
    headings = HEADINGS[key]
    return headings.get(language, headings["en"])


def all_notes() -> list[str]:
    """Every sentence that sections bring along."""
    frames = [frame.notes for structure in (*FRAMES.values(), PLAIN_LIST) for frame in structure if frame.notes]
    return list(dict.fromkeys([*frames, *FACET_NOTES.values(), OPTION_NOTES]))
