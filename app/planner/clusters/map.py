"""The map of a site's clusters or, zoomed in, of one cluster's keywords: areas show searches a month."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.planner.clusters import services as clusters
from app.planner.clusters.treemap import Tile, fitting
from app.planner.keywords import services as keywords
from app.planner.models import Cluster

MOST = 40
MOST_ON_A_PHONE = 20
LEAST = (72.0, 30.0)
WIDE, NARROW = 1100.0, 340.0


@dataclass(frozen=True, slots=True)
class Area:
    """A cluster or a keyword of the map. `volume` is searches a month, None where nobody knows."""

    id: int
    name: str
    volume: int | None
    keywords: int = 1


@dataclass(frozen=True, slots=True)
class MapLayout:
    """The areas as drawn for one width of the page; `shown` are their tiles, in pixels of `width` and `height`."""

    kind: str
    width: float
    height: float
    shown: list[Tile]


@dataclass(frozen=True, slots=True)
class ClusterMap:
    """`zoomed` is the cluster whose keywords are shown; `total` and `counted` say how many areas there are in all."""

    zoomed: Cluster | None
    areas: Sequence[Area]
    by_volume: bool
    total: int
    counted: str
    pictures: tuple[MapLayout, ...]
    can_zoom_out: bool = True


def map_of(account_id: int, site_id: int, cluster_id: int | None = None) -> ClusterMap | None:
    """The largest clusters of the site, or the keywords of one of them; None where the site has no cluster.

    Of a site with a single cluster, its keywords are shown. A cluster that is gone, or of another site, is not zoomed
    into.
    """
    page = clusters.largest(account_id, site_id, MOST)
    if not page.items:
        return None
    chosen = clusters.find_cluster(account_id, site_id, cluster_id) if cluster_id else None
    if chosen is None and len(page.items) > 1:
        areas = [Area(row.cluster.id, row.cluster.name, row.volume, row.keywords) for row in page.items]
        return _drawn(None, areas, page.total, page.counted)
    return _inside(chosen or page.items[0].cluster, can_zoom_out=len(page.items) > 1)


def _inside(cluster: Cluster, *, can_zoom_out: bool) -> ClusterMap:
    rows = keywords.in_cluster(cluster, MOST)
    total = keywords.count_keywords(keywords.cluster_conditions(cluster))
    areas = [Area(row.id, row.keyword, row.volume) for row in rows]
    return _drawn(cluster, areas, total, f"{total:,}", can_zoom_out=can_zoom_out)


def _drawn(
    zoomed: Cluster | None, areas: Sequence[Area], total: int, counted: str, *, can_zoom_out: bool = True
) -> ClusterMap:
    by_volume = any(area.volume for area in areas)
    if not by_volume:
        areas = sorted(areas, key=lambda area: -area.keywords)
    sizes = [float((area.volume or 0) if by_volume else area.keywords) for area in areas]
    pictures = (
        _picture(sizes, "wide", WIDE, 300.0, 5),
        _picture(sizes[:MOST_ON_A_PHONE], "narrow", NARROW, 420.0, 2),
    )
    return ClusterMap(zoomed, areas, by_volume, total, counted, pictures, can_zoom_out)


def _picture(sizes: Sequence[float], kind: str, width: float, height: float, beside: int) -> MapLayout:
    """The layout, lower when there are few areas: `beside` of them take a row of 60 pixels."""
    low = min(height, 60.0 * -(-len(sizes) // beside))
    return MapLayout(kind, width, low, fitting(sizes, width, low, least=LEAST))
