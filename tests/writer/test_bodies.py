"""Bodies that say the same under another title: found by an index, counted sentence by sentence."""

import random
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, NullPool, create_engine, delete, event, func, select, text, update

from app.accounts.models import Account
from app.content.models import Content
from app.core.clock import utcnow
from app.core.events.delivery import deliver
from app.core.extensions import db
from app.core.runs import turns
from app.meaning import same_wording
from app.meaning.same_wording import BANDS, same_sentences, signature
from app.planner.models import Cluster
from app.sites.models import Site
from app.writer.briefs import services
from app.writer.drafting import bodies
from app.writer.drafting.body_models import BodyBand, BodySignature
from app.writer.run_kinds import READ_BODIES
from tests.factories.things import make_content, make_site, make_task
from tests.factories.work import newest_run, work

FIRST_BAND = -5504325674164398899
WORDS = [f"word{number}" for number in range(4000)]


def sentences(seed: int, count: int = 20) -> list[str]:
    chance = random.Random(seed)
    return [" ".join(chance.choices(WORDS, k=14)) + "." for _ in range(count)]


def html_of(parts: list[str]) -> str:
    return "".join(f"<p>{part}</p>" for part in parts)


@pytest.fixture
def content(site: Site, cluster: Cluster) -> Content:
    """A draft that is held against its brief."""
    task = make_task(cluster, "Moka pots")
    services.brief_of(task)
    return make_content(site, "Moka pots", task_id=task.id, content_html=html_of(sentences(1)))


def read(site: Site) -> str:
    run = bodies.start_reading(site.account_id, site.id)
    db.session.commit()
    return str(work(run).message) if run else ""


def named(content: Content) -> list[tuple[str, int]]:
    return [(other.title, other.likeness) for other in bodies.copied_sentences(content)]


def test_a_copied_body_under_another_title_is_named_and_linked_and_an_unrelated_one_is_not(
    owner_client: FlaskClient, content: Content
) -> None:
    copy = make_content(content.site, "Something else", content_html=html_of(["An opening.", *sentences(1)]))
    make_content(content.site, "Moka pots, too", content_html=html_of(sentences(2)))
    assert read(content.site) == "Read 3 texts."
    page = " ".join(owner_client.get(f"/writer/contents/{content.id}/checks/").text.split())
    assert "100 % of the same sentences as “Something else”." in page
    assert f'href="/content/{copy.id}/edit/"' in page
    assert "Moka pots, too" not in page


@pytest.mark.parametrize(("shared", "says"), [(20, 100), (15, 75), (10, 50), (4, None), (0, None)])
def test_as_much_is_said_as_stands_in_both(content: Content, shared: int, says: int | None) -> None:
    parts = [*sentences(1)[:shared], *sentences(3)][:20]
    random.Random(4).shuffle(parts)
    make_content(content.site, "Other", content_html=html_of(parts))
    read(content.site)
    assert named(content) == ([("Other", says)] if says else [])


def test_only_what_the_site_has_and_shows_is_named(content: Content, account: Account) -> None:
    other_site = make_site(account)
    same = {"content_html": content.content_html}
    make_content(other_site, "Of another site", **same)
    make_content(content.site, "In the trash", trashed_at=utcnow(), **same)
    make_content(content.site, "Deleted in WordPress", remote_status="deleted", **same)
    for site in (content.site, other_site):
        read(site)
    assert named(content) == []


def test_notes_of_outlines_headings_and_short_texts_are_no_copies(content: Content) -> None:
    heads = "".join(f"<h2>{part}</h2>" for part in sentences(5, 6))
    for title in ("One", "Two"):
        make_content(content.site, title, content_html=f"{heads}<p>{sentences(6, 1)[0]}</p>")
    content.content_html = f"{heads}<p>{sentences(6, 1)[0]}</p>"
    db.session.commit()
    read(content.site)
    assert named(content) == []


def test_two_outlines_that_were_made_without_a_key_are_no_copies(
    owner_client: FlaskClient, site: Site, cluster: Cluster
) -> None:
    tasks = [make_task(cluster, title) for title in ("Moka pots", "Kettles")]
    owner_client.post("/writer/tasks/generate/", data={"ids": [task.id for task in tasks]})
    work(newest_run())
    read(site)
    for outline in db.session.scalars(select(Content)):
        assert outline.is_outline
        assert named(outline) == []


def test_what_is_saved_is_read_again_and_what_is_gone_is_forgotten(owner_client: FlaskClient, content: Content) -> None:
    other = make_content(content.site, "Other", content_html=html_of(sentences(2)))
    read(content.site)
    assert named(content) == []
    form = {"title": "Other", "content": content.content_html, "version": other.version}
    assert owner_client.post(f"/content/{other.id}/edit/", data=form).status_code == 303
    deliver(content.account_id)
    assert named(content) == [("Other", 100)]
    assert read(content.site) == ""  # nothing is left to read
    db.session.delete(db.session.get_one(Content, other.id))
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(BodySignature)) == 1


def test_comparing_a_brief_has_the_bodies_read(owner_client: FlaskClient, content: Content) -> None:
    make_content(content.site, "Other", content_html=content.content_html)
    owner_client.post(f"/writer/tasks/{content.task_id}/brief/nearest/")
    work(newest_run())
    run = newest_run()
    assert run.kind == READ_BODIES.name
    assert work(run).message == "Read 2 texts."
    assert named(content) == [("Other", 100)]


def test_an_older_signature_never_replaces_a_newer_one(content: Content) -> None:
    content.version = 5
    assert bodies.keep_signatures(content.account_id, [content.id]) == 1
    db.session.commit()
    bands = set(db.session.scalars(select(BodyBand.band)))
    content.version, content.content_html = 4, html_of(sentences(2))
    assert bodies.keep_signatures(content.account_id, [content.id]) == 0
    assert db.session.scalars(select(BodySignature.content_version)).one() == 5
    assert set(db.session.scalars(select(BodyBand.band))) == bands
    content.version = 6
    assert bodies.keep_signatures(content.account_id, [content.id]) == 1
    assert not bands & set(db.session.scalars(select(BodyBand.band)))


def test_what_is_changed_while_bodies_are_read_is_read_too(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = make_content(content.site, "Newest", content_html=html_of(sentences(2))).id
    keep, parts = bodies.keep_signatures, list[list[int]]()

    def keep_and_change(account_id: int, content_ids: Collection[int]) -> int:
        stored = keep(account_id, content_ids)
        parts.append(list(content_ids))
        if len(parts) == 2:
            changed = {"content_html": html_of(sentences(1)), "version": Content.version + 1}
            db.session.execute(update(Content).where(Content.id == newest).values(changed))
        return stored

    monkeypatch.setattr(bodies, "PART", 1)
    monkeypatch.setattr(bodies, "keep_signatures", keep_and_change)
    assert read(content.site) == "Read 3 texts."
    assert parts == [[newest], [content.id], [newest]]
    assert named(content) == [("Newest", 100)]


def test_a_reading_gives_way_and_goes_on_where_it_was(
    content: Content, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PART", 1)
    monkeypatch.setattr(turns, "TURN_SECONDS", 0)
    make_content(content.site, "Other", content_html=html_of(sentences(2)))
    others = make_content(make_site(account), "Of another site", content_html=html_of(sentences(3))).site
    run, waiting = (bodies.start_reading(account.id, site.id) for site in (content.site, others))
    assert run is not None
    assert waiting is not None
    db.session.commit()
    for count in (1, 2):
        rested = work(run)
        assert (rested.state, rested.step) == ("queued", "Letting others have a turn")
        assert db.session.scalar(select(func.count()).select_from(BodySignature)) == count
    assert work(run).message == "Read 2 texts."


def test_a_content_that_is_deleted_while_bodies_are_read_is_left_out(content: Content, owner_engine: Engine) -> None:
    gone = make_content(content.site, "Gone", content_html=html_of(sentences(2))).id

    def delete_it(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FOR KEY SHARE" in statement and "FROM contents" in statement:
            with owner_engine.begin() as other:
                other.execute(delete(Content).where(Content.id == gone))

    event.listen(db.engine, "before_cursor_execute", delete_it)
    try:
        assert read(content.site) == "Read 1 text."
    finally:
        event.remove(db.engine, "before_cursor_execute", delete_it)
    assert db.session.scalars(select(BodySignature.content_id)).all() == [content.id]


def add_contents(content: Content, count: int, html: str) -> list[int]:
    """Ids of many contents of the site, T1 and so on, all with one body. Flushes."""
    columns = "created_at, updated_at, account_id, site_id, title, content_type, content_structure, content_html"
    return list(
        db.session.scalars(
            text(
                f"insert into contents ({columns}, taxonomy, source, remote_status, status, excerpt, slug, seo_title,"
                " seo_description, focus_keywords, is_outline, version)"
                " select now(), now(), :account_id, :site_id, 'T' || n, 'Article', 'Guide', :html, '', 'igny8', '',"
                " 'draft', '', '', '', '', '[]', false, 1"
                " from generate_series(1, :count) n returning id"
            ),
            {"account_id": content.account_id, "site_id": content.site_id, "count": count, "html": html},
        )
    )


def test_copies_in_the_trash_do_not_hide_one_that_is_shown(content: Content) -> None:
    ids = add_contents(content, 60, content.content_html)
    make_content(content.site, "Copy", content_html=content.content_html)
    read(content.site)
    db.session.execute(update(Content).where(Content.id.in_(ids)).values(trashed_at=utcnow()))
    db.session.commit()
    assert named(content) == [("Copy", 100)]


def steps_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan."""
    yield plan
    for part in plan.get("Plans", []):
        yield from steps_of(part)


def test_of_hundreds_of_equal_bodies_no_more_are_counted_than_a_few_of_each_band(content: Content) -> None:
    add_contents(content, 300, content.content_html)
    read(content.site)
    assert named(content) == [("T1", 100), ("T2", 100), ("T3", 100)]
    stmt = bodies.sharing_bands(content, signature(content.site_id, sentences(1)), 10)
    sql = stmt.compile(db.engine, compile_kwargs={"literal_binds": True})
    [explained] = db.session.scalars(text(f"explain (analyze, format json) {sql}")).one()
    steps = steps_of(explained["Plan"])
    most = max(step["Actual Rows"] * step["Actual Loops"] for step in steps if step["Node Type"] == "Limit")
    assert most == BANDS * bodies.MOST_OF_A_BAND


@pytest.fixture
def tidy(app: Flask) -> Iterator[Callable[[], None]]:
    """Does what the database does by itself once much has changed: counts rows, and plans anew what it has planned.

    A foreign key that was planned over a few rows reads all of very many for each row that is added.
    """
    owner = create_engine(app.config["OWNER_DATABASE_URI"], isolation_level="AUTOCOMMIT", poolclass=NullPool)

    def vacuum() -> None:
        db.session.commit()
        with owner.connect() as connection:
            connection.execute(text("vacuum analyze body_bands, body_signatures, contents"))

    yield vacuum
    owner.dispose()


def test_among_very_many_bodies_one_is_found_by_the_index(content: Content, tidy: Callable[[], None]) -> None:
    add_contents(content, 20_000, "")
    tidy()
    random_number = "('x' || substr(md5(id || ':' || n), 1, 16))::bit(64)::bigint & 9223372036854775807"
    made = "from contents where content_html = ''"
    many = (
        "set local statement_timeout = 0",  # a request has less time
        "insert into body_signatures (account_id, site_id, content_id, content_version, created_at, updated_at)"
        f" select account_id, site_id, id, 1, now(), now() {made}",
        f"insert into body_bands (account_id, content_id, band) select account_id, id, {random_number}"
        f" from (select account_id, id {made}) one, generate_series(1, {BANDS}) n",
    )
    for statement in many:
        db.session.execute(text(statement))
    make_content(content.site, "Copy", content_html=content.content_html)
    tidy()
    read(content.site)
    stmt = bodies.sharing_bands(content, signature(content.site_id, sentences(1)), 10)
    sql = stmt.compile(db.engine, compile_kwargs={"literal_binds": True})
    plan = " ".join(db.session.scalars(text(f"explain {sql}")))
    assert "pk_body_bands" in plan
    assert "Seq Scan" not in plan
    assert named(content) == [("Copy", 100)]


def test_a_signature_is_the_same_on_every_machine_and_another_for_every_site() -> None:
    body = sentences(1)
    assert signature(1, body) == signature(1, reversed(body))
    assert signature(1, body)[0] == FIRST_BAND
    assert not set(signature(1, body)) & set(signature(2, body))
    assert signature(1, body[:2]) == []
    assert same_sentences(body, [" ".join(body).upper()]) == 100
    assert same_sentences(["Too short."], ["Too short."]) == 0
    chinese = "这款露营帐篷很防水也很轻便适合三个人在山上过夜使用并且价格不贵"
    assert same_sentences([chinese], [f"请看{chinese}吧"]) == 100


@pytest.mark.parametrize("words", [2_000, 200_000])
def test_a_body_of_twice_the_words_takes_at_most_twice_the_hashes(words: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed, hash_of = [0], same_wording._hash

    def count_hashes(run: bytes) -> int:
        hashed[0] += 1
        return hash_of(run)

    def hashes_of(body: list[str]) -> int:
        hashed[0] = 0
        signature(1, body)
        return hashed[0]

    monkeypatch.setattr(same_wording, "_hash", count_hashes)
    for sentence in (6, words):  # many short ones, and one long one
        once, twice = (
            hashes_of(
                [" ".join(f"w{place}" for place in range(start, start + sentence)) for start in range(0, n, sentence)]
            )
            for n in (words, 2 * words)
        )
        assert 0 < once <= twice <= 2 * once
        assert twice <= same_wording.MOST_WORDS + same_wording.BINS * 10
