"""Writes the widths of letters that titles are measured by, from a font with the metrics of Arial.

Liberation Sans (Debian: fonts-liberation2, SIL Open Font License) has the widths of Arial letter by letter. Only those
figures are kept, none of its outlines.

    pip install fonttools; python scripts/glyph_widths.py LiberationSans-Regular.ttf
"""

import sys
from collections import defaultdict
from pathlib import Path

from fontTools.ttLib import TTFont

TARGET = Path(__file__).parents[1] / "app" / "core" / "glyph_widths.toml"
RANGES = (
    (0x20, 0x7F),
    (0xA0, 0x250),
    (0x386, 0x530),
    (0x5D0, 0x5EB),
    (0x2010, 0x2028),
    (0x2030, 0x2044),
    (0x20AC, 0x20AD),
    (0x2122, 0x2123),
)


def main(path: str) -> None:
    """Read the font and write the table: characters by their width."""
    font = TTFont(path)
    names, metrics = font.getBestCmap(), font["hmtx"].metrics
    by_width: dict[int, str] = defaultdict(str)
    for start, end in RANGES:
        for code in range(start, end):
            if code in names:
                by_width[metrics[names[code]][0]] += chr(code)
    lines = ["# Made by scripts/glyph_widths.py: widths of Liberation Sans, the metrics of Arial."]
    lines += [f"em = {font['head'].unitsPerEm}", "", "[widths]"]
    for width, characters in sorted(by_width.items()):
        escaped = "".join(
            f"\\u{ord(c):04x}" if c in '"\\' or not c.isprintable() or c.isspace() else c for c in characters
        )
        lines.append(f'{width} = "{escaped}"')
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
