"""An old installation is moved in: every row accounted for, twice without a change, through kills, and undone."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.legacy_import import actions, undoing
from app.legacy_import.actions import MoveChoices
from app.legacy_import.models import LegacyImport, LegacyRow
from app.legacy_import.upkeep import forget_passwords
from app.mirror.models import RemoteState
from app.planner.models import Cluster, Idea, Keyword
from app.writer.models import Task
from tests.factories.old_plugin import Cell, Size, as_dump, inserts, statements
from tests.factories.things import make_cluster, make_keyword
from tests.factories.work import put_back, work
from tests.legacy_import.conftest import Moving

ALL = (Cluster, Keyword, Idea, Task, Content, RemoteState)


def figures() -> dict[str, int]:
    return {model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0 for model in ALL}


def stamps() -> list[object]:
    return [db.session.scalar(select(func.max(model.updated_at))) for model in ALL]


def identity(legacy: LegacyImport) -> None:
    """source = imported + merged + quarantined, for each table."""
    for table in legacy.report["tables"].values():
        assert table["rows"] == table["imported"] + table["merged"] + table["quarantined"], table
        assert table["is_whole"]
        assert table["staged"] == 0
        assert table["differing"] == 0


def quarantined(legacy: LegacyImport) -> Counter[tuple[str, str]]:
    stmt = select(LegacyRow.source_table, LegacyRow.reason).where(
        LegacyRow.import_id == legacy.id, LegacyRow.state == "quarantined"
    )
    return Counter((row[0], row[1]) for row in db.session.execute(stmt))


def test_what_was_found_is_shown_before_anything_is_written(moving: Moving) -> None:
    legacy = moving.read()
    assert legacy.state == "ready"
    assert set(figures().values()) == {0}
    tables = legacy.tables
    assert tables["keywords"]["rows"] == 40
    assert tables["keywords"]["lacking"] == ["country"]
    assert tables["clusters"]["besides"] == ["keyword_count"]
    assert (tables["posts"]["rows"], tables["posts"]["foreign"]) == (6, 1)
    assert (tables["postmeta"]["rows"], tables["postmeta"]["foreign"]) == (18, 1)
    summary = legacy.report["summary"]
    assert summary["tables"]["keywords"]["fits"] == 40
    assert summary["people"] == [["Anna Old", "anna@old.example.com", False]]
    assert legacy.report["found"]["cron"] == ["igny8_auto_cluster_cron"]


def test_secrets_and_passwords_of_people_are_not_read(moving: Moving) -> None:
    legacy = moving.read()
    rows = db.session.scalars(select(LegacyRow.raw).where(LegacyRow.import_id == legacy.id))
    text = "".join(map(str, rows))
    for secret in ("sk-abcdefghijklmnopqrstuvwx", "verysecret", "sk-12345", "$P$B", "Not read"):
        assert secret not in text
    assert "1024" in text


def test_everything_comes_to_its_place(moving: Moving) -> None:
    legacy = moving.move(moving.read())
    assert legacy.state == "done"
    identity(legacy)
    assert quarantined(legacy) == Counter()
    assert figures() == {
        "clusters": 4,
        "keywords": 40,
        "ideas": 8,
        "tasks": 10,
        "contents": 8,  # 6 posts, and 2 texts of tasks without a post
        "remote_states": 6,
    }
    keyword = db.session.scalars(select(Keyword).where(Keyword.keyword.startswith("old keyword 1 "))).one()
    assert keyword.cluster is not None
    assert keyword.cluster.name == "Topic 2"
    task = db.session.scalars(select(Task).where(Task.title == "Task 1")).one()
    content = db.session.scalars(select(Content).where(Content.task_id == task.id)).one()
    assert (content.external_id, content.title, content.source) == (101, "Post 1", "igny8")
    assert (content.status, content.remote_status, content.state) == ("draft", "publish", "live")
    assert content.content_html.endswith("<p>Post 1 “quoted” 😀</p>\n<!-- /wp:paragraph -->")
    assert content.focus_keywords == ["focus 1"]
    assert content.cluster is not None
    assert content.cluster.name == "Topic 2"
    assert content.author_email == "anna@old.example.com"
    draft = db.session.scalars(select(Content).where(Content.title == "Task 7")).one()
    assert draft.content_html == "<h2>Text 7</h2>\n<p>It's \\\\ here</p>"
    assert (task.status, task.content_type, task.content_structure) == ("completed", "Article", "Tutorial")


def test_a_second_import_changes_nothing(moving: Moving) -> None:
    moving.move(moving.read())
    before = figures(), stamps()
    read_again = moving.read()
    seen = read_again.report["summary"]["tables"]
    assert all(not seen[key]["fits"] for key in ("clusters", "keywords", "content_ideas", "tasks", "posts")), seen
    again = moving.move(read_again)
    assert (figures(), stamps()) == before
    identity(again)
    assert all(not table["imported"] for table in again.report["tables"].values())
    assert sum(table["merged"] for table in again.report["tables"].values()) > 80
    once_more = moving.move(again)
    assert (figures(), stamps()) == before
    identity(once_more)


def test_what_the_site_has_stays_as_it_is(moving: Moving) -> None:
    cluster = make_cluster(moving.site, "TOPIC 1", description="Ours")
    make_keyword(moving.site, "mine")
    name = "old keyword 1 für "
    dump = as_dump(more="".join(inserts("wp_igny8_keywords", [(900, "Mine", *[None] * 9)])))
    legacy = moving.move(moving.read(dump))
    identity(legacy)
    assert figures()["clusters"] == 4
    assert db.session.get_one(Cluster, cluster.id).description == "Ours"
    assert legacy.report["tables"]["keywords"]["merged"] == 1
    assert db.session.scalar(select(func.count()).where(Keyword.keyword.startswith(name))) == 1


ZERO = "0000-00-00 00:00:00"
ODD_TASK = (901, "Odd status", "", 1, None, "post", "", "", "", "", None, None, "limbo", None, 2, None, None)
KEYWORDS = {"": None, "too big": 18446744073709551615, "nul\0inside": 1}
HOSTILE: list[tuple[str, tuple[Cell, ...]]] = [
    *(
        ("wp_igny8_keywords", (901 + place, keyword, volume, *[None] * 8))
        for place, (keyword, volume) in enumerate(KEYWORDS.items())
    ),
    ("wp_igny8_keywords", (904, "lost cluster", 1, 1, 1, "", 77777, *[None] * 4)),
    ("wp_igny8_content_ideas", (901, "Orphan idea", "", "guide", "post", 77777, "", "", None)),
    ("wp_igny8_content_ideas", (902, "Cut list", "", "guide", "post", 1, 'a:2:{i:0;s:9:"abc', "", None)),
    ("wp_igny8_tasks", ODD_TASK),
    ("wp_igny8_tasks", (902, *ODD_TASK[1:7], 'O:3:"Foo":0:{}', *ODD_TASK[8:12], "done", *ODD_TASK[13:])),
    ("wp_postmeta", (9901, 101, "_igny8_extra", 'a:1:{i:0;O:8:"stdClass":0:{}}')),
    ("wp_postmeta", (9902, 101, "_igny8_cut", 's:900:"cut')),
    ("wp_postmeta", (9903, 4242, "_igny8_task_id", "1")),
    ("wp_postmeta", (9904, 105042, "_igny8_task_id", "1")),
    ("wp_postmeta", (9905, 105043, "_igny8_task_id", "1")),
    ("wp_posts", (105042, 2, ZERO, ZERO, "x" * 2_000_001, "Long", "", "draft", "", ZERO, 0, "", "post")),
    ("wp_posts", (105043, 2, "2024-13-45 00:00:00", ZERO, "gone", "Gone", "", "trash", "", ZERO, 0, "", "post")),
]


def test_hostile_rows_are_quarantined_with_their_reasons(moving: Moving) -> None:
    more = "".join(sql for table, row in HOSTILE for sql in inserts(table, [row]))
    legacy = moving.move(moving.read(as_dump(more=more)))
    identity(legacy)
    assert quarantined(legacy) == {
        ("keywords", "keyword"): 2,
        ("keywords", "number"): 1,
        ("keywords", "no_cluster"): 1,
        ("content_ideas", "no_cluster"): 1,
        ("content_ideas", "php_cut"): 1,
        ("tasks", "status"): 1,
        ("tasks", "php_object"): 1,
        ("postmeta", "php_object"): 1,
        ("postmeta", "php_cut"): 1,
        ("postmeta", "orphan"): 1,
        ("posts", "too_long"): 1,
        ("posts", "trashed"): 1,
        ("postmeta", "not_moved"): 2,
    }


def test_choices_say_what_unknown_statuses_mean_and_where_orphans_go(moving: Moving) -> None:
    more = "".join(sql for table, row in HOSTILE[4:7] for sql in inserts(table, [row]))
    legacy = moving.read(as_dump(more=more))
    assert legacy.report["summary"]["statuses"] == [["limbo", 1]]
    legacy = moving.move(legacy, MoveChoices(home_cluster="Without a topic", statuses={"limbo": "completed"}))
    assert quarantined(legacy) == {("content_ideas", "php_cut"): 1}
    assert db.session.scalars(select(Task.status).where(Task.title == "Odd status")).one() == "completed"
    idea = db.session.scalars(select(Idea).where(Idea.title == "Orphan idea")).one()
    assert idea.cluster.name == "Without a topic"


def test_double_encoding_is_proposed_and_mended_when_chosen(moving: Moving) -> None:
    garbled = "Käse für alle".encode().decode("cp1252")
    more = "".join(inserts("wp_igny8_clusters", [(50, garbled, "", None, "", 0, None)]))
    legacy = moving.read(as_dump(more=more))
    assert legacy.report["summary"]["mended"] == [[garbled, "Käse für alle"]]
    moving.move(legacy, MoveChoices(mend_encoding=True))
    assert db.session.scalar(select(func.count()).where(Cluster.name == "Käse für alle")) == 1


@pytest.mark.parametrize("kill_at", range(1, 9))
def test_a_kill_anywhere_goes_on(moving: Moving, monkeypatch: pytest.MonkeyPatch, kill_at: int) -> None:
    legacy = moving.read()
    calls = Counter[str]()

    def settle(results: object) -> None:
        calls["settle"] += 1
        real(results)  # type: ignore[arg-type]
        if calls["settle"] == kill_at:
            raise SystemExit("killed")

    from app.legacy_import import moving as module

    real = module.settle
    monkeypatch.setattr(module, "settle", settle)
    monkeypatch.setattr(module, "BATCH", 15)
    run = moving.start(legacy)
    run_id = run.id
    try:
        work(run)
    except SystemExit:
        db.session.rollback()
    put_back(db.session.get_one(type(run), run_id))
    run = work(db.session.get_one(type(run), run_id))
    assert run.state == "succeeded", run.error
    identity(moving.after(run))
    assert figures()["tasks"] == 10
    assert figures()["contents"] == 8


def test_reading_that_was_killed_goes_on(moving: Moving, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.legacy_import import staging

    monkeypatch.setattr(staging, "AT_ONCE", 10)
    real, calls = staging._store, Counter[str]()

    def store(*args: object) -> None:
        calls["store"] += 1
        real(*args)  # type: ignore[arg-type]
        if calls["store"] == 4:
            raise SystemExit("killed")

    monkeypatch.setattr(staging, "_store", store)
    try:
        legacy = moving.read()
    except SystemExit:
        db.session.rollback()
        legacy = db.session.scalars(select(LegacyImport)).one()
    put_back(moving.run_of(legacy))
    legacy = moving.after(work(moving.run_of(legacy)))
    assert legacy.state == "ready"
    assert legacy.tables["keywords"]["rows"] == 40
    assert all(not table["repeated"] for table in legacy.tables.values())


def test_an_undo_removes_all_that_was_moved_in(moving: Moving) -> None:
    mine = make_cluster(moving.site, "Topic 1")
    legacy = moving.undo(moving.move(moving.read(), MoveChoices(home_cluster="Rest")))
    assert legacy.state == "undone"
    assert legacy.report["left"] == {}
    assert figures() == dict.fromkeys(figures(), 0) | {"clusters": 1}
    assert db.session.get(Cluster, mine.id) is not None
    again = moving.move(legacy)
    identity(again)
    assert figures()["keywords"] == 40


@pytest.mark.parametrize("kill_at", [1, 3, 5])
def test_an_undo_that_was_killed_goes_on(moving: Moving, monkeypatch: pytest.MonkeyPatch, kill_at: int) -> None:
    legacy = moving.move(moving.read())
    calls = Counter[str]()
    real = undoing._stage_again

    def stage_again(row_ids: list[int]) -> None:
        real(row_ids)
        calls["staged"] += 1
        if calls["staged"] == kill_at:
            raise SystemExit("killed")

    monkeypatch.setattr(undoing, "_stage_again", stage_again)
    run_id = actions.start_undo(moving.account_id, moving.actor, legacy.id).id
    db.session.commit()
    with suppress(SystemExit):
        work(db.session.get_one(Run, run_id))
    put_back(db.session.get_one(Run, run_id))
    run = work(db.session.get_one(Run, run_id))
    assert run.state == "succeeded", run.error
    assert moving.after(run).report["left"] == {}
    assert set(figures().values()) == {0}


def test_passwords_do_not_outlive_a_day(moving: Moving) -> None:
    kept = moving.read()
    values = {"password": "secret", "created_at": utcnow() - timedelta(hours=25)}
    db.session.execute(update(LegacyImport).where(LegacyImport.id == kept.id).values(values))
    db.session.commit()
    assert forget_passwords() == 1
    assert forget_passwords() == 0
    assert db.session.scalar(select(LegacyImport.password)) is None


def test_an_undo_leaves_what_was_changed_and_says_so(moving: Moving) -> None:
    legacy = moving.move(moving.read())
    content = db.session.scalars(select(Content).where(Content.title == "Post 1")).one()
    keyword = db.session.scalars(select(Keyword.id).order_by(Keyword.id).limit(1)).one()
    db.session.execute(update(Content).where(Content.id == content.id).values(title="Mine", version=2))
    db.session.execute(update(Keyword).where(Keyword.id == keyword).values(volume=7_777_777))
    db.session.commit()
    legacy = moving.undo(legacy)
    left = legacy.report["left"]
    assert left["content"] == 1
    assert left["keyword"] == 9  # the changed one, and those of that task
    assert left["task"] == 1  # the task of that content
    assert db.session.scalars(select(Content.title)).all() == ["Mine"]
    assert figures()["keywords"] == 9
    legacy = moving.move(legacy)
    assert figures()["tasks"] == 10
    differing = {key: table["differing"] for key, table in legacy.report["tables"].items() if table["differing"]}
    assert differing == {"keywords": 1, "posts": 1}


def test_two_installations_in_one_dump_have_to_be_told_apart(moving: Moving) -> None:
    both = as_dump(more="".join(statements(Size(keywords=5), "wp_2_")))
    failed = moving.read(both)
    assert moving.run_of(failed).state == "failed"
    assert (moving.run_of(failed).error or {})["code"] == "SEVERAL_INSTALLATIONS"
    legacy = moving.read(both, "wp_2_")
    assert legacy.tables["keywords"]["rows"] == 5


def test_a_dump_without_the_plugin_is_refused(moving: Moving) -> None:
    failed = moving.read(b"CREATE TABLE wp_posts (ID int);\n")
    assert (moving.run_of(failed).error or {})["code"] == "NO_INSTALLATION"


def test_forgetting_an_import_keeps_what_was_moved(moving: Moving) -> None:
    legacy = moving.move(moving.read())
    actions.forget_import(moving.account_id, moving.actor, legacy.id)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(LegacyRow)) == 0
    assert figures()["keywords"] == 40
