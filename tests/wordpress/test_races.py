"""The same content from many processes at once becomes one post."""

import json
import multiprocessing
import time
from multiprocessing.synchronize import Barrier as BarrierType
from typing import Any

import pytest

from tests.factories.live import wait_for
from tests.wordpress.conftest import Site
from tests.wordpress.plugin_client import PluginClient, fresh_id, image, payload, png, term

PROCESSES = 8
PATIENCE_SECONDS = 90

Sent = tuple[dict[str, Any], list[bytes]]


def _publish(start: BarrierType, client: PluginClient, sent: Sent, answers: Any) -> None:
    body, pictures = sent
    start.wait()
    answer = client.publish(body, *pictures)
    answers.put(json.dumps({"status": answer.status, "data": answer.data}))


def all_at_once(client: PluginClient, jobs: list[Sent]) -> list[dict[str, Any]]:
    """Publish from one process each, all starting at the same moment."""
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(len(jobs)), context.Queue()
    workers = [context.Process(target=_publish, args=(start, client, job, answers)) for job in jobs]
    for worker in workers:
        worker.start()
    found = [json.loads(answers.get(timeout=PATIENCE_SECONDS)) for _ in workers]
    for worker in workers:
        worker.join(PATIENCE_SECONDS)
    return found


def posts_of(site: Site, content_id: str) -> int:
    return int(
        site.value(
            "SELECT COUNT(*) FROM wp_posts p JOIN wp_postmeta m ON m.post_id = p.ID "
            f"WHERE m.meta_key = '_igny8_content_id' AND m.meta_value = '{content_id}'"
        )
        or 0
    )


@pytest.mark.parametrize("round_", range(3))
def test_eight_runs_of_one_content_make_one_post(site: Site, client: PluginClient, round_: int) -> None:
    picture = png()
    first = payload(terms=[term(fresh_id("Race")), term(fresh_id("tag"), "post_tag")], images=[image(picture)])
    jobs: list[Sent] = [({**first, "run_id": fresh_id("run")}, [picture]) for _ in range(PROCESSES)]
    answers = all_at_once(client, jobs)
    won = [answer["data"]["result"] for answer in answers if answer["status"] == 200]
    lost = [answer["data"]["error"] for answer in answers if answer["status"] != 200]
    assert won
    assert {error["code"] for error in lost} <= {"CLAIMED_BY_OTHER"}
    assert all(error["retry_recommended"] for error in lost)
    assert len({result["post_id"] for result in won}) == 1
    assert sum(result["created"] for result in won) == 1
    assert posts_of(site, first["content_id"]) == 1
    assert site.value(f"SELECT COUNT(*) FROM wp_postmeta WHERE meta_value = '{first['images'][0]['sha256']}'") == "1"
    assert site.value(f"SELECT COUNT(*) FROM wp_terms WHERE name = '{first['terms'][0]['name']}'") == "1"


def test_one_run_sent_eight_times_is_published_once(site: Site, client: PluginClient) -> None:
    body = payload()
    answers = all_at_once(client, [(body, [])] * PROCESSES)
    won = [answer["data"]["result"] for answer in answers if answer["status"] == 200]
    assert {answer["data"]["error"]["code"] for answer in answers if answer["status"] != 200} <= {"CLAIMED_BY_OTHER"}
    assert won
    assert all(result == won[0] for result in won)
    assert posts_of(site, body["content_id"]) == 1


def test_eight_contents_at_once_share_their_new_terms_and_their_image(site: Site, client: PluginClient) -> None:
    picture, shared = png(), term(fresh_id("Shared"))
    jobs: list[Sent] = [
        (payload(terms=[shared, term(fresh_id("own"), "post_tag")], images=[image(picture, "featured")]), [picture])
        for _ in range(PROCESSES)
    ]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while jobs and time.monotonic() < deadline:
        answers = all_at_once(client, jobs)
        # Two transactions that make the same term may get in each other's way: that is told as retryable.
        errors = [answer["data"]["error"] for answer in answers if answer["status"] != 200]
        assert all(error["retry_recommended"] for error in errors), errors
        jobs = [job for job in jobs if posts_of(site, job[0]["content_id"]) == 0]
    assert jobs == []
    assert site.value(f"SELECT COUNT(*) FROM wp_terms WHERE name = '{shared['name']}'") == "1"
    count = "SELECT count FROM wp_term_taxonomy x JOIN wp_terms t USING (term_id) WHERE t.name = '{}'"
    assert site.value(count.format(shared["name"])) == str(PROCESSES)
    assert site.value(f"SELECT COUNT(*) FROM wp_postmeta WHERE meta_value = '{image(picture)['sha256']}'") == "1"


def test_a_claim_cannot_be_taken_over_from_a_publish_at_work(site: Site, client: PluginClient) -> None:
    body = payload()
    client.post(body, "claim")
    site.break_with(hold="live")
    held = site.wordpress.mu_plugins / "held"
    context = multiprocessing.get_context("fork")
    answers, start = context.Queue(), context.Barrier(1)
    worker = context.Process(target=_publish, args=(start, client, (body, []), answers))
    worker.start()
    wait_for(held.exists, what="the publish to be at work")
    site.break_with()
    # The row is locked by the waiting transaction, so its age cannot be changed: the lock itself is asked.
    try:
        other = client.post({**body, "run_id": fresh_id("run")}, "claim")
        again = client.post(body, "publish")
        stop = client.post(body, "abort")
    finally:
        held.unlink()
    assert [answer.code for answer in (other, again, stop)] == ["CLAIMED_BY_OTHER"] * 3
    assert json.loads(answers.get(timeout=PATIENCE_SECONDS))["status"] == 200
    worker.join(PATIENCE_SECONDS)
    assert posts_of(site, body["content_id"]) == 1
