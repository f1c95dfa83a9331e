# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Shows links to files of the repository as their paths: the site holds the documents alone.

A hook of MkDocs; see mkdocs.yml.
"""

from __future__ import annotations

import logging
from pathlib import Path
import re
from typing import Any

_LOG = logging.getLogger('mkdocs.hooks.source_links')
_LINK = re.compile(r'\[([^\]]*)\]\(((?:\.\./)+[^)#\s]+)(#[^)\s]*)?\)')


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Replace links that lead out of the documents; warn of those that lead nowhere."""
    documents = Path(config['docs_dir'])
    here = (documents / page.file.src_uri).parent

    def shown(link: re.Match[str]) -> str:
        target = (here / link[2]).resolve()
        if target.is_relative_to(documents):
            return link[0]
        if not target.exists():
            _LOG.warning('%s links to %s, which is not there', page.file.src_uri, link[2])
        path = target.relative_to(documents.parent)
        text = link[1].strip('`')
        return f'`{path}`' if text in (path.name, str(path)) else f'{link[1]} (`{path}`)'

    return _LINK.sub(shown, markdown)
