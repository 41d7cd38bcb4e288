"""What requests, answers and results of the operations are made of."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

ContentType = Literal["Article", "Page", "Product", "Taxonomy"]
ContentStructure = Literal[
    "Guide",
    "Tutorial",
    "Listicle",
    "Comparison",
    "Review",
    "Case Study",
    "News",
    "Landing Page",
    "Service Page",
    "About Page",
    "Product Page",
    "Archive Page",
]
NAME_LENGTH = 120
TITLE_LENGTH = 200
SEO_TITLE_LENGTH = 60
SEO_DESCRIPTION_LENGTH = 155


class Values(BaseModel):
    """Values that do not change."""

    model_config = ConfigDict(frozen=True)


class KeywordInput(Values):
    """A keyword as the planner knows it; `volume` is searches a month."""

    text: str
    volume: int | None = None
    intent: str | None = None


def storable(text: str) -> str:
    """Without control characters, which models sometimes send and databases refuse."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs"))


def one_of(choices: Sequence[str], value: object) -> str:
    """The choice that a model meant, in any case or spelling; the first choice for anything else."""
    normalised = re.sub(r"[\W_]+", " ", str(value)).strip().casefold()
    return next((choice for choice in choices if choice.casefold() == normalised), choices[0])


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
MeantType = Annotated[ContentType, BeforeValidator(partial(one_of, get_args(ContentType)))]
MeantStructure = Annotated[ContentStructure, BeforeValidator(partial(one_of, get_args(ContentStructure)))]


def to_json_text(value: Any) -> str:
    """The value of a template's variable of kind `json`."""
    return json.dumps(value, ensure_ascii=False)


def facts(keywords: Iterable[KeywordInput]) -> str:
    """Keywords with what is known of them, as JSON."""
    return to_json_text([item.model_dump(exclude_none=True) for item in keywords])
