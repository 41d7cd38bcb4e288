"""Test sets of prompts, the tests run on them, and each answer."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import ENCRYPTED
from app.core.db import AccountOwned, Base


class PromptTestSet(Base, AccountOwned):
    """Requests to try the prompts of an operation on, and what their answers have to be like.

    `cases` is a list of {title, request}; `checks` of {kind, value} (app/thinker/checks.py). `site_id` is set when its
    rows are of one site.
    """

    __tablename__ = "prompt_test_sets"
    __table_args__ = (Index("ix_prompt_test_sets_operation", "account_id", "operation"),)

    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    operation: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    cases: Mapped[list[Any]] = mapped_column(default=list)
    checks: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)


class PromptGate(Base, AccountOwned):
    """A version goes live only when it has passed this test set with at least `least_percent` per cent."""

    __tablename__ = "prompt_gates"
    __table_args__ = (
        UniqueConstraint("account_id", "operation"),
        CheckConstraint("least_percent between 1 and 100", name="least_percent"),
    )

    operation: Mapped[str] = mapped_column(String(60))
    test_set_id: Mapped[int] = mapped_column(ForeignKey("prompt_test_sets.id", ondelete="CASCADE"), index=True)
    least_percent: Mapped[int]


class PromptTest(Base, AccountOwned):
    """One test: two sides, each a version (or the shipped default) and a model, on the cases as they were then.

    `sides` is a list of {version_id, label, fingerprint, system, question, model}.
    """

    __tablename__ = "prompt_tests"
    __table_args__ = (Index("ix_prompt_tests_set", "test_set_id", text("id DESC")),)

    test_set_id: Mapped[int] = mapped_column(ForeignKey("prompt_test_sets.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), unique=True)
    operation: Mapped[str] = mapped_column(String(60))
    sides: Mapped[list[Any]] = mapped_column(default=list)
    cases: Mapped[list[Any]] = mapped_column(default=list)
    checks: Mapped[list[Any]] = mapped_column(default=list)
    repeats: Mapped[int]
    author: Mapped[str] = mapped_column(String(260), default="")


class PromptTestResult(Base, AccountOwned):
    """One answer of a test. `problems` says what is wrong with it; without any it has passed.

    What the model wrote is deleted after 30 days, and is not kept for an account that keeps no prompts and answers.
    """

    __tablename__ = "prompt_test_results"
    __table_args__ = (
        UniqueConstraint("test_id", "side", "case_number", "repeat"),
        Index("ix_prompt_test_results_texts", "created_at", postgresql_where=text("answer_encrypted is not null")),
    )

    test_id: Mapped[int] = mapped_column(ForeignKey("prompt_tests.id", ondelete="CASCADE"))
    side: Mapped[int]
    case_number: Mapped[int]
    repeat: Mapped[int]
    problems: Mapped[list[Any]] = mapped_column(default=list)
    answer_encrypted: Mapped[str | None] = mapped_column(Text, info=ENCRYPTED, deferred=True)
    model: Mapped[str] = mapped_column(String(200), default="")
    tokens_in: Mapped[int] = mapped_column(default=0)
    tokens_out: Mapped[int] = mapped_column(default=0)
    cost_micros: Mapped[int | None]
    milliseconds: Mapped[int] = mapped_column(default=0)
