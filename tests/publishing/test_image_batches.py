"""Images are shared out over requests in order, none lost, none doubled."""

from hypothesis import given
from hypothesis import strategies as st

from app.publishing.image_batches import AT_ONCE, BATCH_BYTES, MOST_PER_BATCH, share_out

SIZES = st.lists(st.integers(1, 3_000_000), max_size=40)


@given(SIZES)
def test_every_image_is_sent_once_in_order(sizes: list[int]) -> None:
    images = [{"sha256": str(n), "size": size} for n, size in enumerate(sizes)]
    assert [image for batch in share_out(images) for image in batch] == images


@given(SIZES)
def test_a_batch_stays_below_what_hosts_refuse_unless_one_image_is_larger(sizes: list[int]) -> None:
    for batch in share_out([{"size": size} for size in sizes]):
        assert len(batch) == 1 or sum(image["size"] for image in batch) <= BATCH_BYTES
        assert 0 < len(batch) <= MOST_PER_BATCH


def test_small_images_make_as_many_batches_as_may_go_at_once() -> None:
    assert [len(batch) for batch in share_out([{"size": 9}] * 6)] == [3, 3]
    assert len(share_out([{"size": 9}] * 2)) == AT_ONCE
    assert share_out([]) == []
