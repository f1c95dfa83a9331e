# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The training command: complete, killed and distributed runs."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys

from accelerate.state import AcceleratorState
import cv2
import numpy as np
import pytest
from safetensors.torch import load_file, save_file
import torch

from genvla_command.end_effector_action import ACTION_NAMES
from genvla_policy.inference.policy import Policy
from genvla_policy.observation import Observation
from genvla_training.data.lerobot import LeRobotWriter
from genvla_training.train import main

STEPS = 6
SMALL = [
    '--batch-size', '8', '--data.num-streams', '4', '--data.pool-episodes', '2',
    '--log-every-steps', '1', '--validation.num-samples', '2', '--optimizer.warmup-steps', '2',
    '--precision', 'float32', '--steps', str(STEPS),
]  # fmt: skip


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """A folder with data/demos and data/vl, the paths of the recipes."""
    folder = tmp_path_factory.mktemp('run')
    rng = np.random.default_rng(0)

    def picture():
        return rng.integers(0, 255, (64, 64, 3), dtype=np.uint8)

    with LeRobotWriter(
        folder / 'data' / 'demos',
        fps=5,
        robot_type='vx300s',
        cameras={'table': (64, 64)},
        state_names=['waist'],
        action_names=ACTION_NAMES,
    ) as writer:
        for length in (5, 7, 6, 4):
            actions = rng.normal(0.0, 0.01, (length, 7))
            actions[:, 6] = rng.integers(0, 2, length)
            writer.add_episode(
                frames=((picture(),) for _ in range(length)),
                states_TS=np.zeros((length, 1)),
                actions_TA=actions,
                task='pick up the carrot',
            )
    images = folder / 'data' / 'vl' / 'images'
    images.mkdir(parents=True)
    entries = []
    for number in range(12):
        cv2.imwrite(str(images / f'{number}.jpg'), picture())
        said = [('human', '<image>\nwhat is this?'), ('gpt', f'thing {number}.')]
        turns = [{'from': who, 'value': text} for who, text in said]
        entries.append(
            {'id': str(number), 'image': f'images/{number}.jpg', 'conversations': turns}
        )
    (folder / 'data' / 'vl' / 'vl.json').write_text(json.dumps(entries))
    return folder


@pytest.fixture(autouse=True)
def _new_accelerator():
    """Let the runs of a test use another precision than earlier runs."""
    AcceleratorState._reset_state()


def command(out, *more, processes=1):
    launcher = [sys.executable, '-m']
    if processes > 1:
        launcher += ['torch.distributed.run', '--standalone', '--nproc-per-node', str(processes)]
        launcher += ['-m']
    return [*launcher, 'genvla_training.train', 'pi0_plus_tiny', '--out', str(out), *SMALL, *more]


def run(data, out, *more):
    """Train in this process; return the losses."""
    with contextlib.chdir(data):
        main(['pi0_plus_tiny', '--out', str(out), *SMALL, *more])
    return losses(out)


def run_on_two_processes(data, out, *more):
    result = subprocess.run(
        command(out, *more, processes=2),
        cwd=data, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    return losses(out)


def losses(out):
    """Return the loss of each step; of repeated steps, the last one."""
    lines = [json.loads(line) for line in (out / 'metrics.jsonl').read_text().splitlines()]
    return {line['step']: line['train/loss'] for line in lines if 'train/loss' in line}


@pytest.fixture(scope='module')
def whole_run(data):
    out = data / 'whole'
    return out, run(data, out, '--save-every-steps', '3')


def test_a_run_trains_and_its_checkpoint_gives_actions(data, whole_run):
    out, costs = whole_run
    assert list(costs) == list(range(1, STEPS + 1))
    assert costs[STEPS] < costs[1]
    policy = Policy.load(out / f'step-{STEPS:06d}')
    assert policy.config.trained
    seen = Observation((np.zeros((64, 64, 3), np.uint8),), 'pick up the carrot', 0.0)
    assert policy.infer(seen).actions.shape == (1, 7)


def test_passes_become_steps_and_a_run_resumes_with_them(data):
    # Of 22 samples one episode is held out, which has 4 with this seed: 18 are three batches of 8.
    out = data / 'passes'
    passes = ['--steps', '0', '--passes', '1', '--save-every-steps', '2', '--data.seed', '1']
    costs = run(data, out, *passes)
    assert list(costs) == [1, 2, 3]
    shutil.rmtree(out / 'step-000003')
    assert run(data, out, *passes) == costs


def training_tensors(folder):
    (file,) = (folder / 'training').glob('*.safetensors')
    return load_file(file)


def test_the_saved_policy_has_the_averaged_weights(whole_run):
    folder = whole_run[0] / f'step-{STEPS:06d}'
    moved = 'network.language_model.norm.weight'
    average = load_file(folder / 'model.safetensors')[moved]
    weight = training_tensors(folder)[f'weights/{moved}']
    assert not torch.equal(average, weight)
    # Six steps with a decay of 0.995 leave the average close to where the weights began.
    assert average.abs().max() < 0.1 * weight.abs().max()


def test_no_weight_is_written_twice(data, whole_run):
    out = data / 'once'
    run(data, out, '--optimizer.ema-decay', '0', '--steps', '1')
    frozen = {
        name for name in load_file(out / 'step-000001' / 'model.safetensors') if 'frozen' in name
    }
    assert frozen
    kinds = {name.split('/')[0] for name in training_tensors(out / 'step-000001')}
    assert kinds == {'moments'}
    with_average = training_tensors(whole_run[0] / f'step-{STEPS:06d}')
    assert {name.split('/')[0] for name in with_average} == {'moments', 'weights'}
    assert not any(name.split('/')[1] in frozen for name in with_average)


def test_frozen_weights_are_stored_in_bfloat16_if_a_run_computes_in_it(data):
    out = data / 'frozen'
    run(data, out, '--precision', 'bf16', '--steps', '1')
    policy = load_file(out / 'step-000001' / 'model.safetensors')
    dtypes = {'towers.frozen' in name: weight.dtype for name, weight in policy.items()}
    assert dtypes == {True: torch.bfloat16, False: torch.float32}


def resumed_from_the_middle(data, whole, *more):
    """Copy a run, delete its last checkpoint, resume in this process and return the losses."""
    out = whole.with_name(f'{whole.name}_again')
    shutil.copytree(whole, out)
    shutil.rmtree(out / f'step-{STEPS:06d}')
    (out / 'metrics.jsonl').unlink()
    return run(data, out, '--save-every-steps', '3', *more)


def test_a_killed_run_with_adapters_resumes_with_the_same_result(data):
    adapters = ('--lora.rank', '4', '--precision', 'bf16')
    whole = run(data, data / 'lora', '--save-every-steps', '3', *adapters)
    again = resumed_from_the_middle(data, data / 'lora', *adapters)
    assert again == {step: whole[step] for step in range(4, STEPS + 1)}


def test_a_checkpoint_of_an_earlier_version_is_refused(data, whole_run, monkeypatch, sentence):
    out = data / 'earlier'
    shutil.copytree(whole_run[0], out)
    save_file({}, out / f'step-{STEPS:06d}' / 'training' / 'weights.safetensors')
    monkeypatch.chdir(data)
    said = sentence(main, 'pi0_plus_tiny', '--out', out, *SMALL, '--save-every-steps', '3')
    assert 'written by an earlier version of genvla' in said
    assert f'--model.init {out / f"step-{STEPS:06d}"} --out another folder' in said


def test_a_killed_run_resumes_with_the_same_result(data, whole_run):
    out = data / 'killed'
    process = subprocess.Popen(
        command(out, '--save-every-steps', '1'),
        cwd=data, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    # Read until the fourth step is said to be made: the kill comes in mid-run.
    metrics = out / 'metrics.jsonl'
    for _ in process.stderr:
        if metrics.exists() and len(metrics.read_text().splitlines()) >= 3:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    (*_, kept) = sorted(out.glob('step-00000[1-5]'))
    num_before = len(metrics.read_text().splitlines())
    assert run(data, out, '--save-every-steps', '1') == whole_run[1]
    first_after = json.loads(metrics.read_text().splitlines()[num_before])
    assert first_after['step'] == int(kept.name.removeprefix('step-')) + 1


def test_a_run_refuses_to_resume_with_other_data(data, whole_run, tmp_path, monkeypatch, sentence):
    entries = json.loads((data / 'data' / 'vl' / 'vl.json').read_text())
    shutil.copytree(data / 'data', tmp_path / 'data')
    (tmp_path / 'data' / 'vl' / 'vl.json').write_text(json.dumps(entries[:-1]))
    monkeypatch.chdir(tmp_path)
    arguments = ('--out', whole_run[0], *SMALL, '--save-every-steps', '3')
    said = sentence(main, 'pi0_plus_tiny', *arguments)
    assert 'started with other data: vl has changed' in said


def test_an_unwritable_folder_is_named(tmp_path, sentence):
    (tmp_path / 'file').touch()
    said = sentence(main, 'tiny', '--out', tmp_path / 'file' / 'run', '--precision', 'float32')
    assert f'{tmp_path / "file"}' in said
    assert 'cannot be read or written' in said


@pytest.mark.slow  # 19 s of CPU; the next test also shares a run between two processes
def test_two_processes_train_like_one(data, whole_run):
    assert run_on_two_processes(data, data / 'two') == pytest.approx(whole_run[1], rel=1e-4)


def test_two_processes_with_sharded_weights_resume_the_run_of_one(data, whole_run):
    out = data / 'fsdp'
    shutil.copytree(whole_run[0], out)
    shutil.rmtree(out / f'step-{STEPS:06d}')
    (out / 'metrics.jsonl').unlink()
    # Validation between two steps leaves no averaged weights behind.
    options = ('--save-every-steps', '2', '--validation.every-steps', '4')
    costs = run_on_two_processes(data, out, '--fsdp', *options)
    assert list(costs) == list(range(4, STEPS + 1))
    assert costs == pytest.approx({step: whole_run[1][step] for step in costs}, rel=1e-4)
    Policy.load(out / f'step-{STEPS:06d}')
    # What two processes wrote, one reads.
    again = resumed_from_the_middle(data, out)
    assert again == pytest.approx({step: costs[step] for step in again}, rel=1e-4)
