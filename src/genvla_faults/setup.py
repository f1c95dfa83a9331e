# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_faults."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_faults'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=['genvla_command', 'genvla_policy', 'genvla_viperx', 'numpy', 'tqdm'],
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Fault injection and soak tests of the running loop.',
    license='Apache-2.0',
)
