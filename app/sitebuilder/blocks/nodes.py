"""What a section of a page shows: a tree of a dozen kinds of nodes. Texts are plain; addresses are as they were stored.

Each writer knows every kind of node, and no writer knows a block.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TextLink:
    """Words within a paragraph that lead somewhere."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class HeadingNode:
    """A heading; `level` 1 is the page's own."""

    text: str
    level: int = 2


@dataclass(frozen=True, slots=True)
class ParagraphNode:
    """A paragraph. `role`: "" for running text, ``lead``, ``small`` or ``figure`` for a number that stands large."""

    runs: tuple[str | TextLink, ...]
    role: str = ""


@dataclass(frozen=True, slots=True)
class ButtonNode:
    """A link that looks like a button; the `quiet` one is the second choice."""

    label: str
    address: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class ButtonsNode:
    """Buttons in a row."""

    buttons: tuple[ButtonNode, ...]


@dataclass(frozen=True, slots=True)
class PictureNode:
    """A picture by its stored `address`; a picture that cannot be resolved is left out."""

    address: str
    alt: str = ""
    caption: str = ""


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list of lines."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class DetailsNode:
    """A question whose answer opens; where it cannot, it is a heading of this level."""

    summary: str
    paragraphs: tuple[str, ...]
    level: int = 3


@dataclass(frozen=True, slots=True)
class QuoteNode:
    """What somebody said; `cite` is who."""

    paragraphs: tuple[str, ...]
    cite: str = ""


@dataclass(frozen=True, slots=True)
class GalleryNode:
    """Pictures side by side."""

    pictures: tuple[PictureNode, ...]
    columns: int = 3


@dataclass(frozen=True, slots=True)
class PostsNode:
    """The newest posts of the site."""

    count: int


@dataclass(frozen=True, slots=True)
class BoxNode:
    """Nodes that belong together; `name` is a class."""

    children: "tuple[Node, ...]"
    name: str


@dataclass(frozen=True, slots=True)
class GridNode:
    """Cells side by side, so many in a row; below each other where it is narrow."""

    cells: "tuple[tuple[Node, ...], ...]"
    per_row: int = 3


Node = (
    HeadingNode
    | ParagraphNode
    | ButtonsNode
    | PictureNode
    | ListNode
    | DetailsNode
    | QuoteNode
    | GalleryNode
    | PostsNode
    | BoxNode
    | GridNode
)


@dataclass(frozen=True, slots=True)
class SectionNode:
    """One section of a page: the key of its block, and its `tone`: ``plain``, ``tint`` or ``accent``."""

    kind: str
    children: tuple[Node, ...]
    tone: str = "plain"
    id: str = field(default="")
