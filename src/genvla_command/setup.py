# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_command."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_command'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=['matplotlib', 'numpy', 'opencv-python-headless', 'tqdm', 'tyro'],
    # Only packages that use torch set its threads; the robot's package does not install torch.
    extras_require={'ray': ['ray'], 'torch': ['torch']},
    entry_points={'console_scripts': ['genvla = genvla_command.genvla:main']},
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Shared code of all commands: options, exit, run folder, progress and pages.',
    license='Apache-2.0',
)
