"""The demo account has a password of its own on every machine."""

from pathlib import Path

from flask import Flask

from app.core.extensions import db
from app.devstack.demo import EMAIL, OLD_PASSWORDS, demo_password, is_demo_password, seed_demo
from app.identity.people import find_user, hash_password


def set_password(password: str) -> None:
    user = find_user(EMAIL)
    assert user is not None
    user.password_hash = hash_password(password)
    db.session.commit()


def test_a_password_that_everybody_knows_is_replaced_and_one_of_ones_own_stays(app: Flask, tmp_path: Path) -> None:
    mine = demo_password(tmp_path)
    assert demo_password(tmp_path) == mine
    assert len(mine) >= 16
    assert (tmp_path / "secrets" / "demo_password").stat().st_mode & 0o077 == 0
    assert seed_demo(mine) is True
    assert is_demo_password(mine)
    set_password(OLD_PASSWORDS[-1])
    assert seed_demo(mine) is False
    assert is_demo_password(mine)
    set_password("a choice of the person")
    assert seed_demo(mine) is False
    assert not is_demo_password(mine)
    assert is_demo_password("a choice of the person")
