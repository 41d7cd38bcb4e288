"""A real WordPress for each test file, and a site object that knows what is in it."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.config import ROOT
from app.devstack.wordpress import CORE, LocalWordPress
from app.sites import signing
from tests.factories.idle import HOLD, wait_until_idle
from tests.factories.live import wait_for
from tests.wordpress.kept import Kept
from tests.wordpress.plugin_client import Answer, PluginClient
from tests.wordpress.warm import WarmWordPress

HERE = Path(__file__).parent
NEWER = ROOT / "build" / "wordpress-newer" / "usr" / "share" / "wordpress"  # scripts/newer-wordpress.sh
OTHER_PHP = {version: ROOT / "build" / f"php-{version}" / "php" for version in ("7.4", "8.4")}  # scripts/other-php.sh
# Nothing listens there: the plugin keeps the key and waits for the app's first request.
NO_APP = "http://127.0.0.1:9"
# WordPress 6.1's own library is older than PHP 8.2. What it says of who calls it is said from there too.
NOT_OURS = re.compile(r"^(?!.*was called <strong>).*core/wp-(includes|admin)/.* on line \d+$")
COUNTS = """
SELECT
 (SELECT COUNT(*) FROM wp_posts) AS posts,
 (SELECT COUNT(*) FROM wp_postmeta) AS postmeta,
 (SELECT COUNT(*) FROM wp_terms) AS terms,
 (SELECT COUNT(*) FROM wp_termmeta) AS termmeta,
 (SELECT COUNT(*) FROM wp_term_relationships) AS relationships,
 (SELECT SUM(count) FROM wp_term_taxonomy) AS counts,
 (SELECT COUNT(*) FROM wp_igny8_map) AS claims
"""


class Site:
    """The WordPress under test, paired, with helpers to look into it and to break it."""

    def __init__(self, wordpress: LocalWordPress) -> None:
        self.wordpress = wordpress
        self.pair_again()

    def pair(self) -> PluginClient:
        """Pair with a new key and return a client that signs with it."""
        key, secret = signing.new_key_id(), signing.new_secret()
        text = signing.encode_connection_key(app=NO_APP, site="7", key=key, secret=secret)
        self.wordpress.connect(text)
        return PluginClient(self.wordpress.url, "7", key, secret)

    def pair_again(self) -> None:
        """Pair with a key of which `client` knows."""
        self.client, self.is_paired = self.pair(), True

    def sql(self, query: str) -> list[dict[str, str | None]]:
        """Run SQL; a table is taken away only when no request still works after its answer."""
        if query.startswith(("DROP TABLE", "RENAME TABLE")):
            self.wait_until_idle()
        return self.wordpress.sql(query)

    def wait_until_idle(self) -> None:
        """Wait until PHP has ended all requests: the plugin tidies up once its answer is out."""
        wait_until_idle(self.wordpress.mu_plugins)

    def value(self, query: str) -> str | None:
        """Return the one value that the query gives."""
        return next(iter(self.sql(query)[0].values()))

    def meta(self, post_id: int) -> dict[str | None, str | None]:
        """Return the meta of a post."""
        rows = self.sql(f"SELECT meta_key, meta_value FROM wp_postmeta WHERE post_id = {post_id}")
        return {row["meta_key"]: row["meta_value"] for row in rows}

    def post(self, post_id: int) -> dict[str, str | None]:
        """Return the row of a post."""
        return self.sql(f"SELECT * FROM wp_posts WHERE ID = {post_id}")[0]

    def term_names(self, post_id: int, taxonomy: str) -> list[str | None]:
        """Return the names of a post's terms."""
        rows = self.sql(
            "SELECT t.name FROM wp_term_relationships r JOIN wp_term_taxonomy x USING (term_taxonomy_id) "
            f"JOIN wp_terms t USING (term_id) WHERE r.object_id = {post_id} AND x.taxonomy = '{taxonomy}' "
            "ORDER BY t.name"
        )
        return [row["name"] for row in rows]

    def traces(self) -> dict[str, Any]:
        """Return counts of all that a publish could leave, and the files."""
        files = sorted(str(path) for path in self.wordpress.uploads.rglob("*") if path.is_file())
        return {**self.sql(COUNTS)[0], "files": files}

    def break_with(self, **faults: Any) -> None:
        """Make the next requests go wrong, see faults.php."""
        (self.wordpress.mu_plugins / "faults.json").write_text(json.dumps(faults))

    def forget_settings(self) -> None:
        """Set every setting of the plugin back to its default."""
        self.sql("UPDATE wp_options SET option_value = 'a:0:{}' WHERE option_name = 'igny8_settings'")

    def crash(self, request: Callable[[], Any]) -> None:
        """Send a request whose PHP process dies of it; PHP's server has to be started again."""
        with pytest.raises(requests.ConnectionError):
            request()
        self.wordpress.restart_php()

    def crash_after_answer(self, request: Callable[[], Answer]) -> None:
        """Send a request whose PHP process dies of what it does once the answer is out."""
        crashed = self.wordpress.mu_plugins / "crashed"
        crashed.unlink(missing_ok=True)
        assert request().status == 200
        wait_for(crashed.exists, what="PHP to be killed")
        self.wordpress.restart_php()

    def age_claim(self, content_id: str, seconds: int = 200) -> None:
        """Make a claim look as if its run had not been heard of."""
        self.sql(f"UPDATE wp_igny8_map SET heartbeat = heartbeat - {seconds} WHERE content_id = '{content_id}'")

    def fetch(self, url: str) -> requests.Response:
        """Fetch a page as a visitor."""
        return requests.get(url, timeout=30)

    def head(self, url: str) -> str:
        """Return the head of a page as a visitor gets it."""
        answer = self.fetch(url)
        assert answer.status_code == 200
        return answer.text.split("</head>")[0]

    def log(self) -> list[str]:
        """Return the lines of the debug log that are not WordPress's own."""
        path = self.wordpress.debug_log
        lines = path.read_text().splitlines() if path.exists() else []
        return [line for line in lines if not NOT_OURS.search(line)]

    def clear_log(self) -> None:
        """Forget the debug log."""
        self.wordpress.debug_log.unlink(missing_ok=True)


# For slow tests of what does not depend on the core: this one does it.
on_one_core = pytest.mark.parametrize("wordpress", [CORE], ids=["core"], indirect=True)


def start_wordpress(folder: Path, core: Path, php: Path | str = "php") -> LocalWordPress:
    """A WordPress with what tests break and replace in it. What is missing fails the tests."""
    local = WarmWordPress(
        folder,
        title="Test & site",
        cron=False,
        may_change_files=True,
        core=core,
        php=str(php),
        # Workers of PHP 7.4's own server can wait for each other for good.
        workers=1 if php == OTHER_PHP["7.4"] else 4,
    )
    assert local.available() is None, local.available()
    local.start()
    # The keys of a fresh site's widgets look like small ids, and what looks used is never removed.
    local.sql("ALTER TABLE wp_posts AUTO_INCREMENT = 1000")
    (local.mu_plugins / "a-request.php").write_text(f"<?php {HOLD}")
    (local.mu_plugins / "faults.php").write_text((HERE / "faults.php").read_text())
    for name in ("seo_plugins", "stand_ins"):
        shutil.copytree(HERE / name, local.mu_plugins / name)
    return local


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], LocalWordPress]]:
    """Gives this test process's WordPress of a version, as it is when it has just been installed."""
    begun: dict[Path, Kept] = {}

    def begin(core: Path) -> LocalWordPress:
        if core in begun:
            begun[core].put_back()
        else:
            begun[core] = Kept(start_wordpress(tmp_path_factory.mktemp("wordpress"), core))
        return begun[core].wordpress

    yield begin
    for one in begun.values():
        one.wordpress.stop()


@pytest.fixture(scope="module", params=[CORE, NEWER], ids=["core", "newer"])
def wordpress(
    request: pytest.FixtureRequest,
    kept: Callable[[Path], LocalWordPress],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LocalWordPress]:
    """A fresh WordPress: Debian's, then a newer one. With a PHP of its own it is another one, which ends."""
    if not isinstance(request.param, tuple):
        yield kept(request.param)
        return
    local = start_wordpress(tmp_path_factory.mktemp("wordpress"), *request.param)
    yield local
    local.stop()


@pytest.fixture(scope="module")
def paired_site(wordpress: LocalWordPress) -> Site:
    return Site(wordpress)


@pytest.fixture
def site(paired_site: Site, request: pytest.FixtureRequest) -> Iterator[Site]:
    """The paired site; afterwards no fault is left, and nothing unexpected is in the debug log."""
    if not paired_site.is_paired and "watched" not in request.fixturenames:
        paired_site.pair_again()
    paired_site.break_with()
    paired_site.clear_log()
    yield paired_site
    paired_site.break_with()
    assert paired_site.log() == []


@pytest.fixture
def client(site: Site) -> PluginClient:
    """A client that signs with the site's key."""
    return site.client
