"""What the fields of blocks hold, how long it may be, and how a form shows them."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from app.core.blank import is_blank
from app.core.languages import N_

LINE, LONG, ADDRESS, IMAGE = 160, 3000, 500, 500
PAGE, ASSET = "page:", "asset:"
_SCHEMES = ("https://", "http://", "mailto:", "tel:")
_LOCAL = re.compile(r"[/#][^\s<>\"'\\]*")
_PAGE = re.compile(r"page:[^\s<>\"'\\/?#]{1,80}")
_ASSET = re.compile(r"asset:(?:images|documents|media)/[^\s<>\"'\\/]{1,200}")
_UNSAFE = re.compile(r"[\s<>\"'\\\x00-\x1f\x7f]")
_BREAK = re.compile(r"\n[ \t]*\n\s*")


class BadField(ValueError):
    """A field that cannot be taken; the message is for a person (a text that is marked for translation)."""


@dataclass(frozen=True, slots=True)
class FormField:
    """How a form asks for a field. `kind`: line, text, lines, address, image, choice, number, flag or items."""

    label: str
    kind: str = "line"
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    item: str = ""


def _one_line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    line = " ".join(value.replace("\0", "").split())
    return "" if is_blank(line) else line


def _lines_kept(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").strip()
    return "" if is_blank(text) else text


def _address(value: str) -> str:
    """A web address, a mail address or number, a page (`page:slug`), a file (`asset:…`), or a place on this site."""
    if not value or _PAGE.fullmatch(value) or _ASSET.fullmatch(value):
        return value
    if value.startswith(_SCHEMES) and not _UNSAFE.search(value) and len(value.partition(":")[2].strip("/")) > 0:
        return value
    if _LOCAL.fullmatch(value) and not value.startswith("//"):
        return value
    raise BadField(N_("This is no address. Begin with https://, mailto:, tel:, / or #, or choose a page."))


def _image(value: str) -> str:
    """Where a picture is: a web address, or a file of the site's (`asset:images/name.jpg`)."""
    if not value or _ASSET.fullmatch(value):
        return value
    if value.startswith(("https://", "http://")) and not _UNSAFE.search(value) and len(value) > 9:
        return value
    raise BadField(N_("This is no address of a picture. Begin with https://."))


def _nonempty_lines(value: Any) -> Any:
    if isinstance(value, str):
        value = value.splitlines()
    return [line for line in map(_one_line, value) if line] if isinstance(value, list) else value


Line = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=LINE)]
ShortLine = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=60)]
RunningText = Annotated[str, BeforeValidator(_lines_kept), StringConstraints(max_length=LONG)]
ShortText = Annotated[str, BeforeValidator(_lines_kept), StringConstraints(max_length=600)]
Address = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=ADDRESS), AfterValidator(_address)]
ImageAddress = Annotated[str, BeforeValidator(_one_line), StringConstraints(max_length=IMAGE), AfterValidator(_image)]
Lines = Annotated[list[Line], BeforeValidator(_nonempty_lines)]


class FieldsOfBlock(BaseModel):
    """Fields of a block, or of one of its items. What a release does not know is left out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


def paragraphs_of(text: str) -> tuple[str, ...]:
    """The paragraphs of a text: blank lines separate them."""
    return tuple(part for part in (" ".join(piece.split()) for piece in _BREAK.split(text)) if part)
