"""A publish with 6 images, 3 categories and 5 tags, against core REST on the same WordPress.

Core REST does it in 15 requests (6 media, 3 categories, 5 tags, 1 post) with an application password,
and stops there. Ours is the whole job: checking, claiming, images, terms, post, going live, and then the
visit of the page as a visitor, which core REST leaves out. Both sides take turns, with fresh images and
terms each time; the median is reported.
"""

import base64
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import requests
from cryptography.fernet import Fernet
from flask import Flask
from flask_migrate import upgrade

import jobs
from app import create_app
from app.auth.services import sign_up
from app.config import ROOT
from app.content.models import Content, ContentImage
from app.core import media
from app.core.local.postgres import EmbeddedPostgres
from app.core.local.redis_server import EmbeddedRedis
from app.core.local.wordpress import LocalWordPress
from app.core.runs import Run
from app.extensions import db
from app.publishing.services import start_publishes
from app.sites import connection
from app.sites.models import Site
from app.sites.services import add_site
from app.taxonomy.models import ContentTaxonomy
from benchmarks.pictures import png

ROUNDS = 12
WARM_UP = 2
IMAGES, CATEGORIES, TAGS = 6, 3, 5
BODY = "".join(f"<!-- wp:paragraph --><p>Paragraph {n} of the article.</p><!-- /wp:paragraph -->\n" for n in range(30))
PASSWORD_SCRIPT = """<?php
[$password] = WP_Application_Passwords::create_new_application_password(1, ['name' => 'bench']);
echo $password;
"""


def core_rest(wordpress: LocalWordPress, session: requests.Session, number: int) -> float:
    """Seconds for the 15 requests."""
    pictures = [png() for _ in range(IMAGES)]
    base, tag = f"{wordpress.url}/wp-json/wp/v2", f"core{number}"
    started = time.perf_counter()
    ids = [
        _post(session, f"{base}/media", data=data, headers={
            "Content-Type": "image/png", "Content-Disposition": f'attachment; filename="{tag}-{n}.png"'})
        for n, data in enumerate(pictures)
    ]  # fmt: skip
    categories = [_post(session, f"{base}/categories", json={"name": f"{tag} category {n}"}) for n in range(CATEGORIES)]
    tags = [_post(session, f"{base}/tags", json={"name": f"{tag} tag {n}"}) for n in range(TAGS)]
    _post(session, f"{base}/posts", json={
        "title": f"Core {number}", "content": BODY, "status": "publish", "featured_media": ids[0],
        "categories": categories, "tags": tags})  # fmt: skip
    return time.perf_counter() - started


def _post(session: requests.Session, url: str, **options: Any) -> int:
    answer = session.post(url, timeout=60, **options)
    answer.raise_for_status()
    return int(answer.json()["id"])


def ours(site: Site, number: int) -> tuple[float, float, str]:
    """Seconds of the whole job, seconds until the page was live, and the verdict."""
    content = Content(
        account_id=site.account_id, site_id=site.id, title=f"Ours {number}", content_html=BODY, content_type="Article"
    )
    content.terms = [_term(site, "category", "category", number, n) for n in range(CATEGORIES)]
    content.terms += [_term(site, "tag", "post_tag", number, n) for n in range(TAGS)]
    db.session.add(content)
    db.session.flush()
    for position, data in enumerate(png() for _ in range(IMAGES)):
        db.session.add(ContentImage(
            account_id=site.account_id, content_id=content.id, role="gallery" if position else "featured",
            position=position, sha256=media.save(data), mime="image/png", size=len(data),
            filename=f"ours{number}-{position}.png"))  # fmt: skip
    run = start_publishes(site.account_id, [content.id], None)[0]
    db.session.commit()
    content_id, run_id = content.id, run.id
    started = time.perf_counter()
    jobs.execute(str(run_id))
    seconds = time.perf_counter() - started
    db.session.expire_all()
    run = db.session.get_one(Run, run_id)
    if run.state != "succeeded":
        raise SystemExit(f"The publish did not succeed: {json.dumps(run.error)} {run.step}")
    published = db.session.get_one(Content, content_id).published_at
    assert published is not None
    assert run.started_at is not None
    return seconds, (published - run.started_at).total_seconds(), str(run.data["verdict"])


def _term(site: Site, kind: str, taxonomy: str, number: int, n: int) -> ContentTaxonomy:
    name = f"ours{number} {kind} {n}"
    return ContentTaxonomy(
        account_id=site.account_id, site_id=site.id, name=name, slug=name.replace(" ", "-"), taxonomy_type=kind,
        external_taxonomy=taxonomy,
    )  # fmt: skip


def make_app(folder: Path, postgres: EmbeddedPostgres, redis: EmbeddedRedis) -> Flask:
    """The application over the benchmark's own engines."""
    environment = {
        "DATABASE_URL": postgres.url, "REDIS_URL": redis.url, "SECRET_KEY": "only-for-the-benchmark",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(), "INSTANCE_PATH": str(folder), "LOG_LEVEL": "WARNING",
        "ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
    }  # fmt: skip
    application = create_app({}, environment)
    with application.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    jobs.use_app(application)
    return application


def main() -> None:
    """Run both sides in turns and print the medians and their ratio."""
    folder = Path(tempfile.mkdtemp(prefix="igny8-bench-"))
    folder.chmod(0o755)
    postgres, redis = EmbeddedPostgres(folder / "pg"), EmbeddedRedis(folder / "redis")
    wordpress = LocalWordPress(folder / "wordpress", title="Bench")
    try:
        wordpress.start()
        with make_app(folder, postgres, redis).app_context():
            measure(wordpress)
    finally:
        wordpress.stop()
        redis.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(wordpress: LocalWordPress) -> None:
    """Both sides, taking turns."""
    user = sign_up(email="bench@example.com", name="Bench", password="benchmark only", account_name="Bench")
    site = add_site(_account_of(user.id), name="Bench", url=wordpress.url, time_zone="UTC", sectors=[])
    key = connection.connection_key(connection.make_key(site), "http://127.0.0.1:9")
    db.session.commit()
    wordpress.connect(key)
    connection.check_connection(site.account_id, site.id)
    session = requests.Session()
    session.trust_env = False
    password = wordpress.run_php(PASSWORD_SCRIPT).strip()
    session.headers["Authorization"] = "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()
    core, whole, live = [], [], []
    for number in range(ROUNDS + WARM_UP):
        core.append(core_rest(wordpress, session, number))
        seconds, until_live, verdict = ours(db.session.get_one(Site, site.id), number)
        assert verdict == "verified", verdict
        whole.append(seconds)
        live.append(until_live)
    report(core[WARM_UP:], whole[WARM_UP:], live[WARM_UP:])


def _account_of(user_id: int) -> int:
    from app.auth.services import accounts_of

    return accounts_of(user_id)[0].id


def report(core: list[float], whole: list[float], live: list[float]) -> None:
    """The figures."""
    base = statistics.median(core)
    print(f"publish with {IMAGES} images, {CATEGORIES} categories, {TAGS} tags; median of {len(core)} rounds")
    rows = (("core REST, 15 requests", core), ("ours, until live", live), ("ours, with the visit", whole))
    for name, figures in rows:
        middle = statistics.median(figures)
        print(f"  {name:<24} {middle:6.3f} s   ratio {middle / base:5.2f}   ({min(figures):.3f} to {max(figures):.3f})")


if __name__ == "__main__":
    main()
