"""Keywords: listing, adding, importing, changing, deleting, and making clusters of them."""

from dataclasses import replace
from uuid import UUID

from pydantic import Field

from app.api.endpoints import api_endpoint, expected_etag
from app.api.lists import ApiList, SiteListParameters, list_page
from app.api.runs import RunShown
from app.api.shapes import Count, Done, DryRunParameters, Given, Instant, RowId, RowPage, Shown
from app.core.access import current_account_id, current_actor
from app.core.edits import etag
from app.core.errors import Conflict, DomainError
from app.core.languages import gettext
from app.core.listing.selection import Selection
from app.core.permissions import Permission
from app.core.tenancy import owned
from app.planner import actions
from app.planner.imports.bounds import is_short
from app.planner.imports.rows import preview_table
from app.planner.imports.runs import Source, own_site
from app.planner.keywords import edits as keyword_edits
from app.planner.keywords import services as keywords
from app.planner.keywords.fields import KeywordForm, stored_texts
from app.planner.lists import KEYWORD_LIST
from app.planner.models import Keyword

READ, WRITE = Permission.PLANNER_READ, Permission.PLANNER_WRITE
KEYWORDS = ApiList(
    KEYWORD_LIST,
    {
        "sector": "The id of a sector, or `none`.",
        "cluster": "The id of a cluster, or `none`.",
        "unclustered": "`1` for those in no cluster.",
        "intent": "informational, navigational, commercial, transactional or local.",
        "country": "A code of two letters.",
        "volume": "Searches a month: `100-1000`, `100-`, `-100`.",
        "difficulty": "0 to 100, as a range: `0-30`.",
    },
)
MOST_TEXT = 3_000_000


class KeywordShown(Shown):
    """A keyword. `volume` is searches a month, `cpc` a price, `etag` names it as it is for If-Match."""

    id: RowId = Field(examples=[7])
    site_id: int = Field(examples=[1])
    keyword: str = Field(examples=["trail running shoes"])
    volume: int | None = Field(examples=[1300])
    difficulty: int | None = Field(examples=[42])
    cpc: float | None = Field(examples=[1.3])
    intent: str | None = Field(examples=["commercial"])
    country: str | None = Field(examples=["US"])
    cluster_id: int | None = Field(examples=[3])
    sector_id: int | None = Field(examples=[None])
    created_at: Instant
    etag: str = Field(examples=["1f0c4d"])

    @classmethod
    def of(cls, row: Keyword) -> "KeywordShown":
        """The keyword as it is answered."""
        return cls(
            id=row.id,
            site_id=row.site_id,
            keyword=row.keyword,
            volume=row.volume,
            difficulty=row.difficulty,
            cpc=None if row.cpc is None else float(row.cpc),
            intent=row.intent,
            country=row.country,
            cluster_id=row.cluster_id,
            sector_id=row.sector_id,
            created_at=row.created_at,
            etag=etag(stored_texts(row)),
        )


class KeywordGiven(Given):
    """The fields of a keyword; those that are left out are empty."""

    keyword: str = Field(min_length=1, max_length=255, examples=["trail running shoes"])
    volume: int | None = Field(None, ge=0, le=2_000_000_000, examples=[1300])
    difficulty: int | None = Field(None, ge=0, le=100, examples=[42])
    cpc: float | None = Field(None, ge=0, le=99_999.99, examples=[1.3])
    intent: str | None = Field(None, max_length=20, examples=["commercial"])
    country: str | None = Field(None, max_length=60, examples=["US"])
    cluster_id: RowId | None = Field(None, examples=[None])
    sector_id: RowId | None = Field(None, examples=[None])

    def form(self) -> KeywordForm:
        """What the page's form would have sent. Raises DomainError with the first field that is wrong."""
        texts = {name: "" if value is None else str(value) for name, value in self if name != "cpc"}
        cpc = "" if self.cpc is None else f"{self.cpc:.2f}"
        names = {"cluster": texts.pop("cluster_id"), "sector": texts.pop("sector_id")}
        form = KeywordForm.sent({**texts, **names, "cpc": cpc})
        if form.errors:
            field, message = next(iter(form.errors.items()))
            raise DomainError(message, code="FIELD_INVALID", field=field, details={"fields": form.errors})
        return form


class NewKeyword(KeywordGiven):
    """A keyword of a site."""

    site_id: RowId = Field(examples=[1])


class ImportGiven(Given):
    """Keywords as text: one a line, or a table (CSV or tab-separated) whose head is recognised.

    `updates` gives keywords that the site has already the figures of the text. `dry_run` only says how it is read.
    """

    site_id: RowId = Field(examples=[1])
    text: str = Field(min_length=1, max_length=MOST_TEXT, examples=["keyword,volume\ntrail running shoes,1300"])
    sector_id: RowId | None = Field(None, examples=[None])
    country: str = Field("", max_length=60, examples=["US"])
    updates: bool = Field(False, examples=[False])
    dry_run: bool = Field(False, examples=[False])


class ImportShown(Shown):
    """The run that imports, which has ended already where the text is short; or with `dry_run` how it would be read.

    `count` rows would be imported and `rejected` left out; null where the text is too long to say so at once.
    """

    run: RunShown | None
    columns: dict[str, int] | None = Field(examples=[{"keyword": 0, "volume": 1}])
    count: int | None = Field(examples=[None])
    rejected: int | None = Field(examples=[None])


class ClusteringGiven(Given):
    """Which keywords of a site are clustered: these, or without ids all that are in no cluster."""

    site_id: RowId = Field(examples=[1])
    keyword_ids: list[RowId] = Field(default_factory=list, max_length=5000, examples=[[]])


@api_endpoint("GET", "/planner/keywords/", READ, module="planner", listed=KEYWORDS)
def show_keywords(query: SiteListParameters) -> RowPage[KeywordShown]:
    """List the keywords of a site."""
    KEYWORDS.read(query)
    return list_page(keywords.list_keywords(current_account_id(), query.site_id, query.values), KeywordShown.of)


@api_endpoint("GET", "/planner/keywords/<int:keyword_id>/", READ, module="planner")
def show_keyword(keyword_id: int) -> KeywordShown:
    """One keyword, with its ETag."""
    return KeywordShown.of(owned(Keyword, keyword_id, current_account_id()))


@api_endpoint("POST", "/planner/keywords/", WRITE, module="planner", status=201)
def add_keyword(body: NewKeyword) -> KeywordShown:
    """Add a keyword. 409 when the site has it already."""
    keyword = keyword_edits.create_keyword(current_account_id(), body.site_id, body.form().values)
    return KeywordShown.of(keyword)


@api_endpoint("POST", "/planner/keywords/import/", WRITE, module="planner", status=202)
def import_keyword_text(query: DryRunParameters, body: ImportGiven) -> ImportShown:
    """Import keywords, as the page does with pasted text.

    With `dry_run` nothing is imported: the answer says how the text is read.
    """
    source = Source(None, body.text)
    if body.dry_run or query.is_dry:
        return _read_only(source, body.site_id)
    run = actions.start_keyword_import(
        current_account_id(),
        current_actor(),
        body.site_id,
        replace(source, choices=source.reading),
        sector_id=body.sector_id,
        country=body.country,
        updates=body.updates,
    )
    return ImportShown(run=RunShown.of(run), columns=None, count=None, rejected=None)


@api_endpoint("POST", "/planner/keywords/import/<uuid:run_id>/undo/", WRITE, module="planner")
def undo_keyword_import(run_id: UUID) -> Done:
    """Delete the keywords that an import added and nobody has used since. 409 while it runs, and after 30 days."""
    return Done(says=actions.undo_import(current_account_id(), current_actor(), run_id), count=1)


def _read_only(source: Source, site_id: int) -> ImportShown:
    preview = preview_table(source.table, None, site=own_site(current_account_id(), site_id))
    is_counted = is_short(source.data)
    return ImportShown(
        run=None,
        columns=dict(source.table.mapping),
        count=preview.count.rows if preview.count and is_counted else None,
        rejected=preview.rejected if is_counted else None,
    )


@api_endpoint("PUT", "/planner/keywords/<int:keyword_id>/", WRITE, module="planner", matches=True)
def change_keyword(keyword_id: int, body: KeywordGiven) -> KeywordShown:
    """Change a keyword. Fields that are left out are emptied; another `cluster_id` moves it."""
    values = body.form().values
    return KeywordShown.of(
        actions.update_keyword(current_account_id(), current_actor(), keyword_id, values, expected=expected_etag())
    )


@api_endpoint("DELETE", "/planner/keywords/<int:keyword_id>/", WRITE, module="planner", rehearses=True)
def remove_keyword(keyword_id: int) -> Count:
    """Delete a keyword."""
    keyword = owned(Keyword, keyword_id, current_account_id())
    chosen = Selection([keyword_id])
    return Count(count=actions.delete_keywords(keyword.account_id, current_actor(), keyword.site_id, chosen))


@api_endpoint("POST", "/planner/clusters/make/", WRITE, module="planner", status=202)
def make_clusters(body: ClusteringGiven) -> RunShown:
    """Cluster keywords: a run. Those that are in a cluster already stay there. 409 when none waits to be clustered."""
    chosen = Selection(list(body.keyword_ids))
    start = actions.start_clustering(current_account_id(), current_actor(), body.site_id, chosen)
    if start.run is None:
        raise Conflict(gettext("All of these keywords are in clusters already."), code="NOTHING_TO_DO")
    return RunShown.of(start.run)
