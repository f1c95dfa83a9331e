# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""A self-contained page: its images are embedded, and it loads nothing from a network."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

_JPEG_QUALITY = 88
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #23262b; max-width: 1080px;
       margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
h3 { font-size: 1rem; margin: 1.8rem 0 .4rem; }
h3 small { color: #5a616b; font-weight: normal; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: .6rem; }
.facts div { background: #f4f5f7; padding: .5rem .7rem; border-radius: 4px; }
.facts b { display: block; font-size: 1.15rem; }
.notice, .broken { background: #fff4e0; border-left: 4px solid #d1701f; padding: .5rem .8rem;
                   margin: .5rem 0; overflow-wrap: anywhere; }
.broken { background: #fdecec; border-color: #b3261e; }
.strip { display: grid; grid-template-columns: repeat(6, 1fr); gap: .3rem; margin-bottom: .3rem; }
figure { margin: 0; } figcaption { font-size: .8rem; color: #5a616b; } img { max-width: 100%; }
.strip img { width: 100%; display: block; }
table { border-collapse: collapse; font-size: .86rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #e3e5e8; text-align: right;
         font-variant-numeric: tabular-nums; white-space: nowrap; }
th { background: #f4f5f7; }
th:first-child, td:first-child { text-align: left; white-space: normal; }
.scroll { max-height: 420px; overflow: auto; }
.scroll th { position: sticky; top: 0; }
.talk { display: grid; grid-template-columns: 340px 1fr; gap: 1rem; }
.talk p { margin: 0 0 .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.talk .question { color: #5a616b; margin-bottom: 0; }
"""


@dataclass(frozen=True)
class Table:
    """Rows of words and numbers; the first column holds words.

    Attributes:
        title: Title of the table.
        columns: Names of the columns.
        rows: Cells of each row, as many as columns.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def render_page(
    title: str,
    *,
    facts: Sequence[tuple[str, str]],
    sections: Iterable[str],
    notices: Sequence[str] = (),
    broken: Sequence[str] = (),
    refresh_s: int = 0,
) -> str:
    """Return the page as HTML.

    Args:
        title: Heading of the page.
        facts: Names and values of the key figures, shown first.
        sections: HTML of the sections that follow, see section().
        notices: Problems that deserve a look.
        broken: Inputs that cannot be used, each with its reason.
        refresh_s: Interval at which a browser reloads the page [s]; 0: never.
    """
    fact_cells = ''.join(
        f'<div>{escape(name)}<b>{escape(value)}</b></div>' for name, value in facts
    )
    broken_lines = ''.join(f'<p class="broken">{escape(line)}</p>' for line in broken)
    notice_lines = ''.join(f'<p class="notice">{escape(line)}</p>' for line in notices)
    parts = [
        section('Unusable inputs', broken_lines) if broken else '',
        section('Notices', notice_lines) if notices else '',
        *sections,
    ]
    refresh = f'<meta http-equiv="refresh" content="{refresh_s}">' if refresh_s else ''
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">{refresh}<title>{escape(title)}</title>
<style>{_STYLE}</style></head><body>
<h1>{escape(title)}</h1>
<div class="facts">{fact_cells}</div>
{''.join(parts)}
</body></html>
"""


def section(title: str, body: str) -> str:
    """Return a section of the page with its heading.

    Args:
        title: Heading, as plain text.
        body: Content, as HTML.
    """
    return f'<h2>{escape(title)}</h2>{body}\n'


def image_element(name: str, kind: str, data: bytes) -> str:
    """Return the bytes of an image file as an element; `kind` is "png" or "jpeg"."""
    encoded = base64.b64encode(data).decode('ascii')
    return f'<img alt="{escape(name)}" src="data:image/{kind};base64,{encoded}">'


def png_element(name: str, data: bytes) -> str:
    """Return a PNG plot as an embedded image element."""
    return image_element(name, 'png', data)


def picture_element(name: str, image: NDArray[np.uint8]) -> str:
    """Return an RGB image as an embedded JPEG element."""
    encoded = cv2.imencode(
        '.jpg', cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )[1]
    return image_element(name, 'jpeg', encoded.tobytes())


def table_section(table: Table) -> str:
    """Return a table as a section with its title as the heading."""
    return section(table.title.capitalize(), table_element(table))


def table_element(table: Table) -> str:
    """Return a table without its title."""
    head = ''.join(f'<th>{escape(name)}</th>' for name in table.columns)
    rows = ''.join(
        f'<tr>{"".join(f"<td>{escape(cell)}</td>" for cell in row)}</tr>' for row in table.rows
    )
    return f'<table><tr>{head}</tr>{rows}</table>'
