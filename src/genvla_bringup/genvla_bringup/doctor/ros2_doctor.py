# Copyright 2026 genvla contributors
# SPDX-License-Identifier: Apache-2.0
"""Offer the same checks to `ros2 doctor`, through the entry points ros2doctor.checks."""

from __future__ import annotations

from ros2doctor.api import DoctorCheck, Result
from ros2doctor.api.format import doctor_error

from genvla_bringup.doctor.machine import Machine
from genvla_bringup.doctor.machine_checks import check_machine
from genvla_command.findings import Finding


class GenvlaCheck(DoctorCheck):
    """Checks whether this computer can run a robot; `genvla doctor` checks the running nodes."""

    def category(self) -> str:
        """Return the name of the check in the report."""
        return 'genvla'

    def check(self) -> Result:
        """Check this computer."""
        return to_result(check_machine(Machine.look()))


def to_result(findings: list[Finding]) -> Result:
    """Print the problems, and return the verdict."""
    result = Result()
    for finding in findings:
        if finding.objection:
            doctor_error(f'{finding.what}: {finding.measured}; {finding.objection}')
            result.add_error()
    return result
