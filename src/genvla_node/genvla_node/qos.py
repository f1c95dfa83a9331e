# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Quality of service by purpose: every publisher and subscription uses one of these profiles."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy

# Subscribers of cameras and joint states: only the newest sample matters. A reliable reader that
# falls behind would receive old images from the writer's queue.
SENSOR = QoSProfile(
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
)

# Messages that must arrive once and in order: chunks, joint commands, poses. Depth 10 covers an
# interruption of two seconds at 5 Hz; older commands are worthless.
COMMAND = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
)

# State that a late subscriber needs at once: the current instruction, the bridge's state.
STATUS_LATCHED = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
)

# The same, for a subscriber that must not miss a short-lived state.
EVERY_STATUS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
    history=HistoryPolicy.KEEP_LAST,
    depth=20,
)

# Moving frames, as tf2's broadcasters publish them; static frames use STATUS_LATCHED.
TRANSFORMS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=100,
)

# Steps that the bridge executes: a policy that joins late must know which slot is next.
SLOTS = QoSProfile(
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.TRANSIENT_LOCAL,
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
)

# Heartbeats: an old one must never be mistaken for a new one.
HEARTBEAT = QoSProfile(
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=1,
)

# Heartbeats of several nodes of one name: the newest one of each must survive until it is read.
HEARTBEATS = QoSProfile(
    reliability=ReliabilityPolicy.BEST_EFFORT,
    durability=DurabilityPolicy.VOLATILE,
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
)

# Profiles of the drivers' publishers (usb_cam: reliable, keep last 100; xs_sdk: reliable, keep
# last 10), for the simulated drivers that must match them.
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
