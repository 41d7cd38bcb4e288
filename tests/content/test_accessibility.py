"""axe finds nothing serious on the Content Manager, in both colour schemes and on a phone."""

import pytest

from app.core.extensions import db
from app.core.runs import start_run
from app.identity.models import User
from app.planner.models import Cluster
from app.sites.models import Site
from tests.content.conftest import Visits
from tests.factories.axe import findings
from tests.factories.people import actor_of
from tests.factories.things import make_content
from tests.factories.work import a_kind

WINDOWS = [("light", 1440), ("dark", 1440), ("dark", 375)]
LONG = "Über die Kunst des Röstens in kleinen Chargen " * 4
ARABIC = "دليل تحضير القهوة المختصة في المنزل خطوة بخطوة"


@pytest.mark.parametrize(("scheme", "width"), WINDOWS)
def test_list_and_editor(visit: Visits, owner: User, site: Site, cluster: Cluster, scheme: str, width: int) -> None:
    rows = [make_content(site, title, cluster_id=cluster.id) for title in ("Short", LONG, ARABIC)]
    for row, state in zip(rows, ("running", "failed", "succeeded"), strict=True):
        run = start_run(
            account_id=site.account_id,
            kind=a_kind("publish", "jobs.none"),
            title="Publish",
            actor=actor_of(owner),
            subject_type="content",
            subject_id=row.id,
            total=7,
            steps=[{"name": "media", "label": "Media", "state": "running"}],
        )
        run.state, run.error = state, {"code": "X", "message": "It failed.", "cure": "Try again."}
    db.session.commit()
    page = visit(
        owner,
        "/content/",
        bypass_csp=True,
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
    )
    assert findings(page) == []
    page.get_by_label("Select Short").check()
    page.get_by_role("button", name="Attach term").click()
    assert findings(page) == []
    for path in ("edit", "preview"):
        page.goto(f"{visit.address}/content/{rows[1].id}/{path}/")
        page.wait_for_load_state("networkidle")
        assert findings(page) == []
