"""Our signatures are those of botocore, which is the oracle."""

from __future__ import annotations

from calendar import timegm
from time import strptime
from urllib.parse import urlsplit

import botocore.credentials
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.utils import percent_encode
from hypothesis import example, given, settings
from hypothesis import strategies as st

from osmoc_runtime.storage.signature import Credentials, Request, Signer

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
WORD = st.text("abcXYZ019+/=-_.", min_size=1, max_size=20)


def by_botocore(
    request: Request, region: str, credentials: Credentials, query: dict[str, str]
) -> tuple[str, float]:
    """The Authorization header, and the time that it was made for."""
    url = f"https://{request.host}{percent_encode(request.path, safe='/~')}"
    signed = AWSRequest(request.method, url, headers=dict(request.headers), params=query)
    signed.context["client_config"] = Config(s3={"payload_signing_enabled": False})
    keys = botocore.credentials.Credentials(
        credentials.access_key_id, credentials.secret_access_key, credentials.session_token or None
    )
    S3SigV4Auth(keys, "s3", region).add_auth(signed)
    now = timegm(strptime(signed.context["timestamp"], "%Y%m%dT%H%M%SZ"))
    return signed.headers["Authorization"], float(now)


@settings(max_examples=100, deadline=None)
@given(
    method=st.sampled_from(["GET", "PUT", "HEAD", "POST"]),
    key=TEXT,
    query=st.dictionaries(TEXT.filter(bool), TEXT, max_size=3),
    region=st.sampled_from(["us-east-1", "eu-west-3"]),
    secret=WORD,
    token=st.just("") | WORD,
    checksum=st.just("") | WORD,
)
@example(
    "GET", "a b+c~d/é/../\U0001f600/./x//%2F", {"prefix": "a b+~/é&=", "list-type": "2"}, "a", "s", "", ""
)
@example("PUT", "/lead?and#", {"uploads": ""}, "a", "s", "token", "AAAAAA==")
def test_every_request_is_signed_as_botocore_does(
    method: str, key: str, query: dict[str, str], region: str, secret: str, token: str, checksum: str
) -> None:
    headers = [("x-amz-checksum-crc32", checksum)] if checksum else []
    request = Request(method, "store.example:9000", f"/lab/{key}", tuple(query.items()), headers)
    credentials = Credentials("id", secret, token)

    expected, now = by_botocore(request, region, credentials, query)

    head = Signer(region).head(request, credentials, now).decode()
    assert f"authorization: {expected}\r\n" in head


def test_what_is_sent_is_what_was_signed() -> None:
    request = Request("GET", "h", "/lab/a b+é", [("prefix", "x y"), ("delimiter", "/")])

    line = Signer("r").head(request, Credentials("id", "s"), 0.0).decode().splitlines()[0]

    assert line == "GET /lab/a%20b%2B%C3%A9?delimiter=%2F&prefix=x%20y HTTP/1.1"
    assert urlsplit(line.split()[1]).path == "/lab/a%20b%2B%C3%A9"


def test_the_key_of_the_day_is_kept_for_that_day_and_secret_only() -> None:
    signer, request, day = Signer("r"), Request("GET", "h", "/"), 86400.0

    def head(secret: str, now: float) -> bytes:
        return signer.head(request, Credentials("id", secret), now)

    one = head("a", 0.0)

    assert head("a", day) != one
    assert head("b", 0.0) != one
    assert head("a", 0.0) == one == Signer("r").head(request, Credentials("id", "a"), 0.0)


def test_secrets_are_not_in_what_credentials_show() -> None:
    assert "hidden" not in repr(Credentials("id", "hidden", "hidden too"))
