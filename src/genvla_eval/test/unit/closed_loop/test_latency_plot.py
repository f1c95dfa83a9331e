# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import cv2
import numpy as np

from genvla_eval.closed_loop.latency_plot import latency_plot


def test_the_plot_is_an_image_that_is_not_empty():
    reports = [
        {
            'execution': way,
            'latency_s': latency_s,
            'episodes': 10,
            'successes': 5,
            'velocity_change': 1.0,
        }
        for way in ('commit', 'replace')
        for latency_s in (0.0, 0.4)
    ]
    picture = cv2.imdecode(np.frombuffer(latency_plot(reports), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[0] > 300
    assert picture.std() > 5
