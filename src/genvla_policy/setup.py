# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Install genvla_policy."""

from setuptools import find_packages, setup

PACKAGE = 'genvla_policy'

setup(
    name=PACKAGE,
    version='0.1.0',
    packages=find_packages(exclude=['test', 'test.*']),
    package_data={PACKAGE: ['py.typed', 'shipped/tiny/*']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (f'share/{PACKAGE}', ['package.xml']),
    ],
    install_requires=[
        'accelerate',
        'genvla_command',
        'numpy',
        'opencv-python-headless',
        'pillow',
        'safetensors',
        'tokenizers',
        'torch',
        'tqdm',
        'transformers',
        'tyro',
    ],
    extras_require={'packaged': ['gguf', 'onnx']},
    zip_safe=False,
    maintainer='genvla maintainers',
    maintainer_email='maintainers@genvla.org',
    description='Vision-language-action policies that print actions as text, and their ROS node.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': ['policy = genvla_policy.ros.policy_node:main'],
        'genvla.commands': [
            'convert = genvla_policy.pretrained.convert:main',
            'fetch = genvla_policy.pretrained.packaged:main',
            'models = genvla_policy.models.__main__:main',
        ],
    },
)
