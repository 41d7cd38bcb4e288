"""Deploys of planned sites, and what each did with which page."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base
from app.core.stored_texts import StoredText, text_of_json

RUNNING, DONE, PARTIAL, TAKING_BACK, TAKEN_BACK = "running", "done", "partial", "taking_back", "taken_back"
CREATE, UPDATE, LEAVE, CONFLICT = "create", "update", "leave", "conflict"


class SiteDeploy(Base, AccountOwned):
    """A version of a planned site on its way to WordPress, or there.

    `site_before` and `site_after` are the states of front page, menu and order of pages that the plugin told
    (docs/wire-contract.md, `site-setup`); None until that step. `site_before` has `wanted` besides, what was to take
    its place. `left_parts` are those of these parts that were not
    written, each with its reason: `changed` by somebody since, or `refused` to the acting user. `new_images` are the
    hashes of pictures that the media library did not have before, `new_files` those of documents, sound and film; None
    until that was asked. `has_changes` is False when it left WordPress as it was: a roll-back passes over it.
    """

    __tablename__ = "site_deploys"
    __table_args__ = (
        CheckConstraint("state in ('running','done','partial','taking_back','taken_back')", name="state"),
        Index("ix_site_deploys_blueprint", "blueprint_id", text("id DESC")),
        Index("ix_site_deploys_site", "site_id"),
        Index("ix_site_deploys_run", "run_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    blueprint_id: Mapped[int] = mapped_column(ForeignKey("site_blueprints.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=RUNNING)
    actor_name: Mapped[str] = mapped_column(String(120), default="")
    site_before: Mapped[dict[str, Any] | None]
    site_after: Mapped[dict[str, Any] | None]
    left_parts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    new_images: Mapped[list[Any] | None] = mapped_column(JSONB)
    new_files: Mapped[list[Any] | None] = mapped_column(JSONB)
    has_changes: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    ended_at: Mapped[datetime | None]


class SiteDeployPage(Base, AccountOwned):
    """What a deploy does with one page, in the order of the menu.

    `before` is the page as WordPress had it, `{snapshot, mark}`, for one that is updated; it is kept before anything is
    sent. `after` are its hashes once it was live, `{content_hash, state_hash, parts}`. `reason` says in English why it
    was left, or why it failed; `reason_values` are filled in where it is shown. `final_slug` is the slug that it gets
    in the end while another page is to get the one that it has: it is published with another one first. None otherwise.
    """

    __tablename__ = "site_deploy_pages"
    __table_args__ = (
        CheckConstraint("action in ('create','update','leave','conflict')", name="action"),
        CheckConstraint("state in ('waiting','publishing','done','failed','put_back','kept')", name="state"),
        UniqueConstraint("deploy_id", "position"),
        Index("ix_site_deploy_pages_page", "page_id"),
        Index("ix_site_deploy_pages_content", "content_id"),
        Index("ix_site_deploy_pages_site", "site_id"),
        Index("ix_site_deploy_pages_run", "publish_run_id"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"))
    deploy_id: Mapped[int] = mapped_column(ForeignKey("site_deploys.id", ondelete="CASCADE"))
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page_blueprints.id", ondelete="SET NULL"))
    content_id: Mapped[int | None] = mapped_column(ForeignKey("contents.id", ondelete="SET NULL"))
    publish_run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    reason_values: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    final_slug: Mapped[str | None] = mapped_column(String(200))

    @property
    def reason_text(self) -> StoredText:
        """Why it was left, to be shown in the language of the reader."""
        return text_of_json({"text": self.reason, "values": self.reason_values}) or StoredText("")

    def leave(self, state: str, reason: StoredText) -> None:
        """Note that it is left, and why."""
        self.state, self.reason, self.reason_values = state, reason.text, reason.as_json().get("values", {})
