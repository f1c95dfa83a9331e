# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_bringup, its launch files and its parameter files."""

from glob import glob
from os.path import isfile

from setuptools import find_packages, setup

PACKAGE = 'genvla_bringup'


def files(pattern: str) -> list[str]:
    """Return the matching files, without links that a rename broke after `--symlink-install`."""
    return sorted(filter(isfile, glob(pattern)))


setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
        (f'share/{PACKAGE}/config', files('config/*')),
        (f'share/{PACKAGE}/config/security', files('config/security/*')),
        (f'share/{PACKAGE}/launch', files('launch/*.launch.py')),
    ],
    install_requires=[
        'av',
        'genvla_bags',
        'genvla_command',
        'genvla_eval',
        'genvla_policy',
        'genvla_sim',
        'genvla_viperx',
        'matplotlib',
        'numpy',
        'opencv-python-headless',
        'pyyaml',
        'rosbags',
        'tyro',
    ],
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Launch files, parameter files, bag recorder and demo of genvla.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'check_camera = genvla_bringup.checks.check_camera:main',
            'demo = genvla_bringup.demo.command:main',
            'episode_recorder = genvla_bringup.recording.episode_recorder:main',
            'health = genvla_bringup.operate.health:main',
            'instruction_relay = genvla_bringup.recording.instruction_relay:main',
            'operate = genvla_bringup.operate.command:main',
            'keyboard = genvla_bringup.teleoperation.keyboard:main',
            'recorder = genvla_bringup.recording.graph_recorder:main',
            'supervisor = genvla_bringup.operate.supervisor:main',
            'teleoperation = genvla_bringup.teleoperation.teleoperation_node:main',
        ],
        'ros2doctor.checks': ['GenvlaCheck = genvla_bringup.doctor.ros2_doctor:GenvlaCheck'],
        'genvla.commands': [
            'check.camera = genvla_bringup.checks.check_camera:main',
            'data.record = genvla_bringup.recording.graph_recorder:main',
            'demo = genvla_bringup.demo.command:main',
            'doctor = genvla_bringup.doctor.command:main',
            'operate = genvla_bringup.operate.command:main',
        ],
    },
)
