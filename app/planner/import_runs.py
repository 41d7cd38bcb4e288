"""Importing keywords: what is given, where it goes, and the work of a run."""

from dataclasses import dataclass
from functools import cached_property, partial

from app.core import media
from app.core.clock import utcnow
from app.core.errors import DomainError, NotFound
from app.core.extensions import db
from app.core.runs import Outcome, RunContext
from app.core.tenancy import owned
from app.planner import import_bounds, imports, keyword_values
from app.planner.keyword_import import table_of
from app.planner.keyword_tables import RECOGNISED, Choices, Table
from app.sites.models import Sector


@dataclass(frozen=True)
class Source:
    """A file, or without one (`file` is None) pasted text, and how it is to be read."""

    file: bytes | None
    pasted: str = ""
    choices: Choices = RECOGNISED

    @cached_property
    def data(self) -> bytes:
        """What was given, whichever way."""
        return self.file or self.pasted.encode("utf-8", "replace")

    @cached_property
    def table(self) -> Table:
        """The table of a short import, or of the first lines of a long one. Raises DomainError."""
        import_bounds.refuse_too_long(self.data)
        head = import_bounds.head_of(self.data)
        if self.file:
            return table_of(head, None, self.choices)
        return table_of(None, head.decode("utf-8", "replace"), self.choices)


def target_of(account_id: int, site_id: int, sector_id: int | None, country: str) -> imports.Target:
    """Where keywords go: a site, perhaps a sector of it, and a country for those that name none.

    Raises NotFound for a sector of another site, DomainError for what is no country.
    """
    if sector_id is not None and owned(Sector, sector_id, account_id).site_id != site_id:
        raise NotFound()
    try:
        code = keyword_values.country(country[:60])
    except keyword_values.BadValue:
        raise DomainError(
            "This country is not known.",
            code="COUNTRY",
            cure="Enter its two-letter code, such as US or DE.",
            field="country",
        ) from None
    return imports.Target(account_id, site_id, utcnow(), sector_id, code)


def import_keywords(context: RunContext) -> Outcome:
    """Store the keywords of the run's file or paste, a few thousand at a time. Commits; safe to start again."""
    run, params = context.run, context.run.params
    assert run.site_id is not None
    data = media.IMPORTS.load(run.account_id, params["file"])
    choices = Choices(params.get("encoding", ""), params.get("separator", ""))
    pasted = data.decode("utf-8") if params["pasted"] else None
    table = table_of(None if pasted else data, pasted, choices)
    target = imports.Target(run.account_id, run.site_id, run.created_at, params["sector_id"], params["country"])
    db.session.commit()
    tally = imports.import_table(table, params["mapping"], target, partial(_after_chunk, context, run.total))
    return Outcome(tally.sentence(), f"/planner/keywords/import/{run.id}/", imports.report(tally, run.account_id))


def _after_chunk(context: RunContext, total: int | None, tally: imports.Tally) -> None:
    db.session.commit()
    context.progress(step="Adding keywords", done=min(tally.rows, total or tally.rows))
