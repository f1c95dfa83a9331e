# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from genvla_bringup.demo.domain import free_domain_id


def test_two_domains_differ():
    with free_domain_id() as one, free_domain_id() as other:
        assert one != other


def test_an_error_of_the_run_passes_through():
    with pytest.raises(OSError, match='disk full'), free_domain_id():
        raise OSError('disk full')
