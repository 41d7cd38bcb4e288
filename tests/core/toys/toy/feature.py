"""The toy, as a feature."""

from dataclasses import replace
from datetime import timedelta

from app.core.costs import Cost
from app.core.events import Subscriber
from app.core.features import (
    Action,
    AuditGroup,
    EditorPanel,
    Entry,
    Feature,
    Finder,
    FoundItem,
    Module,
    SettingsPage,
    SettingsTab,
    Stage,
)
from app.core.media import Shelf
from app.core.scheduler import Periodic
from app.identity import hooks
from app.planner.lists import LISTS
from app.thinker.rows import Row, rows_for
from tests.core.toys.toy import routes
from tests.core.toys.toy.events import ToyPlayed, heard
from tests.core.toys.toy.permissions import ToyPermission
from tests.core.toys.toy.questions import MOVE
from tests.core.toys.toy.run_kinds import PLAY

SHELF = Shelf("toys", retention=timedelta(hours=1))


def _frame() -> dict[str, str]:
    return {"batteries": "two batteries"}


def _find(account_id: int, site_id: int, words: str) -> list[FoundItem]:
    return [FoundItem("A teddy bear", "toy.panel", {"content_id": site_id})] if words == "teddy" else []


def _rows(account_id: int, operation: str, words: str) -> list[Row]:
    return [Row("toy:1", "A game of chess")] if operation == MOVE.key else []


def _connect() -> None:
    rows_for.add(_rows)
    hooks.words_about_person.add(lambda user_id: ["teddy"])


FEATURE = Feature(
    key="toy",
    place=35,
    blueprints=(routes.pages, routes.machine),
    machines=(routes.machine,),
    json_paths=("/toy-machine/",),
    navigation=(Entry("Toys", "toy.index", "target", place=35),),
    actions=(Action("Play", "toy.index", "target", place=1, permission=ToyPermission.WRITE),),
    finders=(Finder("Toys to find", "target", 30, _find),),
    module=Module("toy", "Toys", "Playing.", "target"),
    permissions={ToyPermission.WRITE: frozenset({"owner", "admin"})},
    scopes={ToyPermission.WRITE: "Play"},
    run_kinds=(PLAY,),
    direct_jobs=("builtins.id",),
    periodic=(Periodic("wind_up", timedelta(hours=1), "builtins.dict"),),
    audit_words={"toy.played": "Played"},
    audit_groups=(AuditGroup("toy", "Playthings", 500),),
    credit_operations={"playing": Cost("Playing", 3, "game")},
    settings_pages=(SettingsPage("Toy box", "toy.index", 500, ToyPermission.WRITE),),
    settings_tabs=(SettingsTab("toys", "Toys", 70, endpoint="toy.region", region="toys"),),
    editor_panels=(EditorPanel("toys", "Toys", "toy.panel", 70, permission=ToyPermission.WRITE),),
    subscribers=(Subscriber("toy.games", ToyPlayed, heard.append),),
    lists=(replace(LISTS[0], name="toys", label="Toys", endpoint="toy.index"),),
    ai_operations=(MOVE,),
    shelves=(SHELF,),
    stages=(Stage("Toys to play", "queued_tasks", "toy.index", 45),),
    item_links={"toy": ("toy.panel", "content_id")},
    frame=_frame,
    error_dialogs={"TOY_BROKEN": "toy/_broken.html"},
    connect=_connect,
    guide={"toy": "keywords"},
)
