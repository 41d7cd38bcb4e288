"""Helpers for tests of the outbox: a site that is paired with a stand-in, changed as an editor does it, and drained."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.wordpress.app_stand_in import StandIn, running
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient

AS_EDITOR = "<?php wp_set_current_user( get_user_by( 'email', 'editor@example.com' )->ID ); "
# In tests a change is due at once, unless a test says otherwise.
TIMES = {"delay": 0, "at_most": 300, "settle": 0, "lease": 3, "backoff": 30, "backoff_at_most": 3600, "nudge": 0}


class Watched:
    """A site with a stand-in app."""

    def __init__(self, site: Site, app: StandIn) -> None:
        self.site = site
        self.app = app
        site.break_with(outbox=TIMES)
        site.sql("DELETE FROM wp_options WHERE option_name LIKE 'igny8_outbox%'")
        site.wordpress.connect(app.connection_key)
        self.client = PluginClient(site.wordpress.url, "7", app.key, app.secret)
        self.forget()

    def forget(self) -> None:
        """Forget all changes so far."""
        self.site.sql("DELETE FROM wp_igny8_outbox")
        self.app.clear()

    def times(self, **changes: float) -> None:
        """Set the times of the outbox."""
        self.site.break_with(outbox={**TIMES, **changes})

    def edit(self, php: str) -> str:
        """Run PHP as an editor, in one process; returns what it prints."""
        return self.site.wordpress.run_php(AS_EDITOR + php)

    def drain(self) -> dict[str, Any]:
        """Send what is due, ignoring the pause after a failure."""
        return dict(json.loads(self.edit("echo wp_json_encode( IGNY8_Outbox::drain() );")))

    def cron(self) -> None:
        """Do what cron does each minute."""
        self.edit("do_action( 'igny8_drain' );")

    def rows(self) -> list[dict[str, str | None]]:
        """Rows of posts and terms."""
        return self.site.sql("SELECT * FROM wp_igny8_outbox WHERE object <> 'stats' ORDER BY object_id")

    def sent(self) -> list[dict[str, Any]]:
        """Drain, and return the events that came of it."""
        self.app.clear()
        self.drain()
        return self.app.events

    def post(self, **fields: Any) -> int:
        """Make a post in WordPress and forget that it changed."""
        values = {"post_title": "Old", "post_content": "Text", "post_status": "publish", **fields}
        given = ", ".join(f"'{name}' => '{value}'" for name, value in values.items())
        made = self.edit(f"echo wp_insert_post( array( {given} ) );")
        self.forget()
        return int(made)

    def changed(self) -> list[tuple[str, str, int]]:
        """Drain, and return object, kind and id of the events that came of it."""
        return sorted((event["object"], event["kind"], event["object_id"]) for event in self.sent())


@pytest.fixture
def watched(site: Site) -> Iterator[Watched]:
    """The site, paired with a stand-in; afterwards with an empty outbox, and to be paired again."""
    site.is_paired = False
    with running() as app:
        yield Watched(site, app)
        site.break_with()
        site.sql("DELETE FROM wp_igny8_outbox")
        assert app.problems == [], app.problems
