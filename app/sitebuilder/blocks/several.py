"""Blocks of several items side by side: features, figures, voices, prices, logos, steps and a gallery."""

from typing import Annotated, ClassVar

from pydantic import Field

from app.core.languages import N_
from app.sitebuilder.blocks.base import SiteBlock, button_nodes, head_nodes, item_heading, text_nodes
from app.sitebuilder.blocks.fields import (
    Address,
    FieldsOfBlock,
    FormField,
    ImageAddress,
    Line,
    Lines,
    ShortLine,
    ShortText,
    paragraphs_of,
)
from app.sitebuilder.blocks.nodes import (
    BoxNode,
    GalleryNode,
    GridNode,
    ListNode,
    Node,
    ParagraphNode,
    PictureNode,
    QuoteNode,
)
from app.sitebuilder.blocks.single import ALT, HEADING, IMAGE, LABEL, TARGET, TEXT, Required

COLUMNS = Annotated[int, Field(ge=2, le=4), FormField(N_("Side by side"), "number")]


class FeatureFields(FieldsOfBlock):
    """One feature, service or value."""

    title: Annotated[Line, Required, FormField(N_("Title"))]
    text: Annotated[ShortText, TEXT] = ""
    address: Annotated[Address, FormField(N_("Leads to"), "address")] = ""
    link: Annotated[ShortLine, FormField(N_("Words of the link"))] = ""


class FeatureGridBlock(SiteBlock):
    """What is offered, side by side."""

    key: ClassVar[str] = "feature_grid"
    label: ClassVar[str] = N_("Feature grid")
    about: ClassVar[str] = N_("Services, features or values side by side")
    icon: ClassVar[str] = "layout-grid"

    heading: Annotated[Line, HEADING] = ""
    text: Annotated[ShortText, TEXT] = ""
    columns: COLUMNS = 3
    items: Annotated[
        list[FeatureFields], Field(min_length=1, max_length=12), FormField(N_("Items"), "items", item=N_("Item"))
    ]

    def tree(self) -> tuple[Node, ...]:
        """The heading, and a cell for each item."""
        cells = tuple(
            (item_heading(one.title, self.heading), *text_nodes(one.text), *button_nodes((one.link, one.address)))
            for one in self.items
        )
        return (*head_nodes(self.heading, self.text), GridNode(cells, self.columns))


class FigureFields(FieldsOfBlock):
    """One number with what it counts."""

    value: Annotated[ShortLine, Required, FormField(N_("Number"))]
    label: Annotated[Line, Required, FormField(N_("What it counts"))]


class StatsBlock(SiteBlock):
    """Numbers that say how much."""

    key: ClassVar[str] = "stats"
    label: ClassVar[str] = N_("Figures")
    about: ClassVar[str] = N_("Numbers with what they count")
    icon: ClassVar[str] = "chart-bar"
    tone: ClassVar[str] = "tint"

    heading: Annotated[Line, HEADING] = ""
    items: Annotated[
        list[FigureFields], Field(min_length=1, max_length=8), FormField(N_("Figures"), "items", item=N_("Figure"))
    ]

    def tree(self) -> tuple[Node, ...]:
        """A cell for each number."""
        cells = tuple((ParagraphNode((one.value,), "figure"), ParagraphNode((one.label,))) for one in self.items)
        return (*head_nodes(self.heading), GridNode(cells, min(4, max(2, len(cells)))))


class VoiceFields(FieldsOfBlock):
    """What one customer says."""

    quote: Annotated[ShortText, Required, FormField(N_("What they say"), "text")]
    name: Annotated[ShortLine, Required, FormField(N_("Name"))]
    role: Annotated[Line, FormField(N_("Who they are"))] = ""


class TestimonialsBlock(SiteBlock):
    """What customers say."""

    __test__ = False

    key: ClassVar[str] = "testimonials"
    label: ClassVar[str] = N_("Testimonials")
    about: ClassVar[str] = N_("What customers say, with their names")
    icon: ClassVar[str] = "quote"

    heading: Annotated[Line, HEADING] = ""
    items: Annotated[
        list[VoiceFields], Field(min_length=1, max_length=9), FormField(N_("Voices"), "items", item=N_("Voice"))
    ]

    def tree(self) -> tuple[Node, ...]:
        """A quote for each voice, side by side where there are several."""
        quotes = tuple(
            (QuoteNode(paragraphs_of(one.quote), ", ".join(filter(None, (one.name, one.role)))),) for one in self.items
        )
        shown: tuple[Node, ...] = quotes[0] if len(quotes) == 1 else (GridNode(quotes, min(3, len(quotes))),)
        return (*head_nodes(self.heading), *shown)


class PlanFields(FieldsOfBlock):
    """One plan or package with its price."""

    name: Annotated[ShortLine, Required, FormField(N_("Name"))]
    price: Annotated[ShortLine, Required, FormField(N_("Price"), help=N_("With its currency, as in “$39”."))]
    period: Annotated[ShortLine, FormField(N_("For how long"), help=N_("As in “per month”."))] = ""
    features: Annotated[
        Lines, Field(max_length=12), FormField(N_("What is in it"), "lines", help=N_("One in each line."))
    ] = Field(default_factory=list)
    button: Annotated[ShortLine, LABEL] = ""
    address: Annotated[Address, TARGET] = ""


class PricingBlock(SiteBlock):
    """Plans side by side."""

    key: ClassVar[str] = "pricing"
    label: ClassVar[str] = N_("Prices")
    about: ClassVar[str] = N_("Plans or packages with what is in them")
    icon: ClassVar[str] = "tag"

    heading: Annotated[Line, HEADING] = ""
    text: Annotated[ShortText, TEXT] = ""
    items: Annotated[
        list[PlanFields], Field(min_length=1, max_length=6), FormField(N_("Plans"), "items", item=N_("Plan"))
    ]

    def tree(self) -> tuple[Node, ...]:
        """A box for each plan."""
        cells = tuple((BoxNode(self._plan(plan), "plan"),) for plan in self.items)
        return (*head_nodes(self.heading, self.text), GridNode(cells, min(3, max(2, len(cells)))))

    def _plan(self, plan: PlanFields) -> tuple[Node, ...]:
        period: tuple[Node, ...] = (ParagraphNode((plan.period,), "small"),) if plan.period else ()
        features: tuple[Node, ...] = (ListNode(tuple(plan.features)),) if plan.features else ()
        button = button_nodes((plan.button, plan.address))
        name = item_heading(plan.name, self.heading)
        return (name, ParagraphNode((plan.price,), "figure"), *period, *features, *button)


class StepFields(FieldsOfBlock):
    """One step."""

    title: Annotated[Line, Required, FormField(N_("Title"))]
    text: Annotated[ShortText, TEXT] = ""


class StepsBlock(SiteBlock):
    """How it goes, step by step."""

    key: ClassVar[str] = "steps"
    label: ClassVar[str] = N_("Steps")
    about: ClassVar[str] = N_("How it goes, numbered")
    icon: ClassVar[str] = "list-numbers"

    heading: Annotated[Line, HEADING] = ""
    text: Annotated[ShortText, TEXT] = ""
    items: Annotated[
        list[StepFields], Field(min_length=1, max_length=9), FormField(N_("Steps"), "items", item=N_("Step"))
    ]

    def tree(self) -> tuple[Node, ...]:
        """A numbered cell for each step."""
        cells = tuple(
            (item_heading(f"{number}. {one.title}", self.heading), *text_nodes(one.text))
            for number, one in enumerate(self.items, 1)
        )
        return (*head_nodes(self.heading, self.text), GridNode(cells, min(3, max(2, len(cells)))))


class LogoFields(FieldsOfBlock):
    """The logo of one customer or partner."""

    image: Annotated[ImageAddress, Required, IMAGE]
    name: Annotated[ShortLine, Required, FormField(N_("Whose logo it is"))]


class LogosBlock(SiteBlock):
    """Logos of customers or partners."""

    key: ClassVar[str] = "logos"
    label: ClassVar[str] = N_("Logos")
    about: ClassVar[str] = N_("Logos of customers or partners in a row")
    icon: ClassVar[str] = "building-store"

    heading: Annotated[Line, HEADING] = ""
    items: Annotated[
        list[LogoFields], Field(min_length=1, max_length=12), FormField(N_("Logos"), "items", item=N_("Logo"))
    ]

    def tree(self) -> tuple[Node, ...]:
        """The logos in rows."""
        pictures = tuple(PictureNode(one.image, one.name) for one in self.items)
        return (*head_nodes(self.heading), GalleryNode(pictures, min(6, len(pictures))))


class PhotoFields(FieldsOfBlock):
    """One picture of a gallery."""

    image: Annotated[ImageAddress, Required, IMAGE]
    alt: Annotated[Line, ALT] = ""
    caption: Annotated[Line, FormField(N_("Caption"))] = ""


class GalleryBlock(SiteBlock):
    """Pictures side by side."""

    key: ClassVar[str] = "gallery"
    label: ClassVar[str] = N_("Gallery")
    about: ClassVar[str] = N_("Pictures side by side")
    icon: ClassVar[str] = "photo"

    heading: Annotated[Line, HEADING] = ""
    columns: COLUMNS = 3
    items: Annotated[
        list[PhotoFields], Field(min_length=1, max_length=24), FormField(N_("Pictures"), "items", item=N_("Image"))
    ]

    def tree(self) -> tuple[Node, ...]:
        """The pictures in rows."""
        pictures = tuple(PictureNode(one.image, one.alt, one.caption) for one in self.items)
        return (*head_nodes(self.heading), GalleryNode(pictures, min(self.columns, len(pictures))))
