# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Measure what a checkpoint's vision towers distinguish, and how far training has moved them.

    genvla eval probe --images cifar-10-batches-bin --checkpoint CHECKPOINT --out RUN
    genvla eval probe --images FOLDER --checkpoint AFTER --before BEFORE --out RUN

The towers process labelled images, and each image becomes a vector, the mean over its patches.
A linear classifier learns the classes from these vectors, and t-SNE projects them to the plane
(figure 4 of the paper). A trained tower is compared with its earlier state, layer by layer, by
linear CKA. --before names the checkpoint that training started from; without it, a frozen copy in
the checkpoint is used. The folder contains summary.json, tsne.png and drift.png.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import sys
from typing import Any

from genvla_command.command_line import ends_with_a_sentence, parse
from genvla_command.versions import versions
from genvla_command.whole_folder import check_free, whole_folder
from genvla_eval.picture_file import BadPicture
from genvla_eval.probe import figures
from genvla_eval.probe.features import Seen, Tower, show
from genvla_eval.probe.labelled_images import BadImageSet, LabelledImages, open_labelled_images
from genvla_eval.probe.linear_probe import INVERSE_L2, ProbeResult, probe
from genvla_eval.probe.towers import Towers
from genvla_policy.checkpoint.folder import CheckpointMismatch
from genvla_policy.shipped import SHIPPED_CHECKPOINT
from genvla_policy.shipped.option import CheckpointFolder

_PROG = 'genvla eval probe'
_PACKAGES = ('numpy', 'scikit-learn', 'torch', 'transformers')


@dataclass(frozen=True)
class ProbeOptions:
    """Labelled images, and the checkpoints whose towers process them."""

    images: Path
    """CIFAR-10's binary version (cifar-10-batches-bin), or a folder with a subfolder per class."""
    out: Path
    """Folder to write; must not exist."""
    checkpoint: CheckpointFolder = SHIPPED_CHECKPOINT
    """Checkpoint folder."""
    before: Path | None = None
    """Checkpoint from which its training started."""
    train: int = 10_000
    """Maximum number of images to train the classifier on."""
    test: int = 10_000
    """Maximum number of images to test it on."""
    test_share: float = 0.2
    """Share of each class to test on, if there is no test set."""
    tsne: int = 2_000
    """Maximum number of images in tsne.png; they are test images."""
    batch_size: int = 64
    """Number of images per forward pass."""
    seed: int = 0
    """Random seed for the choice of images, their split and t-SNE."""
    device: str = 'auto'
    """Device of the towers, such as cpu or cuda."""

    def __post_init__(self) -> None:
        """Reject invalid options."""
        if min(self.train, self.test, self.batch_size) < 1 or self.seed < 0:
            raise ValueError('train, test and batch_size must be at least 1, seed at least 0')
        if self.tsne < 4:
            raise ValueError(f'tsne must be at least 4 images, got {self.tsne}')
        if not 0.0 < self.test_share < 1.0:
            raise ValueError(f'test_share must lie between 0 and 1, got {self.test_share}')


def run_probe(options: ProbeOptions) -> dict[str, Any]:
    """Process the pictures, fit the classifiers, write the folder and return the summary.

    Raises:
        BadImageSet: The pictures are not a labelled set.
        BadPicture: A picture cannot be read.
        CheckpointMismatch: A folder does not hold a complete checkpoint.
        FileExistsError: The output folder already exists.
        ValueError: The checkpoints differ in family or image size.
    """
    check_free(options.out)
    images = open_labelled_images(options.images, test_share=options.test_share, seed=options.seed)
    train, test = images.some(train=options.train, test=options.test, seed=options.seed)
    towers = {'checkpoint': Towers.load(options.checkpoint, device=options.device)}
    if options.before is not None:
        towers['before'] = Towers.load(options.before, device=options.device)
    seen = show(images, [*train, *test], towers, batch_size=options.batch_size)
    split = len(train)
    results = {
        tower: probe(
            features_IF[:split],
            images.labels_I[train],
            features_IF[split:],
            images.labels_I[test],
            seed=options.seed,
        )
        for tower, features_IF in seen.features.items()
    }
    chosen = {'train': len(train), 'test': len(test)}
    summary = _summary(options, images, chosen, towers, seen, results)
    shown = slice(split, split + options.tsne)
    places = {
        _name(tower, towers): figures.plane(features_IF[shown], seed=options.seed)
        for tower, features_IF in seen.features.items()
    }
    accuracies = {_name(tower, towers): each.accuracy for tower, each in results.items()}
    with whole_folder(options.out) as folder:
        picture = figures.planes(
            places, accuracies, images.labels_I[test[: options.tsne]], images.class_names
        )
        (folder / 'tsne.png').write_bytes(picture)
        if summary['drift']:
            lines = {
                each['tower']: [*each['blocks'], each['features']] for each in summary['drift']
            }
            (folder / 'drift.png').write_bytes(figures.drift(lines))
        text = json.dumps(summary, indent=2) + '\n'
        (folder / 'summary.json').write_text(text, encoding='utf-8')
    return summary


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line."""
    options = parse(ProbeOptions, args, module='genvla_eval.probe', description=__doc__)
    with ends_with_a_sentence(
        BadImageSet,
        BadPicture,
        CheckpointMismatch,
        FileExistsError,
        ValueError,
        if_stopped='nothing was saved',
    ):
        summary = run_probe(options)
        for name, result in summary['probes'].items():
            print(json.dumps({'features': name, **result}))
        for each in summary['drift']:
            print(json.dumps({'drift': each['tower'], 'cka': each['features']}))
        if not summary['drift']:
            print(summary['no_drift'], file=sys.stderr)
        print(f'see {options.out / "tsne.png"}', file=sys.stderr)


def _name(tower: Tower, towers: Mapping[str, Towers]) -> str:
    """Return the display name of a tower, which tells whether it is the frozen half."""
    whose, name = tower
    is_frozen = name == towers[whose].frozen and name != 'frozen'
    return f'{whose}, {name}{" (frozen)" if is_frozen else ""}'


def _summary(
    options: ProbeOptions,
    images: LabelledImages,
    chosen: Mapping[str, int],
    towers: Mapping[str, Towers],
    seen: Seen,
    results: Mapping[Tower, ProbeResult],
) -> dict[str, Any]:
    drift = [
        {
            'tower': _name(each.trained, towers),
            'compared_with': _name(each.pretrained, towers),
            'blocks': values[:-1],
            'features': values[-1],
        }
        for each, values in seen.drift.items()
    ]
    return {
        'command': ' '.join([_PROG, *sys.argv[1:]]),
        'versions': versions(_PACKAGES),
        'seed': options.seed,
        'images': {
            'path': str(options.images),
            'name': images.name,
            'sha256': seen.data_sha256,
            'classes': list(images.class_names),
            'chosen': dict(chosen),
        },
        'checkpoints': {
            whose: {'path': str(each.path), 'sha256': each.sha256, 'described': each.described}
            for whose, each in towers.items()
        },
        'classifier': {'kind': 'logistic regression, standardised', 'inverse_l2': INVERSE_L2},
        'probes': {_name(tower, towers): asdict(each) for tower, each in results.items()},
        'drift': drift,
        'no_drift': ''
        if drift
        else (
            'drift was not measured: the checkpoint has no frozen copy of a trained tower; set '
            '--before to the checkpoint from which its training started'
        ),
    }
