"""Several doing the same thing at the same moment, each with a database connection of its own."""

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from app.core.extensions import db
from app.core.row_security import every_account


def race(app: Flask, act: Callable[[int], Any], count: int = 2) -> list[Any]:
    """What `act(number)` gave or raised in each of `count` threads that start together, each committed."""
    start, results = threading.Barrier(count), [None] * count

    def run(number: int) -> None:
        with app.app_context(), every_account("a test looks on"):
            start.wait()
            try:
                results[number] = act(number)
                db.session.commit()
            except Exception as error:
                db.session.rollback()
                results[number] = error
            finally:
                db.session.remove()

    db.session.commit()
    threads = [threading.Thread(target=contextvars.Context().run, args=(run, number)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    db.session.expire_all()
    return results
