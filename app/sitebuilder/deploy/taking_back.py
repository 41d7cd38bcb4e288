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
from app.core.stored_texts import StoredText, joined_text, message_data, message_in_english
from app.core.tenancy import owned
from app.mirror.apply import apply_post_items
from app.mirror.statuses import CAUSE, record_status
from app.mirror.wire import PostItem
from app.publishing.conflicts import error_from_plugin
from app.publishing.reading import live_version
from app.sitebuilder.deploy.calls import SetupCalls
from app.sitebuilder.deploy.facts import deploy_pages, remote_state, version_before
from app.sitebuilder.deploy.models import CREATE, TAKEN_BACK, UPDATE, SiteDeploy, SiteDeployPage
from app.sitebuilder.deploy.setup import WANTED, wanted_state, what_was_cut_off
from app.sitebuilder.deploy.words import taken_back_words
from app.sitebuilder.deploy.work import RETRIES, deploy_address
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
            self._context.progress(step=N_("Putting pages back"), done=number, total=len(rows))
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
        """Pictures and files that the deploy brought go to the trash, unless something shows them by now."""
        brought = [*(self._deploy.new_images or []), *(self._deploy.new_files or [])]
        if brought:
            self._calls.trash_images(brought)

    def _put_setup_back(self) -> None:
        """Front page, menu and order as they were. Commits."""
        before, after = self._deploy.site_before, self._deploy.site_after
        if before is None:
            return
        self._context.progress(step=N_("Putting front page and menu back"), past_cancelling=True)
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
            is_lost = content_id is None and row.publish_run_id is not None
            self._note(row_id, "kept", StoredText(CONTENT_GONE) if is_lost else None)
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
            said = error_from_plugin(error, content_id)
            texts = [StoredText(text) for text in (said.message, said.cure) if text]
            self._note(row_id, "kept", joined_text(texts))
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

    def _note(self, row_id: int, state: str, reason: StoredText | None = None) -> None:
        owned(SiteDeployPage, row_id, self._account_id).leave(state, reason or StoredText(""))
        db.session.commit()

    def _end(self) -> Outcome:
        deploy_id, blueprint_id = self._deploy.id, self._blueprint.id
        version = version_before(self._deploy)
        texts = taken_back_words(deploy_pages(self._deploy), self._deploy.left_parts)
        values = {"state": TAKEN_BACK, "ended_at": utcnow()}
        db.session.execute(update(SiteDeploy).where(SiteDeploy.id == deploy_id).values(values))
        self._forget_later_deploys(deploy_id, blueprint_id)
        values = {"deployed_version": version, "status": "ready"}
        db.session.execute(update(SiteBlueprint).where(SiteBlueprint.id == blueprint_id).values(values))
        db.session.commit()
        return Outcome(message_in_english(texts), deploy_address(blueprint_id), message_data(texts))

    def _forget_later_deploys(self, deploy_id: int, blueprint_id: int) -> None:
        """Those after it changed nothing, and what they found is no longer there."""
        later = update(SiteDeploy).where(
            SiteDeploy.blueprint_id == blueprint_id,
            SiteDeploy.account_id == self._account_id,
            SiteDeploy.id > deploy_id,
        )
        db.session.execute(later.where(SiteDeploy.has_changes.is_(False)).values(state=TAKEN_BACK))
