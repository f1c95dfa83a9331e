# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_eval."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_eval'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed', 'harness/*.yaml', 'suite/instructions/*.json']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=[
        'genvla_bags',
        'genvla_command',
        'genvla_policy',
        'genvla_sim',
        'genvla_viperx',
        'matplotlib',
        'numpy',
        'opencv-python-headless',
        'pyarrow',
        'pyyaml',
        'rosbags',
        'scikit-learn',
        'scipy',
        'torch',
        'tqdm',
        'tyro',
    ],
    extras_require={
        'harness': ['vla-eval'],
        'ray': ['genvla_command[ray]'],
        'rerun': ['rerun-sdk'],
        'vqa': ['lmms-eval'],
    },
    # lmms-eval looks for models in the group lmms_eval.models.
    entry_points={
        'genvla.commands': [
            'eval.probe = genvla_eval.probe.command:main',
            'eval.replay = genvla_eval.replay.command:main',
            'eval.rollouts = genvla_eval.rollouts:main',
            'eval.suite = genvla_eval.suite.command:main',
            'eval.trials = genvla_eval.trials.command:main',
            'eval.vqa = genvla_eval.vqa.command:main',
            'serve = genvla_eval.harness.command:main',
        ],
        'lmms_eval.models': ['genvla = genvla_eval.vqa.lmms_plugin:manifest'],
    },
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Measures policies: closed loop in the simulator, and against recorded bags.',
    license='Apache-2.0',
)
