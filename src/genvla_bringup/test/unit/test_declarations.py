# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""setup.py and package.xml list exactly what the code imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
import sys
from xml.etree import ElementTree

from catkin_pkg.changelog import get_changelog_from_path
from catkin_pkg.package import parse_package
import pytest

SRC = Path(__file__).resolve().parents[3]
PACKAGES = sorted(path.parent.name for path in SRC.glob('genvla_*/setup.py'))
ROS_ONLY = {'genvla_msgs', 'genvla_node', 'genvla_bringup', 'genvla_faults'}
"""Packages that pip cannot install: they need ROS."""

PYPI = {
    'accelerate': ('accelerate', None),
    'anyio': ('anyio', None),
    'av': ('av', None),
    'catkin_pkg': ('catkin-pkg', 'python3-catkin-pkg'),
    'cv2': ('opencv-python-headless', 'python3-opencv'),
    'datasets': ('datasets', None),
    'fastapi': ('fastapi', None),
    'google': ('protobuf', 'python3-protobuf'),
    'google_crc32c': ('google-crc32c', None),
    'gymnasium': ('gymnasium', 'python3-gymnasium-pip'),
    'hypothesis': ('hypothesis', 'python3-hypothesis'),
    'lerobot': ('lerobot', None),
    'lmms_eval': ('lmms-eval', None),
    'matplotlib': ('matplotlib', 'python3-matplotlib'),
    'mujoco': ('mujoco', 'python3-mujoco-pip'),
    'nicegui': ('nicegui', None),
    'numpy': ('numpy', 'python3-numpy'),
    'onnx': ('onnx', None),
    'peft': ('peft', None),
    'PIL': ('pillow', 'python3-pil'),
    'playwright': ('playwright', None),
    'psutil': ('psutil', 'python3-psutil'),
    'pyarrow': ('pyarrow', None),
    'pytest': ('pytest', 'python3-pytest'),
    'ray': ('ray', None),
    'rerun': ('rerun-sdk', None),
    'rosbags': ('rosbags', 'python3-rosbags-pip'),
    'safetensors': ('safetensors', None),
    'scipy': ('scipy', 'python3-scipy'),
    'setuptools': ('setuptools', 'python3-setuptools'),
    'sklearn': ('scikit-learn', 'python3-sklearn'),
    'starlette': ('starlette', None),
    'tokenizers': ('tokenizers', None),
    'torch': ('torch', 'python3-pytorch-pip'),
    'tqdm': ('tqdm', 'python3-tqdm'),
    'transformers': ('transformers', 'python3-transformers-pip'),
    'tyro': ('tyro', None),
    'vla_eval': ('vla-eval', None),
    'yaml': ('pyyaml', 'python3-yaml'),
}
"""Import name to distribution on PyPI and rosdep key; None: rosdep has no key for it, so
requirements.txt and the locks carry it."""

NOT_IMPORTED = {
    'genvla_policy': {'gguf'},  # transformers imports it
    'genvla_sim': {'gym-aloha'},  # the meshes of the arm
    'genvla_training': {'tensorboard'},  # accelerate imports it
}
RUN_BY_LAUNCH_FILES = {
    'genvla_bringup': {
        'genvla_console',  # by the demo
        'image_transport_plugins',
        'interbotix_xs_msgs',
        'joy',
        'ros2bag',
        'ros2launch',
        'rosbag2_storage_mcap',
        'tf2_ros',
        'usb_cam',
    },
}


def imported(files: Iterable[Path]) -> Iterator[str]:
    """Yield the top-level names that files import."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition('.')[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition('.')[0]


def third_party(package: str, files: Iterable[Path]) -> set[str]:
    """Return what files import from other packages."""
    return set(imported(files)) - sys.stdlib_module_names - {package, '_typeshed'}


def code_of(package: str) -> set[str]:
    root = SRC / package
    return third_party(package, [*(root / package).rglob('*.py'), *root.glob('launch/*.py')])


def imported_by_tests(package: str) -> set[str]:
    return third_party(package, (SRC / package / 'test').rglob('*.py'))


def setup_argument(package: str, name: str) -> object:
    """Return a literal that a setup.py passes to setup(); None: it passes no such argument."""
    tree = ast.parse((SRC / package / 'setup.py').read_text(encoding='utf-8'))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    call = next(each for each in calls if getattr(each.func, 'id', '') == 'setup')
    found = [word.value for word in call.keywords if word.arg == name]
    return ast.literal_eval(found[0]) if found else None


def manifest(package: str, *tags: str) -> set[str]:
    root = ElementTree.parse(SRC / package / 'package.xml').getroot()
    return {str(element.text) for tag in tags for element in root.iter(tag)}


def is_ros(name: str) -> bool:
    return name not in PYPI and (name in ROS_ONLY or not name.startswith('genvla_'))


@pytest.mark.parametrize('package', [each for each in PACKAGES if each not in ROS_ONLY])
def test_setup_py_requires_just_what_is_imported(package):
    extras = setup_argument(package, 'extras_require') or {}
    optional = {each for group in extras.values() for each in group}
    required = set(setup_argument(package, 'install_requires') or ())
    wanted = {PYPI[name][0] if name in PYPI else name for name in code_of(package)}
    wanted = {name for name in wanted if not is_ros(name) or name in {p for p, _ in PYPI.values()}}
    assert wanted - optional - required == set(), 'imported, but not in install_requires'
    assert required - wanted - NOT_IMPORTED.get(package, set()) == set(), 'never imported'
    indirect = {'wandb', *NOT_IMPORTED.get(package, ())}
    unused = {each for each in optional - wanted - indirect if '[' not in each}
    assert unused == set(), 'never imported'


@pytest.mark.parametrize('package', PACKAGES)
def test_package_xml_depends_on_just_what_is_imported(package):
    declared = manifest(package, 'depend', 'exec_depend')
    optional = {
        each
        for group in (setup_argument(package, 'extras_require') or {}).values()
        for each in group
    }
    wanted = set()
    for name in code_of(package):
        distribution, key = PYPI.get(name, (name, name))
        if key and distribution not in optional:
            wanted.add(key)
    assert wanted - declared == set(), 'imported, but not in package.xml'
    also = RUN_BY_LAUNCH_FILES.get(package, set())
    also |= optional | keys_of(NOT_IMPORTED.get(package, set()))
    assert declared - wanted - also == set(), 'never imported'


@pytest.mark.parametrize('package', PACKAGES)
def test_package_xml_names_what_only_tests_import(package):
    declared = manifest(package, 'depend', 'exec_depend', 'test_depend')
    wanted = {PYPI.get(name, (name, name))[1] for name in imported_by_tests(package)} - {None}
    # These also define the build order of colcon, so a test cannot name a package above its own.
    above = {name for name in wanted if package in built_before(name)}
    assert wanted - declared - above == set()


@pytest.mark.parametrize('package', PACKAGES)
def test_no_package_depends_on_itself_by_way_of_others(package):
    assert package not in built_before(package)


def built_before(package: str) -> set[str]:
    """Return all packages of this repository that a package depends on, directly or not."""
    found, left = set(), [package]
    while left:
        name = left.pop()
        if name not in PACKAGES:
            continue
        fresh = manifest(name, 'depend', 'exec_depend', 'test_depend') - found
        found |= fresh
        left += fresh
    return found


def test_requirements_txt_names_what_rosdep_has_no_key_for():
    lines = (SRC.parent / 'requirements.txt').read_text(encoding='utf-8').splitlines()
    listed = {line.partition('#')[0].split('=')[0].split('>')[0].strip() for line in lines}
    needed = {
        distribution
        for package in PACKAGES
        for distribution in setup_argument(package, 'install_requires') or ()
        if not distribution.startswith('genvla_')
    }
    assert needed - listed == set()


def keys_of(distributions: set[str]) -> set[str]:
    """Return the rosdep keys of distributions that are not imported."""
    return {key for name, key in PYPI.values() if key and name in distributions}


@pytest.mark.parametrize('package', ['genvla_msgs', *PACKAGES])
def test_a_package_can_be_released(package):
    root = SRC / package
    declared = parse_package(root)  # what bloom reads
    assert declared.licenses == ['Apache-2.0']
    assert declared.licenses[0].file == 'LICENSE'
    assert (root / 'LICENSE').read_text() == (SRC.parent / 'LICENSE').read_text()
    assert declared.authors
    assert get_changelog_from_path(str(root)) is not None
    assert 'Forthcoming' in (root / 'CHANGELOG.rst').read_text()
