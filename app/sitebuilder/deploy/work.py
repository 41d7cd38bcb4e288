"""The run that brings a planned site to WordPress. Safe to run again at any point: what is done is done once."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from app.core.actor import Actor
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import N_
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.stored_texts import message_data, message_in_english
from app.core.tenancy import owned
from app.mirror.statuses import record_status
from app.publishing.reading import live_version
from app.sitebuilder.contents import keep_content, site_assets
from app.sitebuilder.deploy.addresses import is_aside, leave_taken_addresses, stands_aside
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.facts import deploy_pages, live_ids, read_plan, remote_state
from app.sitebuilder.deploy.files import bring_files
from app.sitebuilder.deploy.models import CONFLICT, CREATE, DONE, LEAVE, PARTIAL, UPDATE, SiteDeploy, SiteDeployPage
from app.sitebuilder.deploy.pages import begin_page, settle_page, take_slugs_again, waits_for_parent
from app.sitebuilder.deploy.plan import parent_of
from app.sitebuilder.deploy.setup import WANTED, last_setup, wanted_state
from app.sitebuilder.deploy.words import deployed_words
from app.sitebuilder.models import SiteBlueprint
from app.sitebuilder.pages import page_of_row
from app.sitebuilder.structure.runs import run_actor
from app.sitebuilder.versions import BlueprintChange, blueprint_of, pages_of
from app.sites.wordpress_errors import WordPressError

POLL = timedelta(seconds=1)
PUBLISHING = N_("Publishing pages")
RETRIES = 3


def deploy_address(blueprint_id: int) -> str:
    """Where a person sees how a planned site stands in WordPress."""
    return f"/site-builder/{blueprint_id}/deploy/"


def deploy_site(context: RunContext) -> Outcome:
    """Params: `deploy_id`, and `actor`, the name of who asked."""
    try:
        return _Deploying(context).work()
    except WordPressError as error:
        if error.retryable and context.run.attempt <= RETRIES:
            raise TryAgain(timedelta(seconds=10), f"{error.message} Trying again in 10 s") from error
        raise


class _Deploying:
    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._run_id, self._account_id = context.run.id, context.run.account_id
        self._actor: Actor = run_actor(context.run)
        self._deploy = owned(SiteDeploy, int(context.run.params["deploy_id"]), self._account_id)
        self._blueprint = blueprint_of(self._account_id, self._deploy.blueprint_id)
        self._calls = SetupCalls(self._blueprint.site, self._blueprint.id)

    def work(self) -> Outcome:
        rows = deploy_pages(self._deploy)
        if not rows:
            self._context.progress(step=N_("Sending files"))
            bring_files(self._calls, self._deploy, self._blueprint)
            rows = self._prepare()
        leave_taken_addresses(self._calls, self._deploy, self._blueprint)
        self._note_new_images(rows)
        self._publish(rows)
        self._set_up()
        return self._end()

    def _prepare(self) -> list[SiteDeployPage]:
        """Decide what is done with each page, and write the contents of those that are sent: one transaction."""
        blueprint_id = self._blueprint.id
        db.session.execute(select(SiteBlueprint.id).where(SiteBlueprint.id == blueprint_id).with_for_update())
        db.session.refresh(self._blueprint)
        take_slugs_again(self._blueprint, self._actor)
        rows = pages_of(self._blueprint)
        by_id = {row.id: row for row in rows}
        change = BlueprintChange(self._blueprint, rows, self._blueprint.version)
        for position, step in enumerate(read_plan(self._blueprint)):
            page = by_id[step.facts.page.id]
            if step.action in (CREATE, UPDATE):
                keep_content(change, page, self._actor)
            row = SiteDeployPage(
                account_id=self._account_id,
                site_id=self._deploy.site_id,
                deploy_id=self._deploy.id,
                page_id=page.id,
                content_id=page.content_id,
                position=position,
                title=page.title,
                action=step.action,
                state="done" if step.action == LEAVE else "failed" if step.action == CONFLICT else "waiting",
                reason=step.reason,
            )
            db.session.add(row)
        self._deploy.version = self._blueprint.version
        db.session.commit()
        return deploy_pages(self._deploy)

    def _note_new_images(self, rows: list[SiteDeployPage]) -> None:
        """Note which pictures the media library lacks, then take those of an earlier deploy out of its trash."""
        if any(row.publish_run_id for row in rows):
            return
        if self._deploy.new_images is None:
            self._deploy.new_images = self._lacking_images(rows)
            db.session.commit()
        if self._deploy.new_images:
            self._calls.bring_images_back(self._deploy.new_images)

    def _lacking_images(self, rows: list[SiteDeployPage]) -> list[str]:
        """The hashes of pictures on pages that are sent which the media library does not have."""
        sent = {row.page_id for row in rows if row.action in (CREATE, UPDATE)}
        pages = [page for page in pages_of(self._blueprint) if page.id in sent]
        hashes = sorted({asset.sha256 for asset in site_assets(self._blueprint, pages).values() if asset.is_picture})
        in_library = self._calls.known_images(hashes) if hashes else set()
        return [sha256 for sha256 in hashes if sha256 not in in_library]

    def _publish(self, rows: list[SiteDeployPage]) -> None:
        """Publish each page after the one above it. Raises TryAgain while some are on their way."""
        pages = [page_of_row(row) for row in pages_of(self._blueprint)]
        parents = {page.id: above.id for page in pages if (above := parent_of(page, pages)) is not None}
        for row in rows:
            if row.state == "publishing":
                settle_page(row, self._actor)
        db.session.commit()
        are_standing_aside = any(stands_aside(row) for row in rows)
        for row in rows:
            is_its_turn = stands_aside(row) or not (are_standing_aside or waits_for_parent(row, rows, parents))
            if row.state == "waiting" and is_its_turn:
                self._begin(row)
        open_rows = [row for row in rows if row.state in ("waiting", "publishing")]
        self._context.progress(step=PUBLISHING, done=len(rows) - len(open_rows), total=len(rows))
        if open_rows:
            raise TryAgain(POLL, PUBLISHING, counts=False)

    def _begin(self, row: SiteDeployPage) -> None:
        """Keep the page as it is in WordPress, then start its publish. Commits."""
        state = remote_state(self._account_id, row.content_id) if row.content_id else None
        external_id, is_away = (state.external_id, state.gone_at is not None) if state else (0, False)
        row_id, content_id = row.id, row.content_id
        if is_away and content_id:
            self._bring_back(content_id)
        elif row.action == UPDATE and row.before is None and external_id:
            kept = self._calls.look([external_id], keep=True)["kept"]
            row = owned(SiteDeployPage, row_id, self._account_id)
            row.before = kept.get(str(external_id)) if isinstance(kept, dict) else None
            db.session.commit()
        begin_page(row, self._blueprint, self._actor)
        db.session.commit()

    def _bring_back(self, content_id: int) -> None:
        """Take the page out of the trash, where our own roll-back had put it. Commits."""
        live = live_version(content_id)
        if live is None:
            return
        answer = self._calls.change_status(self._run_id, content_id, "restore", live.base)
        record_status(self._account_id, self._deploy.site_id, content_id, answer, self._actor.short_name)
        db.session.commit()

    def _set_up(self) -> None:
        """Front page, page of posts, menu and order: what was there is kept first. Commits."""
        if self._deploy.site_after is not None:
            return
        self._context.progress(step=N_("Setting front page and menu"))
        ids = live_ids(self._deploy)
        remote_ids = list(ids.values())
        before = self._deploy.site_before
        if before is None:
            state = self._calls.look(remote_ids)["state"]
            before = self._deploy.site_before = {**state, WANTED: wanted_state(self._deploy, self._blueprint)}
            db.session.commit()
        is_taken_over = bool(self._context.run.params.get("take_over"))
        last_state = None if is_taken_over else last_setup(self._deploy, before)
        answer = self._calls.apply(remote_ids, before[WANTED], last_state)
        marks = self._calls.look(remote_ids)["posts"]
        self._deploy.site_after = answer["after"]
        self._deploy.left_parts = {name: answer[name] for name in ("changed", "refused") if answer[name]}
        for row in deploy_pages(self._deploy):
            if row.page_id in ids and row.state == "done" and isinstance(marks, dict):
                row.after = marks.get(str(ids[row.page_id]))
        db.session.commit()

    def _end(self) -> Outcome:
        rows = deploy_pages(self._deploy)
        failed, left = [row for row in rows if row.state == "failed"], self._deploy.left_parts
        deploy_id, blueprint_id, version = self._deploy.id, self._blueprint.id, self._deploy.version
        is_whole, has_changes = not failed and not left, self._has_changes(rows)
        values: dict[str, Any] = {
            "state": DONE if is_whole else PARTIAL,
            "has_changes": has_changes,
            "ended_at": utcnow(),
        }
        db.session.execute(
            update(SiteDeploy).where(SiteDeploy.id == deploy_id, SiteDeploy.state == "running").values(values)
        )
        blueprint = update(SiteBlueprint).where(SiteBlueprint.id == blueprint_id)
        db.session.execute(blueprint.values(deployed_version=version))
        if is_whole:
            db.session.execute(blueprint.where(SiteBlueprint.version == version).values(status="deployed"))
        texts, url = deployed_words(rows, left, has_changes=has_changes), self._blueprint.site.url
        db.session.commit()
        data = {"failed_pages": len(failed), "url": url, **message_data(texts)}
        return Outcome(message_in_english(texts), deploy_address(blueprint_id), data)

    def _has_changes(self, rows: list[SiteDeployPage]) -> bool:
        """Whether WordPress is another than before."""
        deploy = self._deploy
        before = {part: value for part, value in (deploy.site_before or {}).items() if part != WANTED}
        is_sent = any((row.action in (CREATE, UPDATE) and row.state == "done") or is_aside(row) for row in rows)
        return is_sent or bool(deploy.new_images or deploy.new_files) or before != deploy.site_after
