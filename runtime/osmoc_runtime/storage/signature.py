"""AWS Signature Version 4 for S3: the head of a request, signed.

Bodies are not part of the signature (UNSIGNED-PAYLOAD): a checksum that is part of it guards them.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

PAYLOAD = "UNSIGNED-PAYLOAD"

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Credentials:
    """`expires`: seconds since 1970, or infinity."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    expires: float = float("inf")


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is not yet percent-encoded. `headers` in lower case; `host` with a port that is unusual."""

    method: str
    host: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()


class Signer:
    """Signs for one region; keeps the key that is derived anew for every day."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._derived: tuple[tuple[str, str], bytes] = (("", ""), b"")

    def head(self, request: Request, credentials: Credentials, now: float) -> bytes:
        """Request line and headers, up to and with the empty line. `now`: seconds since 1970."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        path = quote(request.path, safe="/~")
        query = canonical_query(request.query)
        headers = [*request.headers, ("host", request.host)]
        headers += [("x-amz-content-sha256", PAYLOAD), ("x-amz-date", stamp)]
        if credentials.session_token:
            headers.append(("x-amz-security-token", credentials.session_token))
        # Proxies may change other headers on the way, so only these are signed.
        signed = sorted(
            pair for pair in headers if pair[0].startswith(("x-amz-", "x-goog-")) or pair[0] in SIGNED
        )
        names = ";".join([name for name, _ in signed])
        lines = "".join([f"{name}:{value}\n" for name, value in signed])
        canonical = f"{request.method}\n{path}\n{query}\n{lines}\n{names}\n{PAYLOAD}"
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
        signature = hmac.digest(self._key(credentials, stamp[:8]), text.encode(), "sha256").hex()
        written = "".join([f"{name}: {value}\r\n" for name, value in headers])
        return (
            f"{request.method} {path}{'?' if query else ''}{query} HTTP/1.1\r\n{written}"
            f"authorization: AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}\r\naccept-encoding: identity\r\n\r\n"
        ).encode()

    def _key(self, credentials: Credentials, day: str) -> bytes:
        made_of, key = self._derived
        if made_of != (credentials.secret_access_key, day):
            key = f"AWS4{credentials.secret_access_key}".encode()
            for part in (day, self.region, "s3", "aws4_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._derived = (credentials.secret_access_key, day), key
        return key


SIGNED = ("host", "content-md5")


def canonical_query(query: Pairs) -> str:
    """The query as it is signed and sent."""
    encoded = [(quote(name, safe="~"), quote(value, safe="~")) for name, value in query]
    return "&".join([f"{name}={value}" for name, value in sorted(encoded)])
