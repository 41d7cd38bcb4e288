"""Answers that take equally long whether somebody is registered or not."""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app

P = ParamSpec("P")
R = TypeVar("R")


def constant_time(view: Callable[P, R]) -> Callable[P, R]:
    """Route decorator: the answer takes at least AUTH_PACE_SECONDS, longer than the work of either case."""

    @wraps(view)
    def paced(*args: P.args, **kwargs: P.kwargs) -> R:
        until = time.monotonic() + float(current_app.config["AUTH_PACE_SECONDS"])
        try:
            return view(*args, **kwargs)
        finally:
            time.sleep(max(0.0, until - time.monotonic()))

    return paced
