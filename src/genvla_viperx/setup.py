# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_viperx."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_viperx'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=['genvla_command', 'numpy'],
    zip_safe=True,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Kinematics, chunk scheduling, safety and ROS bridge of a ViperX 300 S.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'check_arm = genvla_viperx.ros.check_arm:main',
            'viperx_bridge = genvla_viperx.ros.bridge_node:main',
        ],
        'genvla.commands': ['check.arm = genvla_viperx.ros.check_arm:main'],
    },
)
