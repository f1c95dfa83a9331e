# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The plug-in, in lmms-eval's own evaluator, on a sample of each benchmark in its own format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
import pytest

pytest.importorskip('lmms_eval', reason='pip install lmms-eval')

import datasets
import lmms_eval
from lmms_eval.api.instance import Instance
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.models import get_model
from lmms_eval.utils import load_yaml_config

from genvla_eval.vqa.lmms_model import GenvlaLmms
from genvla_policy.inference.answerer import Answerer
from genvla_policy.shipped import SHIPPED_CHECKPOINT

TASKS = Path(lmms_eval.__file__).parent / 'tasks'
SHORT = '\nAnswer the question using a single word or phrase.'
UNSURE = "\nWhen the provided information is insufficient, respond with 'Unanswerable'." + SHORT


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture(scope='module')
def answerer():
    """Return the answerer, for direct calls."""
    return Answerer.load(SHIPPED_CHECKPOINT, device='cpu')


@pytest.fixture
def evaluate(tmp_path, monkeypatch):
    """Run a task of lmms-eval on our own rows instead of the download."""
    monkeypatch.setattr(datasets.config, 'HF_DATASETS_CACHE', tmp_path / 'cache')

    def run(file, rows):
        table = datasets.Dataset.from_list(
            [{**row, 'image': Image.fromarray(picture(n))} for n, row in enumerate(rows)]
        ).cast_column('image', datasets.Image())
        table.to_parquet(tmp_path / 'rows.parquet')
        config = load_yaml_config(str(TASKS / file))
        # None, for what is left out comes back from the task of that name; process_docs would
        # fetch GQA's pictures, which the rows have.
        config['process_docs'], config['dataset_name'] = None, None
        split = config['test_split']
        config['dataset_path'] = 'parquet'
        config['dataset_kwargs'] = {'data_files': {split: str(tmp_path / 'rows.parquet')}}
        # They write files for a server that scores.
        config['metric_list'] = [m for m in config['metric_list'] if m['metric'] != 'submission']
        found = simple_evaluate(
            model='genvla',
            model_args=f'pretrained={SHIPPED_CHECKPOINT},device=cpu',
            tasks=[config],
            batch_size=1,
        )
        [name] = found['results']
        return found['results'][name], [sample['resps'][0][0] for sample in found['samples'][name]]

    return run


def test_textvqa_scores_the_answers(evaluate, answerer):
    asked = ['what is the brand?', 'what does it say?']
    # lmms-eval capitalises the question and adds its own suffix.
    answers = [answerer.answer([picture(n)], q.capitalize() + SHORT) for n, q in enumerate(asked)]
    rows = [
        {'question_id': n, 'question': q, 'answers': [truth] * 10, 'ocr_tokens': ['x']}
        for n, (q, truth) in enumerate(zip(asked, [answers[0], 'nokia'], strict=True))
    ]
    results, said = evaluate('textvqa/textvqa_val.yaml', rows)
    assert said == answers
    assert results['exact_match,none'] == pytest.approx(0.5)


def test_pope_scores_the_answers(evaluate, answerer):
    rows = [
        {'question_id': '1', 'question': 'Is there a dog in the image?', 'answer': 'no'},
        {'question_id': '2', 'question': 'Is there a cat in the image?', 'answer': 'yes'},
    ]
    results, said = evaluate('pope/pope.yaml', rows)
    wanted = [
        answerer.answer([picture(n)], row['question'] + SHORT, until=['\n\n'])
        for n, row in enumerate(rows)
    ]
    assert said == wanted
    right = np.mean([s == row['answer'] for s, row in zip(said, rows, strict=True)])
    assert results['pope_accuracy,none'] == pytest.approx(right)


def test_gqa_scores_the_answers(evaluate, answerer):
    truth = answerer.answer([picture(0)], 'What is on the table?' + SHORT, max_tokens=16)
    rows = [
        {'id': '1', 'imageId': 'a', 'question': 'What is on the table?', 'answer': truth},
        {'id': '2', 'imageId': 'b', 'question': 'Who is it?', 'answer': 'the man'},
    ]
    results, said = evaluate('gqa/gqa.yaml', rows)
    assert said[0] == truth
    assert results['exact_match,none'] == pytest.approx(0.5)


def test_vizwiz_scores_the_answers(evaluate, answerer):
    question = 'What is this?'
    truth = answerer.answer([picture(0)], question + UNSURE)
    rows = [
        {
            'question_id': 'VizWiz_val_00000000.jpg',
            'question': question,
            'answers': [truth] * 10,
            'category': 'other',
        }
    ]
    results, said = evaluate('vizwiz_vqa/vizwiz_vqa_val.yaml', rows)
    assert said == [truth]
    assert results['exact_match,none'] == pytest.approx(1.0)


def test_lmms_eval_finds_the_model_by_its_name():
    assert get_model('genvla') is GenvlaLmms


def test_likelihoods_go_through_the_plug_in(answerer):
    model = GenvlaLmms(str(SHIPPED_CHECKPOINT), device='cpu')
    model.task_dict = {'task': {'test': [{'image': Image.fromarray(picture(0)), 'truth': ' yes'}]}}
    arguments = ('is it?', lambda doc: doc['truth'], lambda doc: [doc['image']], 0, 'task', 'test')
    request = Instance('loglikelihood', arguments, 0, {'task': 'task', 'doc_id': 0, 'repeats': 1})
    [direct] = answerer.likelihoods([picture(0)], 'is it?', ['yes'])
    assert model.loglikelihood([request]) == [(direct.log_prob, direct.is_greedy)]
    with pytest.raises(NotImplementedError, match='one round'):
        model.generate_until_multi_round([request])


def test_invalid_arguments_are_refused():
    with pytest.raises(ValueError, match="model_args has the unknown key 'pretraind'"):
        GenvlaLmms(str(SHIPPED_CHECKPOINT), pretraind='x')
    with pytest.raises(ValueError, match='batch_size is 8'):
        GenvlaLmms(str(SHIPPED_CHECKPOINT), batch_size=8)
