"""The report of an import: numbers that add up, and clusters suggested for what came in as soon as they are found."""

from flask.testing import FlaskClient

import jobs
from app.core.actor import THE_APP
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.runs import Run
from app.sites.models import Site
from app.suggestions import services
from app.sync.imports import site_imports
from app.sync.imports.models import SiteImport
from tests.factories.things import make_cluster, make_content, make_keyword


def finished_import(site: Site) -> Run:
    run = Run(
        account_id=site.account_id,
        site_id=site.id,
        kind="import",
        title="Importing",
        job="jobs.x",
        state="succeeded",
        ended_at=utcnow(),
    )
    db.session.add(run)
    db.session.flush()
    db.session.add(
        SiteImport(
            account_id=site.account_id,
            site_id=site.id,
            run_id=run.id,
            types=["post"],
            statuses=["publish"],
            phase="done",
            page_limit=50,
            created=1,
            finished_at=utcnow(),
        )
    )
    db.session.commit()
    return run


def test_it_waits_for_the_suggestions_and_shows_the_best(owner_client: FlaskClient, site: Site) -> None:
    cluster = make_cluster(site, "Cold brew")
    make_keyword(site, "cold brew ratio", cluster_id=cluster.id)
    make_content(site, "The best cold brew ratio", source="wordpress")
    address = f"/content/import/{finished_import(site).id}/"
    search = services.start_suggesting(site.account_id, site.id, THE_APP)
    db.session.commit()
    assert search is not None
    waiting = owner_client.get(address).text
    assert f'id="run-{search.id}"' in waiting
    assert 'hx-trigger="runEnded"' in waiting
    jobs.execute(str(search.id))
    db.session.rollback()
    report = owner_client.get(address, headers={"HX-Request": "true"}).text
    assert "The best cold brew ratio" in report
    assert "Cold brew" in report
    assert "Review 1 cluster suggestion" in report
    assert 'hx-trigger="runEnded"' not in report


def test_what_was_read_is_the_sum_of_what_became_of_it(owner_client: FlaskClient, site: Site) -> None:
    run = finished_import(site)
    found, _run = site_imports.import_of(site.account_id, run.id)
    found.done, found.created, found.updated, found.unchanged, found.passed_over = 1_012, 1_000, 3, 2, 4
    found.kept, found.gone, found.terms, found.problems = 1, 1, 5, 4  # one problem is of a post that was taken
    db.session.commit()
    assert site_imports.summary_of(found) == (
        "Read 1,012 items: 1,000 new, 3 updated, 2 unchanged, 7 left out (4 in a status that was not chosen, "
        "3 that could not be imported (see Problems)). Read 5 terms. 1 item is no longer in WordPress. "
        "1 item changed on both sides and stayed as it is here. 4 problems to check."
    )
    report = owner_client.get(f"/content/import/{run.id}/").text
    assert "Left out: 4 in a status that was not chosen, 3 that could not be imported (see Problems)." in report
    past = owner_client.get(f"/content/import/?site={site.id}&new=1").text
    assert 'data-label="Read">1,012<' in past
    assert 'data-label="Left out">7<' in past
