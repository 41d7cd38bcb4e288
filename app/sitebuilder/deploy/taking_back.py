"""The run that takes a deploy back: the site's setup, pages as they were, and what was created into the trash.

Safe to run again: WordPress answers what is so already, and each page is noted once it is done.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.content.models import Content
from app.core.clock import utcnow
from app.core.extensions import db
from app.core.languages import N_
from app.core.runs import Outcome, RunContext
from app.core.runs.context import TryAgain
from app.core.tenancy import owned
from app.core.wording import many, sentences
from app.mirror.apply import apply_post_items
from app.mirror.statuses import CAUSE, record_status
from app.mirror.wire import PostItem
from app.publishing.conflicts import error_from_plugin
from app.publishing.reading import live_version
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.facts import deploy_in_force, deploy_pages, remote_state
from app.sitebuilder.deploy.models import CREATE, TAKEN_BACK, UPDATE, SiteDeploy, SiteDeployPage
from app.sitebuilder.deploy.setup import PARTS, WANTED, wanted_state, what_was_cut_off
from app.sitebuilder.deploy.work import RETRIES, deploy_address, error_words
from app.sitebuilder.models import PageBlueprint, SiteBlueprint
from app.sitebuilder.structure.runs import run_actor
from app.sitebuilder.versions import blueprint_of
from app.sites.wordpress_errors import WordPressError

LEFT_CODES = ("CONFLICT", "SNAPSHOT_UNKNOWN", "FRONT_PAGE", "TRASH_DISABLED", "USER_NOT_ALLOWED", "POST_MISSING")
CONTENT_GONE = N_("Its content was deleted here. Move the page to the trash in WordPress.")


def take_deploy_back(context: RunContext) -> Outcome:
    """Params: `deploy_id`, and `actor`, the name of who asked."""
    try:
        return _TakingBack(context).work()
    except WordPressError as error:
        if error.retryable and context.run.attempt <= RETRIES:
            raise TryAgain(timedelta(seconds=10), f"{error.message} Trying again in 10 s") from error
        raise


class _TakingBack:
    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._run_id, self._account_id = context.run.id, context.run.account_id
        self._by = run_actor(context.run).short_name
        self._deploy = owned(SiteDeploy, int(context.run.params["deploy_id"]), self._account_id)
        self._blueprint = blueprint_of(self._account_id, self._deploy.blueprint_id)
        self._calls = SetupCalls(self._blueprint.site, self._blueprint.id)

    def work(self) -> Outcome:
        rows = [row for row in deploy_pages(self._deploy) if row.action in (CREATE, UPDATE)]
        self._put_setup_back()
        for number, row in enumerate(reversed(rows)):  # pages below others first
            self._context.progress(step="Putting pages back", done=number, total=len(rows))
            if row.state not in ("put_back", "kept"):
                self._put_page_back(row)
        if self._is_menu_of_blocks():
            self._put_setup_back()  # its links have the addresses of the pages, which may be others by now
        self._trash_images()
        return self._end()

    def _is_menu_of_blocks(self) -> bool:
        """Whether the theme is made of blocks, and has no place for a menu."""
        before = self._deploy.site_before
        return before is not None and (before.get("menu") or {}).get("location") == ""

    def _trash_images(self) -> None:
        """Pictures that the deploy brought go to the trash, unless something shows them by now."""
        if self._deploy.new_images:
            self._calls.trash_images(self._deploy.new_images)

    def _put_setup_back(self) -> None:
        """Front page, menu and order as they were. Commits."""
        before, after = self._deploy.site_before, self._deploy.site_after
        if before is None:
            return
        self._context.progress(step="Putting front page and menu back", past_cancelling=True)
        if after is None:
            after = self._cut_off_setup(before)
        ids = [int(page_id) for page_id in after.get("orders") or {}]
        answer = self._calls.put_back(ids, before, after)
        left = {name: answer[name] for name in ("changed", "refused") if answer[name]}
        self._deploy.left_parts = left
        db.session.commit()

    def _cut_off_setup(self, before: dict[str, Any]) -> dict[str, Any]:
        """What a deploy that was cut off left of it: it may have written all of it, or nothing."""
        wanted = before.get(WANTED) or wanted_state(self._deploy, self._blueprint)  # deploys of old have it not
        ids = [int(page_id) for page_id in wanted["orders"]]
        return what_was_cut_off(before, wanted, self._calls.look(ids)["state"])

    def _put_page_back(self, row: SiteDeployPage) -> None:
        """One page; what must be left is left with its reason. Commits."""
        row_id, content_id, after = row.id, row.content_id, row.after
        state = remote_state(self._account_id, content_id) if content_id else None
        if content_id is None or state is None:
            self._note(row_id, "kept", CONTENT_GONE if content_id is None and row.publish_run_id else "")
            return
        if after is None and row.publish_run_id is None:
            self._note(row_id, "put_back")  # nothing was sent
            return
        left = after or {name: getattr(state, name) for name in ("content_hash", "state_hash")}
        try:
            if row.action == CREATE:
                self._to_trash(content_id, left)
            else:
                self._as_before(row, content_id, left)
        except WordPressError as error:
            if error.code not in LEFT_CODES:
                raise
            self._note(row_id, "kept", error_words(error_from_plugin(error, content_id)))
            return
        self._note(row_id, "put_back")

    def _to_trash(self, content_id: int, left: dict[str, Any]) -> None:
        live = live_version(content_id)
        if live is None or live.base.get("gone"):
            return
        base = {**live.base, **left}
        answer = self._calls.change_status(self._run_id, content_id, "trash", base)
        record_status(self._account_id, self._deploy.site_id, content_id, answer, self._by)
        db.session.commit()

    def _as_before(self, row: SiteDeployPage, content_id: int, left: dict[str, Any]) -> None:
        if row.before is None:
            return
        page_id = row.page_id
        answer = self._calls.put_back_post(row.before, left)
        if answer.get("post") is None:
            return
        item = PostItem.model_validate(answer["post"])
        page = db.session.get(PageBlueprint, page_id) if page_id else None
        content = owned(Content, content_id, self._account_id)
        is_ours = page is not None and page.content_version == content.version
        apply_post_items(
            self._account_id,
            self._deploy.site_id,
            [item],
            create=False,
            cause=CAUSE,
            changed_by={item.id: self._by},
        )
        db.session.refresh(content)
        if page is not None and is_ours:
            page.content_version = content.version  # the sections are still the newer text of this page
        db.session.commit()

    def _note(self, row_id: int, state: str, reason: str = "") -> None:
        row = owned(SiteDeployPage, row_id, self._account_id)
        row.state, row.reason = state, reason
        db.session.commit()

    def _end(self) -> Outcome:
        deploy_id, blueprint_id = self._deploy.id, self._blueprint.id
        earlier = deploy_in_force(self._blueprint, but=deploy_id)
        version = earlier.version if earlier is not None and earlier.id < deploy_id else None
        message = _taken_back_words(deploy_pages(self._deploy), self._deploy.left_parts)
        values = {"state": TAKEN_BACK, "ended_at": utcnow()}
        db.session.execute(update(SiteDeploy).where(SiteDeploy.id == deploy_id).values(values))
        values = {"deployed_version": version, "status": "ready"}
        db.session.execute(update(SiteBlueprint).where(SiteBlueprint.id == blueprint_id).values(values))
        db.session.commit()
        return Outcome(message, deploy_address(blueprint_id))


def _taken_back_words(rows: list[SiteDeployPage], left: dict[str, Any]) -> str:
    back = {name: sum(row.action == name and row.state == "put_back" for row in rows) for name in (CREATE, UPDATE)}
    kept = [row for row in rows if row.state == "kept" and row.reason]  # without one it had never been sent
    said = ["Rolled back."]
    said.append(f"{many(back[UPDATE], 'page')} as before." if back[UPDATE] else "")
    said.append(f"{many(back[CREATE], 'page')} in WordPress's trash." if back[CREATE] else "")
    if kept:
        said.append(f"{many(len(kept), 'page')} left as {'it is' if len(kept) == 1 else 'they are'}: {kept[0].reason}")
    for why, words in (("changed", "somebody changed it since"), ("refused", "the acting user may not set it")):
        said += [f"{PARTS[part].capitalize()} was left, as {words}." for part in left.get(why, [])]
    return sentences(*said)
