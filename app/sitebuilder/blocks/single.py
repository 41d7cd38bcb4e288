"""Blocks that say one thing: hero, text with image, questions, call to action, contact and posts."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from app.core.languages import N_
from app.sitebuilder.blocks.base import SiteBlock, button_nodes, head_nodes, picture_nodes, text_nodes
from app.sitebuilder.blocks.fields import (
    Address,
    FieldsOfBlock,
    FormField,
    ImageAddress,
    Line,
    RunningText,
    ShortLine,
    ShortText,
    paragraphs_of,
)
from app.sitebuilder.blocks.nodes import DetailsNode, GridNode, Node, ParagraphNode, PostsNode, TextLink

HEADING = FormField(N_("Heading"))
TEXT = FormField(N_("Text"), "text", help=N_("A blank line begins a new paragraph."))
LABEL, TARGET = FormField(N_("Button")), FormField(N_("Button leads to"), "address")
IMAGE = FormField(N_("Image"), "image")
ALT = FormField(N_("What the picture shows"), help=N_("For people who cannot see it. Empty for mere decoration."))
Required = StringConstraints(min_length=1)


class HeroBlock(SiteBlock):
    """What the page is about, at its top."""

    key: ClassVar[str] = "hero"
    label: ClassVar[str] = N_("Hero")
    about: ClassVar[str] = N_("Heading, text and buttons at the top of a page")
    icon: ClassVar[str] = "article"
    tone: ClassVar[str] = "tint"

    eyebrow: Annotated[ShortLine, FormField(N_("Line above the heading"))] = ""
    heading: Annotated[Line, Required, HEADING]
    text: Annotated[ShortText, TEXT] = ""
    button: Annotated[ShortLine, LABEL] = ""
    address: Annotated[Address, TARGET] = ""
    second_button: Annotated[ShortLine, FormField(N_("Second button"))] = ""
    second_address: Annotated[Address, FormField(N_("Second button leads to"), "address")] = ""
    image: Annotated[ImageAddress, IMAGE] = ""
    alt: Annotated[Line, ALT] = ""

    def tree(self) -> tuple[Node, ...]:
        """The words, with the picture beside them."""
        eyebrow: tuple[Node, ...] = (ParagraphNode((self.eyebrow,), "small"),) if self.eyebrow else ()
        words = (
            *eyebrow,
            *head_nodes(self.heading, self.text, 1),
            *button_nodes((self.button, self.address), (self.second_button, self.second_address)),
        )
        picture = picture_nodes(self.image, self.alt)
        return (GridNode((words, picture), 2),) if picture else words


class TextImageBlock(SiteBlock):
    """Running text, with a picture beside it or without."""

    key: ClassVar[str] = "text_image"
    label: ClassVar[str] = N_("Text with picture")
    about: ClassVar[str] = N_("A heading and paragraphs, with a picture beside them if there is one")
    icon: ClassVar[str] = "file-text"

    heading: Annotated[Line, HEADING] = ""
    text: Annotated[RunningText, Required, TEXT]
    image: Annotated[ImageAddress, IMAGE] = ""
    alt: Annotated[Line, ALT] = ""
    caption: Annotated[Line, FormField(N_("Caption"))] = ""
    side: Annotated[
        Literal["right", "left"],
        FormField(N_("Picture stands"), "choice", choices=(("right", N_("After the text")), ("left", N_("Before it")))),
    ] = "right"
    button: Annotated[ShortLine, LABEL] = ""
    address: Annotated[Address, TARGET] = ""

    def tree(self) -> tuple[Node, ...]:
        """The words, with the picture on its side."""
        words = (*head_nodes(self.heading), *text_nodes(self.text), *button_nodes((self.button, self.address)))
        picture = picture_nodes(self.image, self.alt, self.caption)
        if not picture:
            return words
        return (GridNode((words, picture) if self.side == "right" else (picture, words), 2),)


class QuestionFields(FieldsOfBlock):
    """One question with its answer."""

    question: Annotated[Line, Required, FormField(N_("Question"))]
    answer: Annotated[ShortText, Required, FormField(N_("Answer"), "text")]


class FaqBlock(SiteBlock):
    """Questions and their answers."""

    key: ClassVar[str] = "faq"
    label: ClassVar[str] = N_("Questions and answers")
    about: ClassVar[str] = N_("Questions that open to show their answers")
    icon: ClassVar[str] = "help-circle"

    heading: Annotated[Line, HEADING] = ""
    items: Annotated[
        list[QuestionFields],
        Field(min_length=1, max_length=20),
        FormField(N_("Questions"), "items", item=N_("Question")),
    ]

    def tree(self) -> tuple[Node, ...]:
        """Each question with its answer."""
        level = 3 if self.heading else 2
        answers = (DetailsNode(one.question, paragraphs_of(one.answer), level) for one in self.items)
        return (*head_nodes(self.heading), *answers)


class CallToActionBlock(SiteBlock):
    """What a visitor is to do next."""

    key: ClassVar[str] = "call_to_action"
    label: ClassVar[str] = N_("Call to action")
    about: ClassVar[str] = N_("One sentence and the button for the next step")
    icon: ClassVar[str] = "pointer"
    tone: ClassVar[str] = "accent"

    heading: Annotated[Line, Required, HEADING]
    text: Annotated[ShortText, TEXT] = ""
    button: Annotated[ShortLine, Required, LABEL]
    address: Annotated[Address, Required, TARGET]

    def tree(self) -> tuple[Node, ...]:
        """The words and the button."""
        return (*head_nodes(self.heading, self.text), *button_nodes((self.button, self.address)))


class ContactBlock(SiteBlock):
    """How to reach the business."""

    key: ClassVar[str] = "contact"
    label: ClassVar[str] = N_("Contact")
    about: ClassVar[str] = N_("Mail, telephone, address and opening hours")
    icon: ClassVar[str] = "mail"

    heading: Annotated[Line, HEADING] = ""
    text: Annotated[ShortText, TEXT] = ""
    email: Annotated[
        ShortLine,
        StringConstraints(pattern=r"^([^@\s<>\"']+@[^@\s<>\"']+\.[^@\s<>\"']+)?$"),
        FormField(N_("Mail address")),
    ] = ""
    phone: Annotated[ShortLine, StringConstraints(pattern=r"^[0-9+()./\s-]*$"), FormField(N_("Telephone"))] = ""
    place: Annotated[ShortText, FormField(N_("Address"), "text")] = ""
    hours: Annotated[ShortText, FormField(N_("Opening hours"), "text")] = ""

    def tree(self) -> tuple[Node, ...]:
        """The ways to reach the business, those that there are."""
        lines = [line for text in (self.place, self.hours) for line in text.splitlines() if line.strip()]
        nodes: list[Node] = []
        if self.email:
            nodes.append(ParagraphNode((TextLink(self.email, f"mailto:{self.email}"),)))
        if self.phone:
            number = "".join(char for char in self.phone if char in "+0123456789")
            nodes.append(ParagraphNode((TextLink(self.phone, f"tel:{number}") if number else self.phone,)))
        nodes += [ParagraphNode((line.strip(),)) for line in lines]
        return (*head_nodes(self.heading, self.text), *nodes)


class PostsListBlock(SiteBlock):
    """The newest posts of the site."""

    key: ClassVar[str] = "posts_list"
    label: ClassVar[str] = N_("Newest posts")
    about: ClassVar[str] = N_("The newest posts of the blog; they change by themselves")
    icon: ClassVar[str] = "news"

    heading: Annotated[Line, HEADING] = ""
    text: Annotated[ShortText, TEXT] = ""
    count: Annotated[int, Field(ge=1, le=12), FormField(N_("How many"), "number")] = 6

    def tree(self) -> tuple[Node, ...]:
        """The heading and the posts."""
        return (*head_nodes(self.heading, self.text), PostsNode(self.count))
