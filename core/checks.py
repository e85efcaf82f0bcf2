"""Deployment checks: what a test may do, production may not."""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register


@register(Tags.security, deploy=True)
def no_test_clock(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Refuse a movable clock in production."""
    if os.environ.get("TEST_CLOCK") == "1":
        return [
            Error("TEST_CLOCK=1: the clock can be moved by a file", hint="Unset TEST_CLOCK.", id="core.E001")
        ]
    return []


@register(Tags.security, deploy=True)
def no_demonstration(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Refuse the demonstration, whose mail anybody may read, in production."""
    if settings.DEMONSTRATION:
        return [
            Error(
                "DEMONSTRATION=1: everybody's mail is public at /demo/mail",
                hint="Unset DEMONSTRATION.",
                id="core.E003",
            )
        ]
    return []


@register(Tags.security, deploy=True)
def somebody_answers(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Refuse a platform in production that does not say who runs it and how help is reached."""
    told = settings.OPERATOR
    if told["name"] and (told["phone"] or told["email"]):
        return []
    return [
        Error(
            "Nobody is named who runs this platform and can be asked for help",
            hint="Set OPERATOR_NAME, and OPERATOR_PHONE or OPERATOR_EMAIL.",
            id="core.E004",
        )
    ]


@register(Tags.security, deploy=True)
def no_sandbox(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Refuse the sandbox law pack, whose periods run in seconds, in production."""
    if settings.SANDBOX:
        return [Error("SANDBOX=1: periods run in seconds", hint="Unset SANDBOX.", id="core.E002")]
    return []
