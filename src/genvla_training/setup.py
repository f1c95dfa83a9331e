# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_training."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_training'

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
        'accelerate',
        'av',
        'genvla_bags',
        'genvla_command',
        'genvla_policy',
        'genvla_viperx',
        'google-crc32c',
        'matplotlib',
        'numpy',
        'opencv-python-headless',
        'peft',
        'pyarrow',
        'safetensors',
        'tensorboard',
        'torch',
        'tqdm',
        'transformers',
        'tyro',
    ],
    # sim: make data in the simulator. wandb: log runs to Weights & Biases.
    extras_require={'sim': ['genvla_sim'], 'wandb': ['wandb']},
    entry_points={
        'genvla.commands': [
            'data.convert = genvla_training.bags_to_lerobot.command:main',
            'data.demos = genvla_training.make_demos:main',
            'data.inspect = genvla_training.inspect.command:main',
            'data.lint = genvla_training.lint.command:main',
            'data.questions = genvla_training.make_vl:main',
            'train = genvla_training.train:main',
            'train.words = genvla_training.patch_words.command:main',
        ],
    },
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Turns robot and vision-language data into checkpoints.',
    license='Apache-2.0',
)
