"""What clusters and keywords ask and tell the domains above, whose rows point at them.

In the transaction at hand (`app.core.hooks`).
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from app.core.hooks import Hook, Question

if TYPE_CHECKING:
    from sqlalchemy import Select

# (source_id, target_id) before cluster `source_id` is merged into the other: make what refers to it refer to that.
cluster_merging: Hook[[int, int]] = Hook()
# (cluster_id, ids by table) add the ids of what refers to this cluster.
cluster_listing: Hook[[int, dict[str, list[int]]]] = Hook()
# (target_id, source_id, ids by table) a merge is undone: give back to the source what was listed and is the target's.
cluster_restored: Hook[[int, int, Mapping[str, list[int]]]] = Hook()
# (site_id) Which clusters of the site does something depend on, such as a task? A SELECT of ids.
clusters_in_use: "Question[[int], Select[Any]]" = Question()
# (site_id) Which keywords of the site does something depend on? A SELECT of ids.
keywords_in_use: "Question[[int], Select[Any]]" = Question()
# (cluster_ids) before clusters are deleted; may refuse.
clusters_deleting: Hook[[Collection[int]]] = Hook()
