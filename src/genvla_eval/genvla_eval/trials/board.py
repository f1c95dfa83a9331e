# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What the operator has to arrange, as a page that a browser keeps fresh."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from genvla_command.whole_folder import write_whole
from genvla_eval.trials.protocol import Setup, Task

PAGE = 'now.html'
_REFRESH_S = 1


def write_board(folder: Path, heading: str, task: Task, setup: Setup) -> None:
    """Write now.html: heading, words and photo; nothing tells which checkpoint it is.

    Args:
        folder: Of the run.
        heading: Such as "trial 3 of 60".
        task: What is asked.
        setup: What to arrange.
    """
    photo = '' if setup.photo is None else f'<img alt="the setup" src="{_data_url(setup.photo)}">'
    write_whole(
        folder / PAGE,
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{_REFRESH_S}">
<title>{escape(heading)}</title>
<style>body {{ font: 24px/1.4 system-ui, sans-serif; margin: 2rem; color: #23262b; }}
img {{ max-width: 100%; max-height: 75vh; }}</style></head><body>
<h1>{escape(heading)}: {escape(task.name)}</h1>
<p>Arrange: {escape(setup.arrange)}</p><p>The robot will be told: {escape(task.instruction)}</p>
{photo}
</body></html>
""",
    )


def _data_url(photo: Path) -> str:
    kind = 'png' if photo.suffix.lower() == '.png' else 'jpeg'
    return f'data:image/{kind};base64,{base64.b64encode(photo.read_bytes()).decode("ascii")}'
