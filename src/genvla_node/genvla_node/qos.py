# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service by purpose: every publisher and subscription names one of these."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

# Cameras and joint states, receiving side: only the newest sample matters, and a reliable reader
# that falls behind would be served old pictures from the writer's queue.
SENSOR = QoSProfile(
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
)

# What must arrive once and in order: chunks, joint commands, poses. Depth 10 rides out a hiccup of
# two seconds at 5 Hz; older commands are worth nothing.
COMMAND = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
)

# State that a late joiner must see at once: the instruction in force, the bridge's state.
STATUS_LATCHED = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
)

# The same for a subscriber that must not miss what lasted for a moment.
EVERY_STATUS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
    history=HistoryPolicy.KEEP_LAST,
    depth=20,
)

# Frames that move, as tf2's broadcasters publish them; those that do not are STATUS_LATCHED.
TRANSFORMS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=100,
)

# What the bridge executes: a policy that joins late has to know which slot is next.
SLOTS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
)

# Signs of life: an old one must never be mistaken for a new one.
HEARTBEAT = QoSProfile(
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
)

# What drivers publish (usb_cam: reliable, keep last 100; xs_sdk: reliable, keep last 10), for the
# stand-ins that must offer the same.
USB_CAM = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=100,
)
XS_SDK = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
)
