# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Images in, chunks out: each new image once, with its own stamp."""

from __future__ import annotations

from rclpy.lifecycle import TransitionCallbackReturn


def test_the_stamp_of_the_image_goes_into_the_chunk_to_the_nanosecond(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(100, nanosec=123_456_789)
    bench.wait_for_chunks(1)
    stamp = bench.chunks[0].header.stamp
    assert (stamp.sec, stamp.nanosec) == (100, 123_456_789)


def test_a_chunk_names_its_instruction_checkpoint_and_frame(bench):
    bench.activate(instruction=' pick the carrot ', base_frame='left/base_link')
    bench.show()
    bench.wait_for_chunks(1)
    chunk = bench.chunks[0]
    assert (chunk.header.frame_id, chunk.instruction) == ('left/base_link', 'pick the carrot')
    assert (chunk.sequence, chunk.checkpoint, len(chunk.actions)) == (0, 'fake', 1)


def test_the_policy_receives_the_image_as_rgb(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(encoding='bgr8', data=bytes([1, 2, 3] * 4))
    bench.wait_for_inferences(1)
    assert bench.policy.observations[0].images[0][0, 0].tolist() == [3, 2, 1]


def test_the_same_image_is_not_answered_twice(bench):
    bench.activate(instruction='pick the carrot')
    bench.show()
    bench.wait_for_chunks(1)
    bench.show()
    bench.graph.spin_for(0.2)
    assert len(bench.policy.observations) == 1


def test_an_image_within_the_control_period_is_skipped(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(100.0)
    bench.wait_for_chunks(1)
    bench.show(100.1)
    bench.graph.spin_for(0.1)
    bench.show(100.2)
    bench.wait_for_chunks(2)
    assert [o.stamp_s for o in bench.policy.observations] == [100.0, 100.2]


def test_inference_rate_hz_sets_the_rate(bench):
    bench.activate(instruction='pick the carrot', inference_rate_hz=10.0)
    for number, stamp_s in enumerate([100.0, 100.1, 100.2], start=1):
        bench.show(stamp_s)
        bench.wait_for_chunks(number)
    assert [chunk.sequence for chunk in bench.chunks] == [0, 1, 2]


def test_an_old_image_is_not_answered(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(99.4)
    bench.graph.spin_for(0.2)
    assert bench.policy.observations == []
    assert {v.key: v.value for v in bench.status().values}['stale_images'] == '1'


def test_an_image_from_the_future_is_not_answered(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(100.6)
    bench.graph.spin_for(0.2)
    assert bench.policy.observations == []


def test_images_are_answered_again_after_a_pause_of_2_s(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(100)
    bench.wait_for_chunks(1)
    bench.set_time(102)
    bench.graph.spin_for(0.2)
    assert len(bench.chunks) == 1
    bench.show(102)
    bench.wait_for_chunks(2)


def test_no_inference_runs_without_an_instruction(bench):
    bench.activate()
    bench.show()
    bench.graph.spin_for(0.2)
    assert bench.policy.observations == []


def test_no_inference_runs_while_inactive(bench):
    bench.configure(instruction='pick the carrot')
    bench.show()
    bench.graph.spin_for(0.2)
    assert bench.policy.observations == []


def test_an_answer_is_dropped_if_the_node_is_deactivated_meanwhile(bench):
    bench.activate(instruction='pick the carrot')
    bench.policy.gate.clear()
    bench.show()
    bench.wait_for_inferences(1)
    assert bench.node.trigger_deactivate() == TransitionCallbackReturn.SUCCESS
    bench.policy.gate.set()
    bench.graph.spin_for(0.2)
    assert bench.chunks == []


def test_chunks_are_counted_from_zero_after_reactivation(bench):
    bench.activate(instruction='pick the carrot')
    bench.show(100.0)
    bench.wait_for_chunks(1)
    bench.node.trigger_deactivate()
    bench.node.trigger_activate()
    bench.show(100.3)
    bench.wait_for_chunks(2)
    assert [chunk.sequence for chunk in bench.chunks] == [0, 0]
