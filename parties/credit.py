"""Ask the public credit registers (信用中国, 中国政府采购网) about an organisation: the interface, and what stands behind it.

`settings.CREDIT_SOURCE` names the class that answers. `RecordedAnswers` gives answers from a file, for demonstrations and
where no line to the registers exists; a class that asks them over the network has the same one method.
Source: 财库〔2016〕125号.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from core.errors import Refused, gettext_noop
from parties.states import Register


class CreditUnavailable(Refused):
    """The registers gave no answer that can be read, or no line to them is set up."""

    code = "credit-unavailable"
    title = gettext_noop("The credit registers cannot be asked now")
    status = 503


@dataclass(frozen=True)
class Answer:
    """What the registers said: which of them list the organisation, and their words as they came."""

    source: str
    listed: tuple[Register, ...]
    body: dict[str, Any]


class CreditSource(Protocol):
    """One line to the registers."""

    def ask(self, credit_code: str, name: str) -> Answer:
        """Ask about one organisation. Raises CreditUnavailable."""


class RecordedAnswers:
    """Answers that were recorded in the file `settings.CREDIT_ANSWERS_FILE`; whom it does not name is on no list.

    The file: `{"recorded_on": day, "entries": {credit code: [{"register": …, "since": day, "text": …}]}}`.
    """

    def ask(self, credit_code: str, name: str) -> Answer:
        """Give what the file says of this credit code. Raises CreditUnavailable for a file that cannot be read."""
        try:
            said = json.loads(Path(settings.CREDIT_ANSWERS_FILE).read_text(encoding="utf-8"))
            rows = said["entries"].get(credit_code, [])
            listed = tuple(dict.fromkeys(Register(row["register"]) for row in rows))
            day = str(said["recorded_on"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CreditUnavailable(
                gettext_noop(
                    "The file of recorded answers cannot be read. Tell whoever operates the site, or enter what you found "
                    "by hand."
                )
            ) from error
        return Answer(gettext_noop("recorded answers"), listed, {"recorded_on": day, "entries": rows})


def source() -> CreditSource | None:
    """Give the line to the registers that is set up, or None."""
    return import_string(settings.CREDIT_SOURCE)() if settings.CREDIT_SOURCE else None
