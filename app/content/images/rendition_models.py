"""The smaller files that are made of images."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import AccountOwned, Base


class ImageRenditions(Base, AccountOwned):
    """What one recipe makes of one image of an account, whatever contents have it.

    `source` is the SHA-256 of the image. `files`, in ascending width: each `{file, sha256, mime, size, width, height,
    is_full}`, where `file` is its name in the media storage; `size` is their bytes together. While `state` is pending,
    a worker was asked at `asked_at`, for the `attempts`th time.
    """

    __tablename__ = "image_renditions"
    __table_args__ = (
        UniqueConstraint("account_id", "source", "recipe"),
        CheckConstraint("state in ('pending','made','failed')", name="state"),
    )

    source: Mapped[str] = mapped_column(String(64))
    recipe: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8))
    asked_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=1)
    files: Mapped[list[Any]] = mapped_column(default=list)
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
