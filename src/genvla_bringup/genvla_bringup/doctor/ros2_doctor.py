# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""The same checks for `ros2 doctor`, which finds them as entry points of ros2doctor.checks."""

from __future__ import annotations

from ros2doctor.api import DoctorCheck, Result
from ros2doctor.api.format import doctor_error

from genvla_bringup.doctor.machine import Machine
from genvla_bringup.doctor.machine_checks import check_machine
from genvla_command.findings import Finding


class GenvlaCheck(DoctorCheck):
    """Whether this computer can run a robot; what runs is for `genvla doctor`."""

    def category(self) -> str:
        """Return the name of the check in the report."""
        return 'genvla'

    def check(self) -> Result:
        """Look at this computer."""
        return to_result(check_machine(Machine.look()))


def to_result(findings: list[Finding]) -> Result:
    """Print what is wrong, and return the verdict."""
    result = Result()
    for finding in findings:
        if finding.objection:
            doctor_error(f'{finding.what}: {finding.measured}; {finding.objection}')
            result.add_error()
    return result
