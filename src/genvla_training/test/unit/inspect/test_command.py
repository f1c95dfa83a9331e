# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The command on small data sets of each format: output, page and exit code."""

from __future__ import annotations

import json
from pathlib import Path
import re
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genvla_training.data.episode import BadData
from genvla_training.inspect.command import detect_format, main

FRONT, WRIST = 'observation.images.front', 'observation.images.wrist'
DATA = 'data/chunk-000/file-000.parquet'
VIDEO = f'videos/{FRONT}/chunk-000/file-000.mp4'
PICTURE = re.compile(r'src="data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+"')


@pytest.fixture
def in_tmp_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope='module')
def whole_carrots(tmp_path_factory, lerobot_write, lerobot_episodes):
    """Data of four episodes in which dyaw is 0."""
    episodes = [
        episode | {'actions_TA': episode['actions_TA'] * [*[0.01] * 3, *[0.1] * 2, 0, 0]}
        for episode in lerobot_episodes
    ]
    return lerobot_write(tmp_path_factory.mktemp('whole') / 'carrots', episodes)


@pytest.fixture
def carrots(in_tmp_path, whole_carrots):
    """A copy, which may be damaged."""
    return shutil.copytree(whole_carrots, in_tmp_path / 'data' / 'carrots')


@pytest.fixture
def chat(in_tmp_path):
    """Three conversations: two are about an image, and one of these has two turns."""
    image = np.full((48, 64, 3), 90, dtype=np.uint8)
    (in_tmp_path / 'a.jpg').write_bytes(cv2.imencode('.jpg', image)[1].tobytes())
    entries = [
        entry('<image>\nWhere?', '[(0.25, 0.5)]', image='a.jpg'),
        entry('<image>\nIs it <big>?', 'yes', 'Red?', 'yes', image='a.jpg'),
        entry('Who are you?', 'A robot.'),
    ]
    path = in_tmp_path / 'chat.json'
    path.write_text(json.dumps(entries))
    return path


def entry(*said, **more):
    speakers = ('human', 'gpt') * len(said)
    turns = [{'from': who, 'value': text} for who, text in zip(speakers, said, strict=False)]
    return {'id': '1', 'conversations': turns, **more}


def truncate(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def test_a_transform_in_the_current_folder_is_found_by_the_installed_command(carrots):
    """The script of an installed command searches its own folder, not the current one."""
    script = carrots.parent / 'genvla'
    script.write_text('import sys\nfrom genvla_command.genvla import main\nsys.exit(main())\n')
    transform = 'def deltas(actions_TA, states_TS):\n    return 0.5 * actions_TA\n'
    Path('my_arm.py').write_text(transform)
    command = [*('data', 'inspect', str(carrots), '--episodes', '0')]
    subprocess.run(
        [sys.executable, str(script), *command, '--transform', 'my_arm:deltas'],
        check=True,
        timeout=110,
    )


@pytest.mark.parametrize(
    ('option', 'value', 'least'),
    [('--episodes', '-1', 0), ('--conversations', '0', 1), ('--image-size', '0', 1)],
)
def test_a_count_that_is_too_small_is_refused(carrots, sentence, option, value, least):
    name = option.removeprefix('--').replace('-', '_')
    said = sentence(main, carrots, option, value)
    assert f'{name} is {value}, expected {least} or more' in said


def test_the_summary_of_demonstrations_is_printed(carrots, capsys):
    main([str(carrots), '--episodes', '0'])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        'carrots (lerobot)',
        '  episodes                     4',
        '  steps                        29',
        '  duration                     0.00 h at 5 Hz',
        '  episode, min / median / max  1 / 8 / 12 steps',
    ]
    assert 'pick up the carrot         2  50.0 %' in lines
    assert 'dx [cm]            -1.43   -1.38  -0.03   1.41   1.42' in lines
    assert 'dyaw [deg]          0.00    0.00   0.00   0.00   0.00  never moves' in lines
    assert lines[-1] == 'page: carrots.inspect.html'


@pytest.fixture(scope='module')
def page(whole_carrots):
    """The page of every episode from two cameras."""
    out = whole_carrots.parent / 'page.html'
    main([str(whole_carrots), '--out', str(out), '--camera', FRONT, WRIST])
    return out.read_text()


def test_the_page_of_demonstrations_embeds_its_images(page):
    frames = 6 + 1 + 6 + 6  # one episode has one step only
    assert len(PICTURE.findall(page)) == 2 + 4 + 2 * frames
    assert 'pick up the carrot' in page


def test_the_page_has_no_external_references(page):
    assert not re.search(r'http|//|src=|href=|@import|url\(', PICTURE.sub('', page))


def test_truncated_rows_are_listed_and_the_exit_code_is_1(carrots, capsys):
    truncate(carrots / DATA)
    with pytest.raises(SystemExit) as ended:
        main([str(carrots)])
    assert ended.value.code == 1
    assert 'BROKEN (4)' in capsys.readouterr().out
    page = (carrots.parents[1] / 'carrots.inspect.html').read_text()
    assert page.count('class="broken"') == 4


def test_a_number_that_is_not_finite_breaks_only_its_episode(carrots, capsys):
    table = pq.read_table(carrots / DATA)
    actions = np.array(table['action'].to_pylist(), dtype=np.float32)
    actions[7, 2] = np.nan  # the only step of episode 1
    column = pa.FixedSizeListArray.from_arrays(pa.array(actions.ravel()), 7)
    index = table.column_names.index('action')
    pq.write_table(table.set_column(index, table.schema.field('action'), column), carrots / DATA)
    with pytest.raises(SystemExit):
        main([str(carrots), '--episodes', '0'])
    assert 'BROKEN (1)\n  - episode 1:' in capsys.readouterr().out


def test_a_truncated_video_breaks_the_episodes_after_its_end(carrots, capsys):
    truncate(carrots / VIDEO)
    with pytest.raises(SystemExit) as ended:
        main([str(carrots)])
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert '  images read in               2 episodes' in out
    assert re.findall(r'- episode (\d):', out) == ['2', '3']


def test_the_summary_of_conversations_is_printed(chat, capsys):
    main([str(chat)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        'chat (llava)',
        '  conversations         3',
        '  read                  3',
        '  turns in them         4',
        '  without an image      33.3 %',
    ]
    assert 'characters per answer      3     5.5   6.75  12.85   13' in lines
    assert 'yes                      2  50.0 %' in lines
    assert '64 x 48 px                    2  100.0 %' in lines


def test_the_page_of_conversations_has_images_and_escaped_turns(chat):
    main([str(chat)])
    page = (chat.parent / 'chat.inspect.html').read_text()
    assert len(PICTURE.findall(page)) == 1 + 2
    assert 'Is it &lt;big&gt;?' in page
    assert not re.search(r'http|//|src=|href=', PICTURE.sub('', page))


def test_a_missing_picture_is_listed(chat, capsys):
    (chat.parent / 'a.jpg').unlink()
    with pytest.raises(SystemExit) as ended:
        main([str(chat)])
    assert ended.value.code == 1
    assert 'BROKEN (2)\n  - conversation 0:' in capsys.readouterr().out


def test_conversations_in_parquet_are_inspected(chat, capsys):
    turns = entry('<image>\nWhere?', 'Here.')['conversations']
    row = {'image': {'bytes': (chat.parent / 'a.jpg').read_bytes()}, 'conversations': turns}
    pq.write_table(pa.Table.from_pylist([row]), chat.parent / 'talk.parquet')
    main([str(chat.parent / 'talk.parquet'), '--out', 'talk.html'])
    assert re.search(r'Here\. +1  100\.0 %', capsys.readouterr().out)


def test_fewer_conversations_are_read_on_request(chat, capsys):
    main([str(chat), '--conversations', '2'])
    assert '  read                  2, chosen at random' in capsys.readouterr().out


@pytest.mark.parametrize(
    ('files', 'given', 'format_'),
    [
        (['set/meta/info.json', 'set/data/a.parquet'], 'set', 'lerobot'),
        (['set/dataset_info.json'], 'set', 'rlds'),
        (['set/1.0.0/dataset_info.json'], 'set', 'rlds'),
        (['set/chat.json'], 'set/chat.json', 'llava'),
        (['set/chat.jsonl'], 'set/chat.jsonl', 'llava'),
        (['set/data/train.parquet'], 'set', 'parquet'),
        (['set/train.parquet'], 'set/train.parquet', 'parquet'),
    ],
)
def test_formats_are_detected(tmp_path, files, given, format_):
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    assert detect_format(tmp_path / given) == format_


@pytest.mark.parametrize('name', ['', 'absent', 'notes.txt'])
def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path, name):
    (tmp_path / 'notes.txt').touch()
    with pytest.raises(BadData, match=r'meta/info.json \(lerobot\).*\.parquet'):
        detect_format(tmp_path / name)


def test_an_unreadable_data_set_ends_with_its_reason(in_tmp_path):
    with pytest.raises(SystemExit, match=r'BadData: .*nothing.* does not exist'):
        main(['nothing'])


def test_a_page_in_a_missing_folder_is_refused_before_reading(chat, capsys):
    with pytest.raises(SystemExit, match='2'):
        main([str(chat), '--out', 'absent/page.html'])
    assert 'there is no folder absent' in capsys.readouterr().err


def test_a_missing_camera_is_refused(carrots):
    with pytest.raises(SystemExit, match=r'BadData: .*top'):
        main([str(carrots), '--camera', 'top'])


@pytest.fixture
def bridge(in_tmp_path, rlds_bridge):
    """Three episodes as RLDS, in a folder below the current one."""
    return rlds_bridge


def test_the_summary_and_the_page_of_rlds_are_made(bridge, capsys):
    main([str(bridge.parent), '--episodes', '1'])
    out = capsys.readouterr().out
    assert out.startswith('bridge_orig (rlds)\n  episodes                     3\n')
    assert 'put the cup on the plate         2  66.7 %' in out
    assert Path('bridge_orig.inspect.html').read_text().count('data:image/jpeg') == 4


def test_cameras_cannot_be_chosen_for_rlds(bridge):
    with pytest.raises(SystemExit, match=r'BadData: .*cameras can only be chosen for lerobot'):
        main([str(bridge), '--camera', 'image_0'])


def test_a_data_set_with_another_name_is_inspected_with_its_transform(bridge, capsys):
    kitchen = bridge.parent.with_name('kitchen')
    bridge.parent.rename(kitchen)
    info = kitchen / bridge.name / 'dataset_info.json'
    info.write_text(info.read_text().replace('bridge', 'kitchen'))
    for path in (kitchen / bridge.name).glob('bridge*'):
        path.rename(path.with_name(path.name.replace('bridge', 'kitchen')))
    main([str(kitchen), '--episodes', '1', '--transform', 'bridge_orig'])
    assert capsys.readouterr().out.startswith('kitchen_dataset (rlds)')
