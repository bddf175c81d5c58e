"""Draws an SVG file as PNG, in a process of its own: the drawing holds Python's lock throughout.

python -m evaluations.common.draw_png WIDTH FONT <picture.svg >picture.png
"""

import os
import sys

import resvg_py

NICE = 5
"""Pages come before pictures."""

FAMILY = "DejaVu Sans"


def main(width: str, font: str) -> None:
    os.nice(NICE)
    drawn: bytes = resvg_py.svg_to_bytes(
        svg_string=sys.stdin.buffer.read().decode(),
        width=int(width),
        background="#fbfaf7",
        skip_system_fonts=True,
        font_files=[font],
        font_family=FAMILY,
        sans_serif_family=FAMILY,
    )
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    main(*sys.argv[1:])
