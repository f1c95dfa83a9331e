# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_bags."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_bags'

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
        'genvla_command',
        'genvla_policy',
        'genvla_viperx',
        'numpy',
        'opencv-python-headless',
        'pyyaml',
        'rosbags',
    ],
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Reads and writes bags without ROS.',
    license='Apache-2.0',
)
