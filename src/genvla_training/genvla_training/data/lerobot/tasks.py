# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Read and write the tasks of a LeRobotDataset: the instructions to the robot, by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from genvla_training.data.episode import BadData
from genvla_training.data.lerobot.columns import whole_numbers
from genvla_training.data.lerobot.json_lines import read_lines
from genvla_training.data.lerobot.layout import TASKS
from genvla_training.data.lerobot.unreadable import must_be_readable

TASK_LINES = Path('meta/tasks.jsonl')
_SOURCE = 'the list of tasks'
# '__index_level_0__' is the name that pandas gives an unnamed index.
_TEXT_COLUMNS = ('task', '__index_level_0__')


def read_tasks(folder: Path, version: str) -> Mapping[int, str]:
    """Read the tasks of a data set of any supported version.

    Raises:
        BadData: The tasks are missing or unreadable.
    """
    if version != 'v3.0':
        lines = read_lines(folder / TASK_LINES, {'task_index': int, 'task': object})
        return {int(line['task_index']): str(line['task'] or '') for line in lines}
    path = folder / TASKS
    with must_be_readable(path, _SOURCE), pq.ParquetFile(path) as file:
        table = file.read()
    text = next((name for name in _TEXT_COLUMNS if name in table.column_names), None)
    if text is None or 'task_index' not in table.column_names:
        raise BadData(f'{path} has the columns {table.column_names}, expected task and task_index')
    numbers = whole_numbers(table, 'task_index', str(path)).tolist()
    texts = [str(task or '') for task in table.column(text).to_pylist()]
    return dict(zip(numbers, texts, strict=True))


def write_tasks(folder: Path, tasks: Sequence[str]) -> None:
    """Write the tasks of a v3.0 data set, numbered in their order.

    Upstream reads the file with pandas and looks tasks up in its index. The file's metadata
    therefore declares the text column as the index.
    """
    columns = [_described('task_index', 'int64', 'int64'), _described('task', 'unicode', 'object')]
    pandas = {
        'index_columns': ['task'],
        'column_indexes': [],
        'columns': columns,
        'pandas_version': '2.2.0',
    }
    table = pa.table(
        {
            'task_index': pa.array(range(len(tasks)), pa.int64()),
            'task': pa.array(tasks, pa.string()),
        }
    ).replace_schema_metadata({'pandas': json.dumps(pandas)})
    (folder / TASKS).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / TASKS, compression='snappy')


def _described(name: str, pandas_type: str, numpy_type: str) -> dict[str, str | None]:
    return {
        'name': name,
        'field_name': name,
        'pandas_type': pandas_type,
        'numpy_type': numpy_type,
        'metadata': None,
    }
