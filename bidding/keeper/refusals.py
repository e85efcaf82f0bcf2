"""What a keeper answers when it does not do what was asked."""

from __future__ import annotations

STATUS = {
    "bad-request": 400,
    "malformed": 422,
    "not-yet": 404,
    "wrong-log": 409,
    "too-many": 429,
    "too-large": 413,
    "no-trust": 503,
    "log-unreachable": 503,
    "log-behind": 503,
    "log-forked": 503,
    "clock-differs": 503,
    "clock-behind": 503,
}


class KeeperRefusal(Exception):
    """A request that this keeper does not fulfil; `code` is stable (ENTRIES.md), the text is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail

    @property
    def status(self) -> int:
        """The HTTP status; 409 where nothing else is said."""
        return STATUS.get(self.code, 409)

    def to_json(self) -> dict[str, object]:
        """Problem details (RFC 9457); a denied release also carries its decision."""
        problem: dict[str, object] = {
            "type": "about:blank",
            "title": "The keeper refuses",
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
        }
        return problem | ({"decision": "deny", "reason": self.detail} if self.code == "denied" else {})
