# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_node."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_node'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=['pytest'],
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Parameters, QoS, diagnostics and main() of all genvla nodes, and their client.',
    license='Apache-2.0',
)
