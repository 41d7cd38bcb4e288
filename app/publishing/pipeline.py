"""A publish through its seven steps.

Safe to run again with the same run id at any point: the plugin answers a repeated run with the
stored result, and knows the images it already has. No transaction is open while WordPress is called.
"""

from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.content.images.shelves import IMAGES, RENDITIONS
from app.content.models import Content
from app.core.clock import iso, utcnow
from app.core.errors import DomainError
from app.core.extensions import db
from app.core.http import Login
from app.core.logs import get_logger
from app.core.runs import Cancelled, Outcome, RunContext, lanes
from app.core.runs.context import TryAgain
from app.mirror.create import bind_term
from app.mirror.payload import ContentSnapshot
from app.mirror.site_locks import is_being_read, publish_lock
from app.publishing import conflicts, outgoing_images, services, steps
from app.publishing.checks.examination import refuse_problems
from app.publishing.image_batches import AT_ONCE, share_out
from app.publishing.reading import LiveVersion, content_to_publish, live_version, snapshot_of
from app.publishing.verification import comparing as verify
from app.publishing.verification.remarks import unremarked_warnings
from app.publishing.verification.services import check_as_visitor, is_newest, login_for, record_verdict
from app.publishing.waiting import NOTHING_BEGUN, retry_delay
from app.sites.connection import credentials_for, open_client, remember_transport
from app.sites.health import refuse_moved
from app.sites.wordpress import Credentials, WordPressClient
from app.sites.wordpress_errors import WordPressError, wordpress_error

RETRIES = 3
TURN_DELAY = timedelta(seconds=1)
IMAGES_DELAY = timedelta(seconds=2)
IMAGES_WAIT = timedelta(minutes=15)
SECOND_VISIT_AFTER = timedelta(seconds=1.5)
DELAYS = {"manual": timedelta(seconds=10), "scheduled": timedelta(hours=1)}
log = get_logger(__name__)


class PublishFailed(DomainError):
    """A publish that ended, with the step it ended at."""

    def __init__(self, cause: DomainError, step: str) -> None:
        super().__init__(
            cause.message, code=cause.code, cure=cause.cure, details=cause.details, retryable=cause.retryable
        )
        self.step = step

    def as_dict(self) -> dict[str, Any]:
        """The common form with the seeds' names for the step and for trying again."""
        return {
            **super().as_dict(),
            "step": self.step,
            "step_number": steps.step_number(self.step),
            "total_steps": steps.TOTAL,
            "recoverable": True,
            "retry_recommended": self.retryable,
        }


class Publish:
    """One attempt at one piece of content."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        # Plain values: touching the row later would open a transaction around a call to WordPress.
        self._run_id = context.run.id
        self._account_id = context.run.account_id
        self._content_id = int(context.run.params["content_id"])
        self._attempt = context.run.attempt
        self._site_id = int(context.run.site_id or 0)
        self._since = context.run.started_at or utcnow()
        self._mode = str(context.run.params.get("mode", "manual"))
        self._intent = context.run.params.get("due_at")
        self._seen = context.run.params.get("seen")
        self._was_verifying = steps.is_at("verify", context.run.steps)
        self._step = "preflight"
        self._claimed = False
        self._warnings: list[Any] = []  # the plugin's
        self._own_warnings: list[dict[str, Any]] = []

    def work(self) -> Outcome:
        """Go through the steps. Raises PublishFailed, TryAgain, Cancelled or LeaseLost."""
        result = services.result_of(self._run_id) if self._was_verifying else None
        if result is not None:
            return self._verify_again(result)
        try:
            if self._attempt > 1:
                self._report_step("preflight")  # a new run stands there already
            live, content = self._read()
            if content.images:
                self._make_files()
                live, content = self._read()
            snapshot = snapshot_of(content, are_files_made=True)
            credentials = credentials_for(content.site)
            db.session.commit()
            self._own_warnings = refuse_problems(snapshot, credentials, live)
            if self._mode == "scheduled" and live and live.has(snapshot):
                return Outcome("Already live and unchanged: nothing had to be sent.", link=live.url)
            with publish_lock(snapshot.site_id) as ours:
                if not ours:
                    raise TryAgain(TURN_DELAY, "Waiting for another publish to this site", counts=False)
                return self._go_live(snapshot, live, credentials)
        except WordPressError as error:
            self._step = error.step or self._step
            if error.code == "IMAGE_HASH_MISMATCH" and self._ask_for_facts():
                raise TryAgain(
                    DELAYS["manual"], "Trying again with images as the site takes them", counts=False
                ) from error
            raise self._failed(self._error_for_person(error)) from error
        except DomainError as error:
            raise self._failed(error) from error

    def _read(self) -> tuple[LiveVersion | None, Content]:
        """What is live and what is to be published, if that is allowed.

        WordPress's state is read first, so that a change arriving a moment later is seen as a difference.
        """
        live = live_version(self._content_id)
        content = content_to_publish(self._account_id, self._content_id)
        if self._mode == "manual" and not self._seen:
            conflicts.refuse_away(content.state, content.id)
        refuse_moved(content.site)
        return live, content

    def _make_files(self) -> None:
        """Have smaller files of the images made.

        Raises TryAgain while a worker makes them, for a limited time; after that the images are sent as they were
        uploaded. Commits.
        """
        db.session.commit()
        waiting = outgoing_images.make_missing(self._account_id, self._content_id, self._report_images)
        if waiting and utcnow() - self._since < IMAGES_WAIT:
            raise TryAgain(IMAGES_DELAY, "Waiting for smaller files of its images", counts=False)

    def _ask_for_facts(self) -> bool:
        db.session.rollback()
        return outgoing_images.ask_anew_since(self._account_id, self._site_id, self._since)

    def _error_for_person(self, error: WordPressError) -> DomainError:
        """The plugin's error for a person; if a term existed before the content, with a link to compare. Commits."""
        existing = conflicts.existing_term(error)
        if existing is not None:
            content = content_to_publish(self._account_id, self._content_id)
            holder = bind_term(content.id, content.taxonomy, *existing)
            other = db.session.get(Content, holder) if holder != content.id else None
            other_error = conflicts.belongs_to_other_error(other.id, other.title) if other else None
            db.session.commit()
            if other_error is not None:
                return other_error
        return conflicts.error_from_plugin(error, self._content_id)

    def _go_live(self, snapshot: ContentSnapshot, live: LiveVersion | None, credentials: Credentials) -> Outcome:
        with open_client(credentials) as client:
            if self._mode == "scheduled" and live:
                conflicts.refuse_edited(client, snapshot, live)
            elif self._seen and self._attempt == 1:  # later, the difference may be our own
                conflicts.refuse_moved_on(client, snapshot.content_id, self._seen)
            elif live and not self._seen:
                conflicts.refuse_ahead(snapshot, live)
            date = self._date(snapshot, live)
            body = self._body(snapshot, live, date)
            result = {**self._publish(client, body, snapshot), "intended_date_utc": date}
            # Out of the trash a post gets the slug that it had, if nobody took it meanwhile.
            old_slug = snapshot.payload["post"]["slug"] if body["base"].get("gone") else ""
            result["requested_slug"] = body["post"]["slug"] or old_slug
            remember_transport(snapshot.site_id, snapshot.account_id, client)
        result["warnings"] = unremarked_warnings(result, [*self._own_warnings, *self._warnings])
        result = services.record_published(self._run_id, snapshot, result)
        db.session.commit()
        return self._verify(result, credentials.login)

    def _date(self, snapshot: ContentSnapshot, live: LiveVersion | None) -> str | None:
        """The date for the post; None leaves it to WordPress, where an update keeps the present one."""
        return min(self._intent, iso(utcnow())) if self._intent and not live and not snapshot.is_term else None

    def _body(self, snapshot: ContentSnapshot, live: LiveVersion | None, date: str | None) -> dict[str, Any]:
        """The request body, with what was known about the post.

        What a person saw when comparing both versions takes precedence.
        """
        body = {**snapshot.payload, "images": snapshot.sent_images, "run_id": str(self._run_id), "mode": self._mode}
        base = live.base if live else {}
        body["base"] = {**base, **((self._seen or {}).get("base") or {}), "run_id": base.get("run_id")}
        body["post"] = {**body["post"], "date_utc": date}
        if live and live.keeps_address(str(body["post"]["slug"])):
            body["post"]["slug"] = ""
        return body

    def _publish(self, client: WordPressClient, body: dict[str, Any], snapshot: ContentSnapshot) -> dict[str, Any]:
        try:
            if not snapshot.images:
                return self._publish_text(client, body)
            self._report_step("claim")
            claim = client.post("import-content", {**body, "action": "claim"})
            self._warnings = _warnings(claim)
            if claim.get("claim") == "done":
                return _stored(claim)
            self._claimed = True
            self._upload(client, snapshot, claim)
            self._report_step("taxonomies", past_cancelling=True)
            return client.post("import-content", {**body, "action": "publish"}, read_seconds=120)
        except (DomainError, Cancelled) as error:
            undone = self._undo(client, body, error)
            if undone is not None:
                return undone
            raise

    def _publish_text(self, client: WordPressClient, body: dict[str, Any]) -> dict[str, Any]:
        """Claim and publish in one request, when there is nothing to upload in between."""
        self._report_step("taxonomies", past_cancelling=True)
        self._claimed = True
        result = client.post("import-content", {**body, "action": "claim_publish"}, read_seconds=120)
        self._warnings = _warnings(result)
        return result

    def _upload(self, client: WordPressClient, snapshot: ContentSnapshot, claim: dict[str, Any]) -> None:
        to_upload = _images_to_upload(snapshot.sent_images, claim)
        self._report_step("media", done=0, total=len(to_upload) or None)
        query = {"run_id": str(self._run_id), "content_id": str(snapshot.content_id)}
        uploaded = 0
        at_once = 1 if is_being_read(snapshot.site_id) else AT_ONCE
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            futures = [
                pool.submit(_send, client, query, [(image, self._file_of(image, snapshot)) for image in batch])
                for batch in share_out(to_upload)
            ]
            try:
                for finished in as_completed(futures):
                    uploaded += len(finished.result()["images"])
                    self._context.progress(done=uploaded)
            except BaseException:
                for future in futures:
                    future.cancel()
                raise  # after those under way have ended: nothing may arrive after the abort

    def _file_of(self, image: dict[str, Any], snapshot: ContentSnapshot) -> Path:
        file = snapshot.files.get(image["sha256"])
        if file is not None:
            return RENDITIONS.path_of(self._account_id, file["file"])
        return IMAGES.path_of(self._account_id, image["sha256"])

    def _undo(
        self, client: WordPressClient, body: dict[str, Any], error: DomainError | Cancelled
    ) -> dict[str, Any] | None:
        """Have WordPress remove what this attempt left behind.

        Returns the result if the publish had gone live after all.
        """
        if not self._claimed or (isinstance(error, DomainError) and (self._wait(error) or self._will_retry(error))):
            return None
        try:
            answer = client.post("import-content", {**_reference(body), "action": "abort"}, read_seconds=20)
        except WordPressError as failure:
            log.warning("abort_failed", code=failure.code)  # the plugin clears stale claims itself
            return None
        result = answer.get("result")
        return result if _is_result(result) else None

    def _verify(self, result: dict[str, Any], login: Login | None) -> Outcome:
        """The first check; a page that was not ready is checked once more before its verdict is stored."""
        self._report_step("verify", past_cancelling=True)
        verdict = check_as_visitor(result, login)
        if verdict.may_pass_soon:
            raise TryAgain(SECOND_VISIT_AFTER, "Looking at the page again", counts=False, can_cancel=False)
        return self._verified(result, verdict)

    def _verify_again(self, result: dict[str, Any]) -> Outcome:
        """Verify a publish that had gone live before: only the page is visited."""
        self._report_step("verify", past_cancelling=True)
        if not is_newest(self._run_id, self._account_id, self._content_id):
            return Outcome("Published, and published again since.", link=str(result["permalink"]))
        login = login_for(self._account_id, self._context.run.site_id)
        db.session.commit()
        return self._verified(result, check_as_visitor(result, login))

    def _verified(self, result: dict[str, Any], verdict: verify.Verdict) -> Outcome:
        outcome = record_verdict(self._account_id, self._content_id, result, verdict)
        db.session.commit()
        self._context.progress(steps=steps.states_of(None), done=steps.TOTAL, total=steps.TOTAL)
        return outcome

    def _report_step(
        self, step: str, *, done: int = 0, total: int | None = None, past_cancelling: bool = False
    ) -> None:
        self._step = step
        self._context.progress(
            step=steps.LABELS[step],
            steps=steps.states_of(step),
            done=done,
            total=total or 0,
            past_cancelling=past_cancelling,
        )

    def _report_images(self, done: int, total: int) -> None:
        self._context.progress(done=done, total=total)

    def _wait(self, error: DomainError) -> tuple[timedelta, str] | None:
        return retry_delay(error, self._since, utcnow())

    def _will_retry(self, error: DomainError) -> bool:
        return error.retryable and self._attempt <= RETRIES

    def _failed(self, error: DomainError) -> Exception:
        step = getattr(error, "step", None) or self._step
        step = step if step in steps.NAMES else self._step
        if waits := self._wait(error):
            counts = self._attempt == 1 or error.code not in NOTHING_BEGUN  # however often it waits, it was tried once
            db.session.rollback()
            lanes.postpone_lane(services.lane_of(self._site_id), utcnow() + waits[0], waits[1])
            db.session.commit()
            return TryAgain(*waits, counts=counts, can_cancel=True)
        if self._will_retry(error):
            delay = DELAYS[self._mode]
            when = f"{delay.seconds} s" if delay < timedelta(minutes=1) else f"{delay.seconds // 60} min"
            return TryAgain(delay, f"{error.message} Trying again in {when}", can_cancel=True)
        self._context.progress(steps=steps.states_of(step, failed=True), past_cancelling=True)
        return PublishFailed(error, step)


def _images_to_upload(images: list[dict[str, Any]], claim: dict[str, Any]) -> list[dict[str, Any]]:
    """The images that WordPress does not have, each once, without those that its gallery would leave out.

    `size` is that of the file to be sent.
    """
    known_images = claim.get("known_images") or {}
    skipped = (claim.get("gallery") or {}).get("skipped") or []
    return list(
        {
            image["sha256"]: {**image, "size": image.get("file", image)["size"]}
            for image in images
            if image["sha256"] not in known_images and not (image["role"] == "gallery" and image["sha256"] in skipped)
        }.values()
    )


def _warnings(answer: dict[str, Any]) -> list[Any]:
    warnings = answer.get("warnings")
    return warnings if isinstance(warnings, list) else []


def _is_result(result: object) -> bool:
    """Whether this is the result of a post or term that went live: the other's id is 0 or missing."""
    return isinstance(result, dict) and bool(result.get("post_id") or result.get("term_id"))


def _stored(claim: dict[str, Any]) -> dict[str, Any]:
    result = claim.get("result")
    if not isinstance(result, dict) or not _is_result(result):
        raise wordpress_error("RESULT_LOST")
    return result


def _send(client: WordPressClient, query: dict[str, str], images: list[tuple[dict[str, Any], Path]]) -> dict[str, Any]:
    """One batch, in a thread of its own: no database, no application context."""
    return client.upload(query, [(_fields(image), path.read_bytes()) for image, path in images])


def _fields(image: dict[str, Any]) -> dict[str, Any]:
    """The fields sent with an image; `file_sha256` if the bytes sent are not those of the original."""
    names = ("sha256", "filename", "alt", "title", "caption")
    sent = {"file_sha256": image["file"]["sha256"]} if "file" in image else {}
    return {name: image[name] for name in names} | sent


def _reference(body: dict[str, Any]) -> dict[str, Any]:
    return {name: body[name] for name in ("contract", "run_id", "content_id")}
