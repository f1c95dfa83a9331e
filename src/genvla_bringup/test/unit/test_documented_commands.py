# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Every command in the documentation starts, and every link leads to a file."""

import ast
from importlib.metadata import entry_points
import json
from pathlib import Path
import re
import subprocess
import sys

import pytest

from genvla_command.genvla import find_commands

ROOT = Path(__file__).resolve().parents[4]
PAGES = sorted(
    [
        *ROOT.glob('*.md'),
        *ROOT.glob('docs/**/*.md'),
        *ROOT.glob('src/*/*/shipped/*/README.md'),
        ROOT / 'Makefile',
        *ROOT.glob('docker/*'),
    ]
)
TEXT = '\n'.join(page.read_text(encoding='utf-8') for page in PAGES if page.name != 'CHANGELOG.md')
MODULES = sorted(set(re.findall(r'python3? -m ((?:genvla_|benchmarks)[\w.]*\w)', TEXT)))
COMMANDS = find_commands()
NAMED = sorted(set(re.findall(r'(?m)(?:^    |`)genvla ((?:(?:check|data|eval) )?[a-z]+)', TEXT)))
EXECUTABLES = sorted(set(re.findall(r'ros2 run (genvla_\w+) (\w+)', TEXT)))
LINK = re.compile(r'\]\((?!https?:|#|mailto:)([^)#\s]+)')

# In one process: importing torch once is most of the cost.
ASK_FOR_HELP = """
import contextlib, importlib, io, json, runpy, sys, warnings
warnings.simplefilter('ignore', RuntimeWarning)  # of modules that others have imported before
said = {}
for module in sys.argv[1:]:
    name, _, function = module.partition(':')
    sys.argv = [name, '--help']
    out, error = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
            if function:
                status = getattr(importlib.import_module(name), function)()
            else:
                runpy.run_module(name, run_name='__main__', alter_sys=True)
                status = 0
    except SystemExit as end:
        status = end.code or 0
    except BaseException as problem:
        status = repr(problem)
    said[module] = [status or 0, out.getvalue(), error.getvalue()]
json.dump(said, sys.stdout)
"""


def scripts() -> dict[tuple[str, str], str]:
    """Return MODULE:FUNCTION of every console script, by package and name."""
    found = {}
    for setup in ROOT.glob('src/*/setup.py'):
        for node in ast.walk(ast.parse(setup.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Constant) and re.fullmatch(
                r'\w+ = [\w.]+:main', str(node.value)
            ):
                name, _, target = str(node.value).partition(' = ')
                found[setup.parent.name, name] = target
    return found


SCRIPTS = scripts()


@pytest.fixture(scope='module')
def said():
    """Return the help of every command: status, stdout, stderr."""
    modules = sorted({*MODULES, *SCRIPTS.values()})
    done = subprocess.run(
        [sys.executable, '-c', ASK_FOR_HELP, *modules],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return json.loads(done.stdout)


def test_the_documentation_names_commands():
    assert len(MODULES) > 10
    assert len(NAMED) > 15
    assert len(EXECUTABLES) > 3


@pytest.mark.parametrize('module', sorted({*MODULES, *SCRIPTS.values()}))
def test_a_command_prints_its_help(said, module):
    status, out, error = said[module]
    assert (status, error) == (0, '')
    assert out.strip()


@pytest.mark.parametrize('name', NAMED)
def test_genvla_has_every_command_of_the_documentation(name):
    assert name.replace(' ', '.') in COMMANDS


@pytest.mark.parametrize(('package', 'name'), EXECUTABLES)
def test_an_executable_of_the_documentation_is_installed(package, name):
    assert (package, name) in SCRIPTS


def test_lmms_eval_finds_the_plug_in():
    found = [each for each in entry_points(group='lmms_eval.models') if each.name == 'genvla']
    assert [each.value for each in found] == ['genvla_eval.vqa.lmms_plugin:manifest']
    assert callable(found[0].load())


@pytest.mark.parametrize('page', [p for p in PAGES if p.suffix == '.md'], ids=lambda p: p.name)
def test_every_relative_link_leads_to_a_file(page):
    links = LINK.findall(page.read_text(encoding='utf-8'))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    ('former', 'present'),
    [
        ('genvla_bringup.fault_injection', 'genvla_faults'),
        ('genvla_bringup.health', 'genvla_bringup.operate.health'),
        ('genvla_policy.models.convert', 'genvla_policy.pretrained.convert'),
    ],
)
def test_a_former_name_still_works_and_names_the_new_one(former, present):
    done = subprocess.run(
        [sys.executable, '-m', former, '--help'], capture_output=True, text=True, check=True
    )
    assert f'{former} is now {present}' in done.stderr
    assert present in done.stdout
