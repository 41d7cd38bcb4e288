"""The answers of an example, to begin with: a believable business. Pure."""

from typing import Any

from app.core.languages import gettext


def example_answers() -> dict[str, Any]:
    """The answers, in the language of the person."""
    return {
        "name": gettext("Lindenhof Bicycles"),
        "business_type": "local",
        "industry": gettext("Bicycle shop and repairs"),
        "audience": gettext("People who ride to work, and families with children"),
        "place": gettext("12 Mill Lane, Leeds"),
        "email": "hello@lindenhof.example",
        "phone": "+44 113 496 0000",
        "language": gettext("en"),
        "description": gettext(
            "We sell and repair bicycles for everyday use. Most repairs are done within two days, and whoever needs a "
            "bicycle meanwhile borrows one of ours.\n\nThe workshop was opened by two mechanics who were tired of "
            "throwing away what could be mended. That is still how we work: we tell you what is worth repairing, and "
            "what is not, before we begin."
        ),
        "offers": gettext(
            "Repairs: within two days, with a price before we begin\n"
            "Inspections: brakes, gears and lights once a year\n"
            "City bicycles: tried on our own roads, fitted to you\n"
            "Children's bicycles: taken back when they are too small"
        ),
        "figures": gettext("2 days: for most repairs\n14: bicycles to borrow\n2011: opened"),
        "prices": gettext("Small inspection: £35\nFull inspection: £80\nPuncture: £12"),
        "questions": gettext(
            "Do I need an appointment? No. For a full inspection it helps to call the day before.\n"
            "Do you repair electric bicycles? Yes, all but the motor itself, which we send to its maker."
        ),
        "objectives": ["enquiries", "bookings", "prices", "questions"],
        "layout": "default",
        "template": "marketing",
        "theme": {"palette": "forest", "typography": "friendly", "personality": "friendly", "spacing": "normal"},
    }
