"""Every feature of the product, in the order of the pipeline: each folder beside this file that has a `feature.py`."""

import importlib
from pathlib import Path

from app.core.features import Feature


def features_in(package: str, folder: Path) -> tuple[Feature, ...]:
    """The `FEATURE` of each package in this folder that has a `feature.py`, by their `place`."""
    names = sorted(path.parent.name for path in folder.glob("*/feature.py"))
    features: list[Feature] = [importlib.import_module(f"{package}.{name}.feature").FEATURE for name in names]
    return tuple(sorted(features, key=lambda feature: feature.place))


FEATURES = features_in("app", Path(__file__).parent)
