"""A real WordPress beside the app: published to, edited by its functions or straight in its database, and broken."""

import json
from pathlib import Path
from typing import Any

import jobs
from app.content.models import Content
from app.core.actor import THE_APP
from app.core.extensions import db
from app.core.runs import Run
from app.publishing import services
from app.sites import connection
from app.sites.models import Site
from app.sync.inbound.pull import pull_planned
from app.sync.reconcile.site_comparison import start_comparison
from tests.factories.blog import Blog

FAULTS = Path(__file__).parents[1] / "wordpress" / "faults.php"
TIMES = {"delay": 0, "at_most": 300, "settle": 0, "lease": 3, "backoff": 30, "backoff_at_most": 3600}
EDITOR = "<?php wp_set_current_user( 1 ); "


class Real:
    """One WordPress and the app's row of it."""

    def __init__(self, site: Site, blog: Blog) -> None:
        self.site, self.blog, self.wordpress = site, blog, blog.wordpress
        self._maintenance = self.wordpress.core / ".maintenance"
        (self.wordpress.mu_plugins / "faults.php").write_text(FAULTS.read_text())
        self.mend()
        blog.pair(site)
        connection.check_connection(site.account_id, site.id)
        self.forget()

    def mend(self) -> None:
        """Take all faults away."""
        self.blog.slow_down(0)
        self._maintenance.unlink(missing_ok=True)
        self.faults()
        self.edit("global $wp_rewrite; $wp_rewrite->set_permalink_structure( '/%postname%/' ); flush_rewrite_rules();")

    def faults(self, **faults: Any) -> None:
        """Make requests go wrong from now on, as faults.php knows how."""
        (self.wordpress.mu_plugins / "faults.json").write_text(json.dumps({"outbox": TIMES, **faults}))

    def maintain(self) -> None:
        """Close the site for maintenance."""
        self._maintenance.write_text("<?php $upgrading = time(); ?>")

    def forget(self) -> None:
        """Forget what there is to tell."""
        self.sql("DELETE FROM wp_igny8_outbox")

    def edit(self, php: str, *args: str) -> str:
        """Run PHP as an editor would; its arguments are in $args."""
        return self.wordpress.run_php(EDITOR + php, *args)

    def sql(self, query: str) -> list[dict[str, str | None]]:
        """Change the database behind WordPress's back."""
        return self.wordpress.sql(query)

    def write(self, title: str = "Written there", **fields: str) -> int:
        """A new post of WordPress's own."""
        values = {"post_title": title, "post_content": "<p>There</p>", "post_status": "publish", **fields}
        return int(self.edit("echo wp_insert_post( json_decode( $args[0], true ) );", json.dumps(values)))

    def update(self, content: Content, **fields: str) -> None:
        """Edit the post of a content there."""
        values = json.dumps({"ID": content.external_id, **fields})
        self.edit("wp_update_post( json_decode( $args[0], true ) );", values)

    def publish(self, content: Content) -> Run:
        """Publish, and forget what that leaves in the outbox."""
        run = services.start_publishes(content.account_id, [content.id], THE_APP)[0]
        return self.work(run)

    def work(self, run: Run) -> Run:
        """Do the work of a run; the run as it ended."""
        db.session.commit()
        jobs.execute(str(run.id))
        db.session.expire_all()
        return run

    def pull(self) -> int:
        """Fetch what WordPress has to tell; how many events that were."""
        db.session.commit()
        pulled = pull_planned(self.site.account_id, self.site.id)
        db.session.expire_all()
        return pulled.events

    def compare(self) -> dict[str, Any]:
        """Compare everything; the report."""
        run = self.work(start_comparison(self.site, THE_APP))
        assert run.state == "succeeded", run.error
        return run.data

    def post(self, content: Content) -> dict[str, str | None]:
        """The row of the content's post."""
        return self.sql(f"SELECT * FROM wp_posts WHERE ID = {content.external_id}")[0]


def stands(content: Content) -> tuple[str, dict[str, str]]:
    """How the content stands, as its row says."""
    db.session.rollback()
    row = db.session.get_one(Content, content.id)
    return row.sync_state, row.drift
