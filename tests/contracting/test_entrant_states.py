"""Every status and verb of an entry is allowed once or refused."""

from __future__ import annotations

import pytest

from contracting.states import (
    AGREEMENT_STEPS,
    ENTRANT_STEPS,
    ENTRY_APPLICATION_STEPS,
    AgreementStatus,
    EntrantStatus,
    EntryApplicationStatus,
)
from core.errors import WrongState
from core.transitions import Step, follow


@pytest.mark.parametrize(
    ("steps", "statuses", "first"),
    [
        (ENTRANT_STEPS, tuple(EntrantStatus), EntrantStatus.NAMED),
        (AGREEMENT_STEPS, tuple(AgreementStatus), AgreementStatus.DRAFT),
        (ENTRY_APPLICATION_STEPS, tuple(EntryApplicationStatus), EntryApplicationStatus.APPLIED),
    ],
)
def test_every_status_and_verb_is_allowed_once_or_refused(
    steps: tuple[Step, ...], statuses: tuple[str, ...], first: str
) -> None:
    pairs = [(str(source), step.verb) for step in steps for source in step.sources]
    assert len(pairs) == len(set(pairs))
    assert {str(step.target) for step in steps} | {str(first)} == {str(status) for status in statuses}
    for status in statuses:
        for verb in {step.verb for step in steps}:
            if (str(status), verb) in pairs:
                assert follow(steps, status, verb).target in statuses
            else:
                with pytest.raises(WrongState):
                    follow(steps, status, verb)
