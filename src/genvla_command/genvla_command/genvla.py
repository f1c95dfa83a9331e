# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command `genvla`: run the command that its first words name.

    genvla train tiny --steps 100

Packages offer commands as entry points of the group `genvla.commands`. The entry point's name has
dots for spaces ("eval.replay"). Its object is called without arguments and reads sys.argv. Only
the standard library is imported before that, so the list of commands appears at once.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
import difflib
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
import shutil
import sys

GROUP = 'genvla.commands'
_HELP = ('-h', '--help')


def main(args: Sequence[str] | None = None) -> int:
    """Run a command; return its exit status, or 2 if there is no command of that name."""
    given = list(sys.argv[1:] if args is None else args)
    commands = find_commands()
    for num_words in (2, 1):
        name = '.'.join(given[:num_words])
        if len(given) >= num_words and name in commands:
            return _run(commands[name], given[num_words:])
    if not given or given[0] in _HELP:
        print('usage: genvla COMMAND ...\n')
        _list(commands)
        return 0
    of_group = {name: each for name, each in commands.items() if name.startswith(f'{given[0]}.')}
    if of_group and (len(given) == 1 or given[1] in _HELP):
        print(f'usage: genvla {given[0]} COMMAND ...\n')
        _list(of_group)
        return 0
    print(_refusal(given, commands, is_group=bool(of_group)), file=sys.stderr)
    return 2


def find_commands() -> dict[str, EntryPoint]:
    """Return the commands of all installed packages by name, in alphabetical order."""
    found = {each.name: each for each in entry_points(group=GROUP)}
    return dict(sorted(found.items()))


def name_of(module: str) -> str:
    """Return how `genvla` runs a module, such as "genvla eval replay"; empty if it does not."""
    for name, each in find_commands().items():
        if each.module == module or each.module.startswith(f'{module}.'):
            return _spoken(name)
    return ''


def _run(command: EntryPoint, args: Sequence[str]) -> int:
    sys.argv = [_spoken(command.name), *args]
    status = command.load()()
    return int(status or 0)


def _spoken(name: str) -> str:
    return f'genvla {name.replace(".", " ")}'


def _list(commands: dict[str, EntryPoint]) -> None:
    names = {name: _spoken(name) for name in commands}
    width = max(map(len, names.values()), default=0)
    columns = shutil.get_terminal_size((120, 24)).columns
    for name, spoken in names.items():
        line = f'  {spoken:{width}}  {_summary(commands[name])}'
        print(line if len(line) <= columns else f'{line[: columns - 3]}...')
    print('\nRun a command with --help to see its options.')


def _summary(command: EntryPoint) -> str:
    """Return the first line of the module's docstring, without importing it."""
    if command.dist is None:
        return ''
    relative = Path(*command.module.split('.')).with_suffix('.py')
    file = Path(str(command.dist.locate_file(relative)))
    if not file.is_file():
        return ''
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding='utf-8'))) or ''
    return docstring.partition('\n')[0].partition(': genvla')[0].rstrip('.')


def _refusal(given: Sequence[str], commands: Iterable[str], *, is_group: bool) -> str:
    spoken = [name.replace('.', ' ') for name in commands]
    asked = ' '.join(given[: 2 if is_group else 1])
    # So that "genvla replay" suggests "genvla eval replay".
    candidates = {name.rpartition(' ')[2]: name for name in spoken} | {
        name: name for name in spoken
    }
    close = difflib.get_close_matches(asked, candidates, n=1)
    meant = f'did you mean "genvla {candidates[close[0]]}"? ' if close else ''
    return f'genvla: unknown command "{asked}"; {meant}"genvla --help" lists all commands'


if __name__ == '__main__':
    sys.exit(main())
