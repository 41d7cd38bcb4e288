"""What a person does with deploys, and the work of their runs at once."""

import time

from sqlalchemy import select

from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.sitebuilder.deploy import actions
from app.sitebuilder.deploy.facts import deploy_in_force
from app.sitebuilder.models import SiteBlueprint
from tests.factories.work import work


def finish(run: Run) -> Run:
    """Work the run and the publishes that it starts until it has ended; what waits for its time is waited for."""
    run_id, states = run.id, [""]
    for _turn in range(200):
        run = work(db.session.get_one(Run, run_id))
        if run.state not in ("queued", "running"):
            return run
        waiting = select(Run).where(Run.kind == "publish", Run.state == "queued").order_by(Run.created_at)
        states = [f"{publish.step} {work(publish).state}" for publish in db.session.scalars(waiting).all()]
        time.sleep(0.2)
    raise AssertionError(f"it never ends: {run.step}, {states}")


def deploy(blueprint: SiteBlueprint) -> Run:
    run = actions.start_deploy(blueprint.account_id, THE_APP, blueprint.id)
    db.session.commit()
    run = finish(run)
    assert run.state == "succeeded", run.error
    return run


def take_back(blueprint: SiteBlueprint) -> Run:
    newest = deploy_in_force(blueprint)
    assert newest is not None
    run = actions.start_taking_back(blueprint.account_id, THE_APP, newest.id)
    db.session.commit()
    run = finish(run)
    assert run.state == "succeeded", run.error
    return run
