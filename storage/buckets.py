"""The S3 store, with one session of boto3 for the whole process."""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

import boto3
from storages.backends.s3 import S3Storage

_making = threading.Lock()


@cache
def _session(key: str | None, secret: str | None, token: str | None) -> boto3.Session:
    return boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token)


class Bucket(S3Storage):  # type: ignore[misc]  # it has no types
    """Keeps objects in a bucket, as django-storages does.

    There, each thread makes a session of its own, which reads the description of the whole service: a tenth of a second
    of work, for every request where a server gives each a thread.  What a session gives is for one thread alone as ever.
    """

    @property
    def connection(self) -> Any:
        """This thread's connection; a session makes one at a time."""
        if getattr(self._connections, "connection", None) is None:
            with _making:
                return super().connection
        return super().connection

    def _create_session(self) -> boto3.Session:
        if self.session_profile:
            made: boto3.Session = super()._create_session()
            return made
        return _session(self.access_key, self.secret_key, self.security_token)
