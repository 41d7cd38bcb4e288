"""Requests one after the other along the links of the document: what was made is read, changed, done and deleted.

`make fuzz` goes on for minutes.
"""

import time
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case

from tests.api.test_schemathesis import MINUTES, headers, name_rows, whole_schema, world

__all__ = ["headers", "world"]
FEW = settings(
    max_examples=4,
    stateful_step_count=8,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_what_is_made_can_be_read_changed_and_deleted(app: Flask, headers: dict[str, str]) -> None:
    schema, begun, asked = whole_schema(), time.monotonic(), set()
    schema.app = app

    class Machine(schema.as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: Case) -> None:
            """Requests that no link leads to name rows that are there."""
            if not case.operation.path_parameters:
                name_rows(case)

        def get_call_kwargs(self, case: Case) -> dict[str, Any]:
            asked.add(case.operation.label)
            return {"headers": headers}

    Machine.run(settings=FEW)
    while time.monotonic() < begun + MINUTES * 30:  # the other half is for single endpoints
        Machine.run(settings=FEW)
    assert len(asked) > 5
