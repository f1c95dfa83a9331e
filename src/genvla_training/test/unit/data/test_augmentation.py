# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""What changes between data and model."""

import numpy as np

from genvla_training.data.augmentation import paraphrase


def test_paraphrases_keep_the_things():
    texts = {
        paraphrase('Put the carrot on the blue plate', np.random.default_rng(k)) for k in range(40)
    }
    assert len(texts) > 8
    assert all('the carrot on the blue plate' in text for text in texts)
