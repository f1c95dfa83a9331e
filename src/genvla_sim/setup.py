# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_sim."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_sim'

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
        'genvla_viperx',
        'gym-aloha',
        'gymnasium',
        'mujoco',
        'numpy',
        'opencv-python-headless',
        'tyro',
    ],
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='A simulated ViperX 300 S on a tabletop with the tasks of the paper.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': ['sim_robot = genvla_sim.ros.sim_robot:main'],
    },
)
