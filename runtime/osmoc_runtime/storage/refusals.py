"""What a store's refusal means, in one sentence, and whether asking again can help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from osmoc_runtime.storage.connections import Answer
from osmoc_runtime.storage.interface import StorageError

PASSING = frozenset(
    (
        "SlowDown",
        "ServiceUnavailable",
        "InternalError",
        "RequestTimeout",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "OperationAborted",
        "ConditionalRequestConflict",
        "BadDigest",
        "IncompleteBody",
        "XAmzContentChecksumMismatch",
    )
)
"""Codes that pass though their status says otherwise; the last three: what arrived is not what was sent."""
EXPIRED = frozenset(("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"))
SECRET = "the Secret of the object storage"


class Refused(StorageError):
    """The store answered, but not with success. `code`: its word, or empty."""

    def __init__(self, message: str, answer: Answer, code: str, *, permanent: bool) -> None:
        super().__init__(message, permanent=permanent)
        self.status = answer.status
        self.code = code


@dataclass(frozen=True, slots=True)
class Asked:
    """What was refused: `action` is GET, PUT, …; `object` is a url."""

    action: str
    endpoint: str
    bucket: str
    object: str


def element(answer: Answer, name: str) -> str:
    """The text of an element of the answer's XML, or nothing."""
    found = re.search(f"<{name}>([^<]*)</{name}>", answer.body.decode("utf-8", "replace"))
    return unescape(found[1]).strip() if found else ""


def other_region(answer: Answer) -> str:
    """Where the store refuses because the bucket is in another region: that one; else nothing."""
    code = element(answer, "Code")
    if answer.status in (301, 307) or code in (
        "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
    ):
        return answer.headers.get("x-amz-bucket-region", "") or element(answer, "Region")
    return ""


def refusal(answer: Answer, asked: Asked) -> Refused:
    """The failure to raise."""
    code = element(answer, "Code")
    passing = answer.status in (408, 429) or answer.status >= 500 or code in PASSING
    if not passing and (sentence := _sentence(answer, code, asked)):
        return Refused(sentence, answer, code, permanent=True)
    said = ": ".join(part for part in (code, element(answer, "Message")) if part)
    sentence = (
        f"the store at {asked.endpoint} answered {asked.action} of `{asked.object}` with {answer.status}"
    )
    return Refused(f"{sentence} {said}".rstrip(), answer, code, permanent=not passing)


def _sentence(answer: Answer, code: str, asked: Asked) -> str:
    if code in EXPIRED:
        return f"the session token has expired: renew `session-token` in {SECRET}"
    match code:
        case "NoSuchBucket" | "InvalidBucketName":
            what = "does not exist" if code == "NoSuchBucket" else "cannot exist"
            return (
                f"the bucket `{asked.bucket}` {what} at {asked.endpoint}: create it, or name another in the "
                f"url or in `url` of {SECRET}"
            )
        case "NoSuchKey":
            return f"there is no object `{asked.object}` at {asked.endpoint}"
        case "InvalidAccessKeyId":
            return (
                f"the store at {asked.endpoint} knows no such access key: correct `access-key-id` in {SECRET}"
            )
        case "SignatureDoesNotMatch":
            return (
                f"the store at {asked.endpoint} does not accept the signature: correct `secret-access-key` "
                f"in {SECRET}; it does not belong to its `access-key-id`"
            )
        case "RequestTimeTooSkewed":
            return (
                f"the clock of this machine is too far from that of the store at {asked.endpoint} "
                f"(`{answer.headers.get('date', 'unknown')}`): set the node's clock"
            )
        case "AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect":
            return (
                f"the bucket `{asked.bucket}` is not in the region or at the endpoint that was asked "
                f"({asked.endpoint}): correct `region` and `endpoint` in {SECRET}"
            )
    if answer.status in (401, 403):
        return (
            f"the store at {asked.endpoint} forbids {asked.action} of `{asked.object}`"
            f"{f' ({code})' if code else ''}: look whether the bucket exists and the access key may do this, "
            f"or put another into {SECRET}"
        )
    return ""
