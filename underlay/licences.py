# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Print the licences of the locked dependencies, as docs/licences.md shows them.

    make setup-tests
    python underlay/licences.py > docs/licences.md

The licences are those that the installed distributions name themselves; for a ROS package, those
of its package.xml.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
import re
import sys
from xml.etree import ElementTree

UNDERLAY = Path(__file__).resolve().parent
_SHARE = Path(sys.prefix) / 'share'
_LOCKS = {
    'python.lock': 'Needed to run genvla',
    'torch.lock': 'PyTorch',
    'ros2_jazzy.lock': 'ROS 2, where no ROS installation is used',
    'test.lock': 'Needed only by tests and tools',
}
_HEAD = """\
# Licences

genvla itself is under the [Apache License 2.0](../LICENSE).
`python underlay/licences.py > docs/licences.md` writes this page from what `make setup-tests` installs.
The licences are those that each distribution names; the packages of ROS name theirs in package.xml.

## Weights

The tiny policy that ships with genvla was trained with this code on simulated data, under the same licence.
genvla ships no other weights.
[Models](models.md#pretrained-weights) names the licences of those that `genvla fetch` fetches on request.
"""  # noqa: E501 - one sentence a line


def locked(lock: str) -> list[tuple[str, str]]:
    """Return the name and version of each distribution in a lock file."""
    lines = (UNDERLAY / lock).read_text(encoding='utf-8').splitlines()
    found = (re.match(r'([A-Za-z0-9._-]+)==([^\s;]+)', line) for line in lines)
    return [(each[1], each[2]) for each in found if each]


def licence(name: str) -> str:
    """Return the licence that an installed distribution names, or why there is none."""
    try:
        about = metadata.distribution(name).metadata
    except metadata.PackageNotFoundError:
        return 'not installed here'
    classifiers = [
        value.rpartition('::')[2].strip()
        for value in about.get_all('Classifier') or []
        if value.startswith('License ::') and value.count('::') > 1
    ]
    expression, free_text = (
        (about.get_all(key) or [''])[0].strip().partition('\n')[0]
        for key in ('License-Expression', 'License')
    )
    named = expression or ', '.join(classifiers) or free_text
    return named or ', '.join(_of_ros_package(name)) or 'none named'


def page() -> Iterator[str]:
    """Yield the lines of docs/licences.md."""
    yield _HEAD
    for lock, title in _LOCKS.items():
        yield f'## {title}\n\n| distribution | version | licence |\n|---|---|---|'
        for name, version in locked(lock):
            yield f'| {name} | {version} | {licence(name)} |'
        yield ''


def _of_ros_package(distribution: str) -> list[str]:
    package = re.sub(r'^ros-(jazzy-)?', '', distribution).replace('-', '_')
    found = _SHARE / package / 'package.xml'
    if not found.is_file():
        return []
    return [(each.text or '').strip() for each in ElementTree.parse(found).iter('license')]


if __name__ == '__main__':
    print('\n'.join(page()).rstrip())
