# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Subscriptions to one camera, or to several whose images are synchronised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import copy
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CompressedImage, Image

from genvla_node.qos import SENSOR
from genvla_node.stamps import seconds_from_stamp
from genvla_policy.ros.image_conversion import image_type
from genvla_policy.ros.observation_buffer import Frame

# Frames kept per camera while waiting for their partners: a third of a second at 30 Hz.
_SYNC_QUEUE = 10


class SynchronizerMissing(RuntimeError):
    """Several cameras are configured, but message_filters is not installed."""


class ImageSubscriptions:
    """Calls back with a Frame whenever every camera has a new image."""

    def __init__(
        self,
        node: Node,
        topics: Sequence[str],
        on_frame: Callable[[Frame], None],
        *,
        slop_s: float,
        callback_group: CallbackGroup,
    ) -> None:
        """Subscribe to the topics.

        Args:
            node: The node that owns the subscriptions.
            topics: One per camera; a name that ends in /compressed is a CompressedImage.
            on_frame: Called in `callback_group`, with the images in the order of `topics`.
            slop_s: Stamps within a frame differ by less than this [s].
            callback_group: Callback group that receives the images.

        Raises:
            SynchronizerMissing: There are several topics, and message_filters is not installed.
        """
        self._node = node
        self._on_frame = on_frame
        self._group = callback_group
        self._subscriptions: list[Any] = []
        if len(topics) == 1:
            self._subscriptions.append(
                node.create_subscription(
                    image_type(topics[0]), topics[0], self._receive, **self._options()
                )
            )
        else:
            self._synchronize(topics, slop_s)

    def destroy(self) -> None:
        """Unsubscribe."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()

    def _synchronize(self, topics: Sequence[str], slop_s: float) -> None:
        try:
            import message_filters
        except ImportError as error:
            raise SynchronizerMissing(
                f'image_topics names {len(topics)} cameras ({", ".join(topics)}), and combining '
                'their images needs message_filters, which is not installed; install '
                'ros-$ROS_DISTRO-message-filters, or use a checkpoint for one camera'
            ) from error
        filters = [
            message_filters.Subscriber(self._node, image_type(topic), topic, **self._options())
            for topic in topics
        ]
        self._subscriptions.extend(each.sub for each in filters)
        self._synchronizer = message_filters.ApproximateTimeSynchronizer(
            filters, _SYNC_QUEUE, slop_s
        )
        self._synchronizer.registerCallback(self._receive)

    def _options(self) -> dict[str, Any]:
        return {
            # A copy, because overriding options are written into the profile.
            'qos_profile': copy.copy(SENSOR),
            'callback_group': self._group,
            'qos_overriding_options': QoSOverridingOptions.with_default_policies(),
        }

    def _receive(self, *messages: Image | CompressedImage) -> None:
        oldest = min(
            (message.header.stamp for message in messages),
            key=lambda stamp: (stamp.sec, stamp.nanosec),
        )
        self._on_frame(Frame(messages, oldest, seconds_from_stamp(oldest)))
