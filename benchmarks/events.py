"""Events accepted in a second by one pair of web processes, against signed requests that do nothing.

Requests of 100 events each are signed beforehand and sent over kept connections, four at a time, to gunicorn with two
processes. A round changes a title and a term of 100 posts in each request; every event is of a post that is known,
since those cost the most. The floor is the same number of signed requests with a progress report that finds no run;
and one column of as many rows written straight into PostgreSQL, 100 rows a statement, without anything around it.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
from cryptography.fernet import Fernet
from flask_migrate import upgrade
from sqlalchemy import bindparam, func, select, update

from app import create_app
from app.accounts.models import Account
from app.config import ROOT
from app.content.models import Content
from app.core.clock import utcnow
from app.core.crypto import decrypt
from app.core.extensions import db
from app.core.row_security import every_account
from app.devstack import processes
from app.devstack.postgres import EmbeddedPostgres
from app.devstack.redis_server import EmbeddedRedis
from app.mirror.apply import apply_post_items
from app.mirror.models import RemoteState
from app.mirror.terms import apply_term_items
from app.mirror.wire import PostItem, TermItem
from app.sites import connection, signing
from app.sites.models import Site

POSTS, BATCH, ROUNDS, AT_ONCE = 2_000, 100, 3, 4
TEXT = "".join(f"<!-- wp:paragraph --><p>Paragraph {n} of the article.</p><!-- /wp:paragraph -->\n" for n in range(60))


def item(number: int, round_: int) -> dict[str, Any]:
    """A post of 4 kB in a state that differs from round to round."""
    return {
        "id": number,
        "type": "post",
        "status": "publish",
        "title": f"Post {number}, round {round_}",
        "content": TEXT,
        "excerpt": "",
        "slug": f"post-{number}",
        "permalink": f"https://example.com/post-{number}/",
        "modified_utc": "2026-01-01T10:00:00Z",
        "terms": {"category": [1 + round_ % 2, 3]},
        "content_hash": secrets.token_hex(32),
        "state_hash": secrets.token_hex(32),
    }


def events(round_: int) -> list[bytes]:
    """The bodies of a round."""
    terms = [
        {"term_id": one, "taxonomy": "category", "name": f"Term {one}", "slug": f"term-{one}"} for one in (1, 2, 3)
    ]
    made = [
        {
            "id": secrets.token_hex(16),
            "object": "post",
            "object_id": number,
            "kind": "changed",
            "sequence": round_ * 10_000 + number,
            "changed_at": "2026-01-02T10:00:00Z",
            "changed_by": {"id": 3, "name": "Ann"},
            "post": item(number, round_),
            "terms": terms,
        }
        for number in range(1, POSTS + 1)
    ]
    return [json.dumps({"events": made[at : at + BATCH]}).encode() for at in range(0, POSTS, BATCH)]


def send(url: str, path: str, keys: tuple[int, str, str], bodies: list[bytes]) -> float:
    """Seconds until all bodies are answered."""
    site, key, secret = keys
    signed = [
        (body, signing.sign_request(secret, site=str(site), key=key, method="POST", route=path, body=body).as_headers())
        for body in bodies
    ]
    sessions = [requests.Session() for _ in range(AT_ONCE)]

    def work(which: int) -> None:
        sessions[which].trust_env = False
        for body, headers in signed[which::AT_ONCE]:
            answer = sessions[which].post(url + path, data=body, headers=headers, timeout=60)
            answer.raise_for_status()

    started = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, range(AT_ONCE)))
    return time.perf_counter() - started


def straight() -> float:
    """Seconds to write a column of each content without anything around it (one that events do not touch)."""
    table = Content.__table__
    stmt = update(table).where(table.c.id == bindparam("at")).values(template=bindparam("new"), updated_at=utcnow())
    started = time.perf_counter()
    for at in range(0, POSTS, BATCH):
        rows = [{"at": at + n + 1, "new": "default"} for n in range(BATCH)]
        db.session.connection().execute(stmt, rows)
        db.session.commit()
    return time.perf_counter() - started


def main() -> None:
    """Set up engines, site and two web processes; measure; print."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    port = processes.free_port()
    environment = {
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "SECRET_KEY": "only-for-the-benchmark",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "INSTANCE_PATH": str(folder),
        "LOG_LEVEL": "WARNING",
        "RATELIMIT_ENABLED": "0",
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "WEB_PROCESSES": "2",
    }
    web = None
    try:
        with create_app({}, environment).app_context(), every_account("the benchmark makes its own account"):
            upgrade(directory=str(ROOT / "migrations"))
            keys = prepare()
            web = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
            )
            measure(f"http://127.0.0.1:{port}", keys)
            db.session.remove()
            db.engine.dispose()
    finally:
        if web is not None:
            web.terminate()
            web.wait(20)
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def prepare() -> tuple[int, str, str]:
    """A site whose posts are known; its id, key and secret."""
    account = Account(name="Bench")
    db.session.add(account)
    db.session.flush()
    site = Site(account_id=account.id, name="Bench", url="https://bench.example.com")
    db.session.add(site)
    db.session.flush()
    link = connection.make_key(site)
    terms = [TermItem(term_id=one, taxonomy="category", name=f"Term {one}", slug=f"term-{one}") for one in (1, 2, 3)]
    apply_term_items(account.id, site.id, terms)
    numbers = range(1, POSTS + 1)
    apply_post_items(account.id, site.id, [PostItem.model_validate(item(number, 0)) for number in numbers])
    db.session.commit()
    return site.id, link.key_id, decrypt(link.secret)


def measure(url: str, keys: tuple[int, str, str]) -> None:
    """The best of each in turns, in events a second."""
    wait_until_it_answers(url)
    base = f"/integrations/{keys[0]}/"
    idle = json.dumps({"run_id": "none", "step": "content", "progress": 50, "message": "x"}).encode()
    applied, nothing, direct = [], [], []
    for round_ in range(1, ROUNDS + 1):
        applied.append(send(url, f"{base}events/", keys, events(round_)))
        nothing.append(send(url, f"{base}publish-progress/", keys, [idle] * (POSTS // BATCH * 10)) / 10)
        direct.append(straight())
    same = select(func.count()).where(RemoteState.agreed_version == ROUNDS + 1)
    assert db.session.scalar(same) == POSTS, "not all events were applied"
    print(f"events: {POSTS} changed posts of {len(TEXT) // 1024 + 1} kB, {BATCH} a request, two web processes")
    for name, seconds in (
        ("applied over HTTP", applied),
        ("signed, and nothing done", nothing),
        ("straight into the database", direct),
    ):
        print(f"  {name:<28} {POSTS / min(seconds):8.0f} events/s   ({POSTS / max(seconds):.0f} at worst)")


def wait_until_it_answers(url: str) -> None:
    """Until the web processes serve."""
    for _ in range(200):
        try:
            requests.get(f"{url}/login", timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise SystemExit("The web processes do not answer.")


if __name__ == "__main__":
    main()
