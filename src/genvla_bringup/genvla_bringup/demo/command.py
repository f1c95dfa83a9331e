# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Run the whole loop in the simulator, record it, and write a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
import json
from pathlib import Path
import sys
from typing import Any

from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

from genvla_bags.bag_messages import BagError
from genvla_bringup.demo import demo_options
from genvla_bringup.demo.episode_bag import read_episode, read_frames
from genvla_bringup.demo.figures import pick_evenly
from genvla_bringup.demo.processes import ProcessDied
from genvla_bringup.demo.progress import Progress
from genvla_bringup.demo.report import render_report, strip_times
from genvla_bringup.demo.session import Plan, record_session
from genvla_bringup.demo.summary import installed_versions, summarize
from genvla_bringup.demo.video import write_video
from genvla_command.command_line import interrupt_when_terminated
from genvla_node.service_calls import NotReached
from genvla_policy.images.camera_image import ImageConversionError


class DemoFailed(RuntimeError):
    """The demo cannot continue; the message says why and what to do."""


def main(args: Sequence[str] | None = None) -> int:
    """Run the demo; print the summary as the last line of stdout, everything else to stderr."""
    options = demo_options.parse_options(args)
    interrupt_when_terminated()
    progress = Progress(sys.stderr)
    try:
        summary = run_demo(options, progress)
    except (BagError, DemoFailed, ImageConversionError, NotReached, OSError, ProcessDied) as error:
        progress.say(f'demo failed: {error}')
        return 1
    except KeyboardInterrupt:
        progress.say('interrupted; all nodes are stopped')
        return 130
    print(json.dumps(summary), flush=True)
    return 0


def run_demo(options: demo_options.DemoOptions, progress: Progress) -> dict[str, Any]:
    """Run the demo, record it, write the report, and return the summary.

    Raises:
        BagError, DemoFailed, ImageConversionError, NotReached, ProcessDied: With a message for the
            terminal.
    """
    folder = new_run_folder(options.out, datetime.now())
    progress.say(f'writing {folder}')
    plan = Plan(
        task=options.task,
        seed=options.seed,
        instructions=demo_options.instructions(options),
        checkpoint=options.checkpoint,
        duration_s=options.duration,
    )
    record_session(
        plan,
        config_folder=config_folder(),
        bag=folder / 'bag',
        logs=folder / 'log',
        progress=progress,
    )
    progress.say('writing the video and the report')
    summary = write_results(folder, task=options.task)
    if summary['stopped_s']:
        progress.say(
            f'the arm was halted for {summary["stopped_s"]:.1f} of {summary["duration_s"]:.1f} s'
        )
    for each in summary['lifted']:
        progress.say(f'instruction "{each["instruction"]}": lifted {in_words(each["objects"])}')
    if not summary['trained']:
        progress.say('the weights are RANDOM: the loop is real, but the behaviour is meaningless')
    progress.say(f'see {folder / "report.html"}')
    point_latest_to(folder)
    return summary


def write_results(folder: Path, *, task: str) -> dict[str, Any]:
    """Write episode.mp4, summary.json and report.html from the bag in a run's folder.

    Raises:
        BagError: The bag cannot be read, or lacks data that the results need.
        ImageConversionError: A camera image has an unsupported encoding.
    """
    bag = folder / 'bag'
    episode = read_episode(bag)
    span_s = (episode.start_s, episode.end_s)
    summary = summarize(episode, task=task, versions=installed_versions())
    write_video(episode, read_frames(bag, *span_s), folder / 'episode.mp4')
    pictures = pick_evenly(read_frames(bag, *span_s), strip_times(episode))
    (folder / 'report.html').write_text(render_report(episode, summary, pictures))
    (folder / 'summary.json').write_text(json.dumps(summary, indent=2) + '\n')
    return summary


def new_run_folder(out: Path, now: datetime) -> Path:
    """Create the folder of a run, named after the run's start time.

    Raises:
        DemoFailed: The folder cannot be created.
    """
    folder = out / now.strftime('%Y-%m-%d_%H-%M-%S')
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise DemoFailed(f'cannot create {folder}: {error.strerror}') from error
    return folder


def point_latest_to(folder: Path) -> None:
    """Point the link `latest`, next to a run's folder, to that folder."""
    link = folder.parent / 'latest'
    fresh = folder.parent / f'.latest-{folder.name}'
    fresh.symlink_to(folder.name)
    fresh.replace(link)


def config_folder() -> Path:
    """Return the folder of the parameter files: next to the source if there, else installed."""
    beside = Path(__file__).parents[2] / 'config'
    if beside.is_dir():
        return beside
    try:
        return Path(get_package_share_directory('genvla_bringup')) / 'config'
    except PackageNotFoundError as error:
        raise DemoFailed(
            'genvla_bringup is not installed: run colcon build and source install/setup.bash'
        ) from error


def in_words(things: Sequence[str]) -> str:
    """Return what was lifted and how often, such as "the carrot (2 times), the knife"."""
    counts = Counter(things).items()
    words = [f'the {thing} ({n} times)' if n > 1 else f'the {thing}' for thing, n in counts]
    return ', '.join(words) or 'nothing'
