"""What goes into an analysis and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Group(StrEnum):
    """What an assessment is about. Each group has a score of its own."""

    SEO = "seo"
    READABILITY = "readability"
    ENGAGEMENT = "engagement"


class Rating(StrEnum):
    """What an assessment found. NOT_APPLICABLE: it says nothing of this text or this language."""

    GOOD = "good"
    OK = "ok"
    BAD = "bad"
    NOT_APPLICABLE = "not-applicable"


POINTS = {Rating.GOOD: 100, Rating.OK: 55, Rating.BAD: 10}


@dataclass(frozen=True, slots=True)
class ImageText:
    """An image beside the text, such as the featured one, with its alternative text."""

    name: str
    alt: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that people search for around the subject. `kind`: keyword or question; `volume`: searches a month."""

    text: str
    kind: str = "keyword"
    volume: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A content as it is analysed: saved or not.

    `language` is a two-letter code (ISO 639-1), "" to have it recognised. `used_before` is how many other contents of
    the site have the same keyphrase, None when nobody looked. `site_url` tells internal links from outbound ones.
    `wanted` is what people search for around the subject, `said` the sentence that is known to say it in other words.
    """

    html: str
    title: str = ""
    seo_title: str = ""
    seo_description: str = ""
    slug: str = ""
    keyphrase: str = ""
    language: str = ""
    site_url: str = ""
    images: Sequence[ImageText] = ()
    used_before: int | None = None
    wanted: Sequence[Wanted] = ()
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown_title(self) -> str:
        """What search results show as the title."""
        return self.seo_title.strip() or self.title.strip()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the text: `html[start:end]` of the document, and its words. It may have tags in it."""

    start: int
    end: int
    words: str


class CoverageState(StrEnum):
    """Whether a text says something about a search."""

    COVERED = "covered"
    PARTLY = "partly"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """A search, with `others` that ask the same, their volume together, and where the text covers it.

    `said` is the sentence that covers it in other words.
    """

    text: str
    kind: str
    volume: int | None = None
    others: tuple[str, ...] = ()
    state: CoverageState = CoverageState.MISSING
    mark: Mark | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one assessment found, in the current language of the person.

    `measured` is the figure that it looked at, `says` a sentence on what was found, `cure` what to do about it, `marks`
    where. `field` is the field of the editor to change, "content" for the text. `score` is 0 to 100, and counts as
    `weight` says, unless `counts` is false: how often a keyphrase is used counts only where that is too often, so that
    nobody is paid for repeating it.
    """

    key: str
    group: Group
    name: str
    rating: Rating
    says: str
    measured: float | None = None
    cure: str = ""
    marks: Sequence[Mark] = ()
    field: str = "content"
    weight: int = 1
    counts: bool = True

    @property
    def score(self) -> int | None:
        """0 to 100; None where it does not apply."""
        return POINTS.get(self.rating)


@dataclass(frozen=True, slots=True)
class Scores:
    """0 to 100, or None where nothing applied."""

    seo: int | None
    readability: int | None
    engagement: int | None
    overall: int | None


@dataclass(frozen=True, slots=True)
class AnalysisReport:
    """All that was found in a document. `language` is the one that it was read in, `version` the analyser's."""

    assessments: Sequence[Assessment]
    scores: Scores
    language: str
    words: int
    version: int
    coverage: Sequence[CoverageItem] = ()

    def of(self, key: str) -> Assessment:
        """The assessment of this key. Raises KeyError."""
        for assessment in self.assessments:
            if assessment.key == key:
                return assessment
        raise KeyError(key)

    def rated(self, rating: Rating, group: Group | None = None) -> list[Assessment]:
        """The assessments with this rating, of all groups or of one."""
        return [one for one in self.assessments if one.rating is rating and group in (None, one.group)]
