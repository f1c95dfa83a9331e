# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_console."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_console'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=[
        'fastapi',
        'genvla_bags',
        'genvla_command',
        'genvla_policy',
        'genvla_viperx',
        'nicegui',
        'numpy',
        'opencv-python-headless',
        'psutil',
        'starlette',
    ],
    entry_points={
        'console_scripts': ['console = genvla_console.ros.command:main'],
        'genvla.commands': ['console = genvla_console.ros.command:main'],
    },
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='A web page that shows and controls the robot.',
    license='Apache-2.0',
)
