"""What a row of the Content Manager says of a publish that failed."""

from flask.testing import FlaskClient
from sqlalchemy import update

from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.publishing import services
from app.sites.models import Site
from tests.factories.things import make_content

PROBLEMS = [{"message": f"Problem {number}.", "cure": f"Cure {number}."} for number in (1, 2, 3)]


def failed_row(client: FlaskClient, site: Site, problems: list[dict[str, str]]) -> str:
    content = make_content(site)
    services.start_publishes(site.account_id, [content.id], THE_APP)
    details = {"problems": problems}
    error = {"code": "PREFLIGHT_FAILED", "message": "It failed.", "cure": "Each is listed.", "details": details}
    db.session.execute(update(Run).values(state="failed", error=error))
    db.session.commit()
    return client.get(f"/content/{content.id}/row/").text


def test_several_problems_stand_behind_one_line(owner_client: FlaskClient, site: Site) -> None:
    row = failed_row(owner_client, site, PROBLEMS)
    closed = row.partition('<details class="run-problems">')[2].partition("</details>")[0]
    assert all(words in closed for one in PROBLEMS for words in one.values())
    assert "Each is listed." not in row.partition('<details class="details-code">')[0]


def test_one_problem_is_told_at_once(owner_client: FlaskClient, site: Site) -> None:
    row = failed_row(owner_client, site, PROBLEMS[:1])
    assert "run-problems" not in row
    assert "Problem 1." in row
    assert "Cure 1." in row
