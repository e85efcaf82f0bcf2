"""When the store itself fails: a refusal that says what to do, instead of an error of the server."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from core import clock
from core.errors import Refused, gettext_noop

log = logging.getLogger(__name__)
_CLIENTS = frozenset({"botocore", "boto3", "s3transfer", "urllib3"})
APART = timedelta(minutes=10)
"""S3 refuses requests that are a quarter of an hour from its own time."""
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestExpired"})


class StoreUnavailable(Refused):
    """The store of files does not answer, or refuses for a reason that is not the reader's."""

    code = "store-unavailable"
    title = gettext_noop("The store of files does not answer")
    status = 503


class StoreClockWrong(StoreUnavailable):
    """The store refuses since this server's clock and its own are too far apart."""

    code = "store-clock-wrong"
    title = gettext_noop("The server's clock is wrong, and its store refuses it")


@contextmanager
def told() -> Iterator[None]:
    """Turn a failure of the store inside into StoreUnavailable or StoreClockWrong; a missing object stays FileNotFoundError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__module__.partition(".")[0] not in _CLIENTS:
            raise
        log.exception("the store failed")
        if _codes(error) & _SKEWED:
            raise StoreClockWrong(
                gettext_noop(
                    "Nothing was lost, and what has arrived stays. The operator has to set the clock right; "
                    "then go on where you stopped."
                )
            ) from error
        raise StoreUnavailable(
            gettext_noop(
                "Nothing was lost, and what has arrived stays. Go on in a few minutes; if it lasts, tell the operator."
            )
        ) from error


def _far(answered: dict[str, Any]) -> bool:
    """Whether a refusal without words (to HEAD there are none) came from a server whose clock is far from this one's."""
    if answered.get("HTTPStatusCode") != 403:
        return False
    try:
        theirs = parsedate_to_datetime(answered.get("HTTPHeaders", {}).get("date", ""))
    except (TypeError, ValueError):
        return False
    return abs(theirs - clock.now()) > APART


def _codes(error: BaseException | None) -> set[str]:
    """The codes that an S3 server gave, in the error or in what it came from."""
    found: set[str] = set()
    while error is not None:
        response = getattr(error, "response", None)
        if isinstance(response, dict):
            found.add(str(response.get("Error", {}).get("Code", "")))
            found |= _SKEWED if _far(response.get("ResponseMetadata", {})) else set()
        found |= {code for code in _SKEWED if code in str(error)}
        error = error.__cause__ or error.__context__
    return found
