"""Moving in from the old plugin: reading it, looking at what would come, moving, and undoing that."""

import tempfile
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from app.api.endpoints import api_endpoint
from app.api.runs import RunShown
from app.api.shapes import (
    Count,
    Given,
    Instant,
    Parameters,
    QueryId,
    RowId,
    RowPage,
    SentFile,
    ShortText,
    Shown,
    whole_list,
)
from app.core.access import current_account_id, current_actor
from app.core.extensions import limiter
from app.core.languages import gettext
from app.core.one_at_a_time import one_at_a_time
from app.core.runs import Run
from app.legacy_import import actions, quarantine, services
from app.legacy_import.actions import MOST_NAME, MoveChoices
from app.legacy_import.checklist import import_checklist
from app.legacy_import.models import LegacyImport
from app.legacy_import.permissions import LegacyPermission
from app.legacy_import.server_source import MYSQL_PORT, Server

READ, MANAGE = LegacyPermission.READ, LegacyPermission.MANAGE
ALL = "/legacy-imports/"
ONE = "/legacy-imports/<int:legacy_id>/"
ROWS = f"{ONE}rows/<source_table>/"
MOST_BYTES = 20 * 1024 * 1024
BEGINS = "30 per hour"


class LegacyImportShown(Shown):
    """An installation of the old plugin: `reading`, `ready`, `moving`, `done` or `undone`.

    `source` is `dump` or `server`, `run` the newest work on it.
    """

    id: RowId = Field(examples=[3])
    site_id: int = Field(examples=[1])
    source: str = Field(examples=["dump"])
    name: str = Field(examples=["old.sql.gz"])
    state: str = Field(examples=["ready"])
    run: RunShown | None
    created_at: Instant
    finished_at: Instant | None

    @classmethod
    def of(cls, legacy: LegacyImport, run: Run | None) -> "LegacyImportShown":
        """The import as it is answered."""
        own = {name: getattr(legacy, name) for name in LegacyImportShown.model_fields if name != "run"}
        return cls(**own, run=RunShown.of(run) if run else None)


class LegacyImportShownWhole(LegacyImportShown):
    """An import with what was found by table (`tables`) and what moving in would do (`summary`): how many rows fit, are
    here already or are refused and why, samples, statuses that are not known, texts that would be mended, people.

    Once it is moved `counts` says what became of the rows, and `checklist` what is left to do.
    """

    tables: dict[str, Any] = Field(examples=[{"keywords": {"rows": 120}}])
    summary: dict[str, Any] = Field(examples=[{}])
    choices: dict[str, Any] = Field(examples=[{}])
    is_other_address: bool = Field(examples=[False])
    counts: dict[str, Any] = Field(examples=[{}])
    checklist: list[dict[str, Any]] = Field(examples=[[]])

    @classmethod
    def of_one(cls, legacy: LegacyImport) -> "LegacyImportShownWhole":
        """The import as it is answered."""
        short = LegacyImportShown.of(legacy, services.newest_run_of(legacy))
        items = import_checklist(legacy) if legacy.state == "done" else []
        return cls(
            **{name: getattr(short, name) for name in LegacyImportShown.model_fields},
            tables=legacy.tables,
            summary=legacy.report.get("summary", {}),
            choices=legacy.choices,
            is_other_address=services.is_other_address(legacy),
            counts=legacy.report.get("tables", {}),
            checklist=[{"state": item.state, "title": item.title, "text": item.text} for item in items],
        )


class DumpParameters(Parameters):
    """The site that it moves to, and what is read of the dump; both names are found where they are left out."""

    site_id: QueryId = Field(description="The site that it moves to.", examples=[1])
    filename: str = Field("dump", description="The name of the file.", max_length=200, examples=["old.sql.gz"])
    database: str = Field("", description="The database in the dump.", max_length=MOST_NAME, examples=[""])
    prefix: str = Field("", description="The prefix of its tables.", max_length=MOST_NAME, examples=[""])


class ServerGiven(Given):
    """Where the old database answers. The password is kept encrypted until it was read, and is never answered.

    `tls` is `verified` (its certificate too), `required` or `off`.
    """

    site_id: RowId = Field(examples=[1])
    host: str = Field(min_length=1, max_length=253, examples=["db.old.example"])
    port: int = Field(MYSQL_PORT, ge=1, le=65535, examples=[MYSQL_PORT])
    database: str = Field(min_length=1, max_length=MOST_NAME, examples=["wordpress"])
    user: str = Field(min_length=1, max_length=253, examples=["reader"])
    password: str = Field("", max_length=500, repr=False, examples=["secret"])
    tls: Literal["verified", "required", "off"] = Field("verified", examples=["verified"])
    prefix: str = Field("", max_length=MOST_NAME, examples=[""])


class MoveInGiven(Given):
    """What is decided before moving in. `home_cluster` is the cluster of ideas and tasks that have none: without one
    they are quarantined. `statuses` says what unknown ones of tasks mean.
    """

    mend_encoding: bool = Field(False, examples=[False])
    invite: bool = Field(False, examples=[False])
    home_cluster: str = Field("", max_length=255, examples=[""])
    statuses: dict[ShortText, Literal["queued", "completed", "leave_out"]] = Field(
        default_factory=dict, max_length=30, examples=[{}]
    )


class GivenBackShown(Shown):
    """How many mended rows were taken, and how many of the file are in no quarantine."""

    taken: int = Field(examples=[3])
    ignored: int = Field(examples=[0])


def legacy_limit_key() -> str:
    """What imports are counted under: as those of the page, the account's."""
    return f"legacy:{current_account_id()}"


def _busy() -> str:
    return gettext("Another file of yours is being taken in just now.")


def _import(legacy_id: int) -> LegacyImport:
    return services.legacy_import_of(current_account_id(), legacy_id)


@api_endpoint("GET", ALL, READ)
def show_legacy_imports() -> RowPage[LegacyImportShown]:
    """List the newest imports of the old plugin, on one page."""
    rows = services.list_imports(current_account_id())
    return whole_list([LegacyImportShown.of(row.legacy, row.run) for row in rows])


@api_endpoint("GET", ONE, READ)
def show_legacy_import(legacy_id: int) -> LegacyImportShownWhole:
    """One import: what was found, what moving in would do, or what came of it."""
    return LegacyImportShownWhole.of_one(_import(legacy_id))


@api_endpoint("POST", f"{ALL}dump/", MANAGE, status=202, upload=MOST_BYTES)
@limiter.limit(BEGINS, key_func=legacy_limit_key)
def read_legacy_dump(query: DumpParameters, data: bytes) -> LegacyImportShownWhole:
    """Read a dump of the old database: an import with its run. Nothing is moved yet.

    The body is the file, as SQL, compressed or not. Larger ones are uploaded on the page.
    """
    account_id, actor = current_account_id(), current_actor()
    named = {"name": Path(query.filename).name, "database": query.database, "prefix": query.prefix}
    with one_at_a_time(f"legacy-{account_id}", _busy(), len(data)), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump"
        path.write_bytes(data)
        legacy = actions.begin_from_dump(account_id, actor, query.site_id, path=path, **named)
        return LegacyImportShownWhole.of_one(legacy)


@api_endpoint("POST", f"{ALL}server/", MANAGE, status=202)
@limiter.limit(BEGINS, key_func=legacy_limit_key)
def read_legacy_server(body: ServerGiven) -> LegacyImportShownWhole:
    """Read the old database where it is: an import with its run. Nothing is moved yet."""
    server = Server(**body.model_dump(include={"host", "database", "user", "password", "port", "tls"}))
    account_id, actor = current_account_id(), current_actor()
    legacy = actions.begin_from_server(account_id, actor, body.site_id, server=server, prefix=body.prefix)
    return LegacyImportShownWhole.of_one(legacy)


@api_endpoint("POST", f"{ONE}move/", MANAGE, status=202)
def move_legacy_in(legacy_id: int, body: MoveInGiven) -> RunShown:
    """Move in what was read: a run. Once more, it takes up what was mended meanwhile."""
    choices = MoveChoices(**body.model_dump())
    return RunShown.of(actions.start_moving(current_account_id(), current_actor(), legacy_id, choices))


@api_endpoint("POST", f"{ONE}undo/", MANAGE, status=202)
def undo_legacy_import(legacy_id: int) -> RunShown:
    """Remove what an import added, as far as nobody changed or used it since: a run."""
    return RunShown.of(actions.start_undo(current_account_id(), current_actor(), legacy_id))


@api_endpoint("POST", f"{ONE}take_over/", MANAGE, status=202)
def take_legacy_posts_over(legacy_id: int) -> RunShown:
    """Tell the new plugin which content each post of an import is: a run."""
    return RunShown.of(actions.hand_over(current_account_id(), current_actor(), legacy_id))


@api_endpoint("DELETE", ONE, MANAGE)
def forget_legacy_import(legacy_id: int) -> Count:
    """Delete what was read. What was moved in stays, and can no longer be undone."""
    actions.forget_import(current_account_id(), current_actor(), legacy_id)
    return Count(count=1)


@api_endpoint("GET", ROWS, READ)
def show_quarantined_rows(legacy_id: int, source_table: str) -> SentFile:
    """The rows of a table that are in quarantine, as CSV with the reason of each. 404 when there are none."""
    path = quarantine.write_csv(_import(legacy_id), source_table)
    content = path.open("rb")
    path.unlink()
    return SentFile(content, f"quarantined-{source_table}.csv")


@api_endpoint("POST", ROWS, MANAGE, upload=MOST_BYTES)
def give_legacy_rows_back(legacy_id: int, source_table: str, data: bytes) -> GivenBackShown:
    """Give the mended rows of a table back, as the file that was downloaded, and move them in."""
    account_id, actor = current_account_id(), current_actor()
    _import(legacy_id)
    with one_at_a_time(f"legacy-{account_id}", _busy(), len(data)):
        staged, ignored = actions.give_back(account_id, actor, legacy_id, source_table, data)
    return GivenBackShown(taken=staged, ignored=ignored)
