"""Keys that clouds lend, from small servers that answer as theirs do."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from osmoc_runtime.storage.credentials import Borrowed
from osmoc_runtime.storage.interface import StorageError
from osmoc_runtime.storage.opening import Settings, open_location
from osmoc_runtime.storage.signature import Credentials
from tests.unit.runtime.storage.answering import Answering, Asked, Memory, Reply, answering, refusal


def lent(number: int = 1, seconds: float = 3600, token: str = "Token") -> dict[str, str]:
    end = datetime.fromtimestamp(int(time.time() + seconds), UTC)
    return {
        "AccessKeyId": f"id{number}",
        "SecretAccessKey": "hidden",
        token: "token",
        "Expiration": end.isoformat().replace("+00:00", "Z"),
    }


def as_json(document: dict[str, str]) -> Reply:
    return Reply(body=json.dumps(document).encode())


class TestWebIdentity:
    @pytest.fixture
    def environment(self, server: Answering, tmp_path: Path) -> dict[str, str]:
        (tmp_path / "token").write_text("a.b+c=\n")
        return {
            "AWS_ROLE_ARN": "arn:aws:iam::1:role/lab",
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
            "AWS_ENDPOINT_URL_STS": server.url,
        }

    def test_the_service_account_s_token_is_changed_into_keys(
        self, server: Answering, environment: dict[str, str]
    ) -> None:
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in lent(token="SessionToken").items())
        server.answer = lambda asked: Reply(body=f"<R><Credentials>{inner}</Credentials></R>".encode())

        found = Borrowed(environment, "us-east-1").credentials()

        assert (found.access_key_id, found.secret_access_key, found.session_token) == (
            "id1",
            "hidden",
            "token",
        )
        assert 3500 < found.expires - time.time() < 3700
        form = parse_qs(server.asked[0].body.decode())
        assert form["WebIdentityToken"] == ["a.b+c="] and form["RoleArn"] == ["arn:aws:iam::1:role/lab"]

    def test_a_refusal_is_permanent_and_shows_no_token(
        self, server: Answering, environment: dict[str, str]
    ) -> None:
        server.answer = lambda asked: refusal(403, "AccessDenied")

        with pytest.raises(StorageError, match="403 AccessDenied: look at the role") as caught:
            Borrowed(environment, "us-east-1").credentials()
        assert caught.value.permanent and "a.b" not in str(caught.value)

    def test_a_missing_token_file_is_named(self, environment: dict[str, str]) -> None:
        environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere/token"

        with pytest.raises(StorageError, match="cannot read the token in `/nowhere/token`"):
            Borrowed(environment, "us-east-1").credentials()


class TestContainer:
    @pytest.fixture
    def environment(self, server: Answering, tmp_path: Path) -> dict[str, str]:
        (tmp_path / "token").write_text("let me in\n")
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/v1/credentials?a=b",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(tmp_path / "token"),
        }

    def test_keys_come_for_the_token(self, server: Answering, environment: dict[str, str]) -> None:
        server.answer = lambda asked: as_json(lent())

        assert Borrowed(environment, "r").credentials().session_token == "token"
        (asked,) = server.asked
        assert (asked.path, asked.headers["authorization"]) == ("/v1/credentials", "let me in")

    def test_they_are_kept_and_renewed_before_their_end(
        self, server: Answering, environment: dict[str, str]
    ) -> None:
        server.once(as_json(lent(1, 200)), as_json(lent(2, 3600)))
        provider = Borrowed(environment, "r")

        found = [provider.credentials().access_key_id for _ in range(4)]

        assert found == ["id1", "id2", "id2", "id2"]

    def test_old_ones_serve_while_new_ones_are_not_to_be_had(
        self, server: Answering, environment: dict[str, str]
    ) -> None:
        server.answer = lambda asked: refusal(500, "InternalError")
        server.once(as_json(lent(1, 200)))
        provider = Borrowed(environment, "r")

        assert [provider.credentials().access_key_id for _ in range(2)] == ["id1", "id1"]

    def test_a_server_that_is_away_is_a_passing_failure(self, environment: dict[str, str]) -> None:
        environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:9/x"

        with pytest.raises(StorageError, match=r"no answer from http://127.0.0.1:9") as caught:
            Borrowed(environment, "r").credentials()
        assert not caught.value.permanent

    def test_nonsense_is_a_passing_failure(self, server: Answering, environment: dict[str, str]) -> None:
        server.answer = lambda asked: Reply(body=b"[]")

        with pytest.raises(StorageError, match="cannot be read") as caught:
            Borrowed(environment, "r").credentials()
        assert not caught.value.permanent


class TestInstance:
    def metadata(self, asked: Asked) -> Reply:
        if asked.method == "PUT":
            assert asked.headers["x-aws-ec2-metadata-token-ttl-seconds"]
            return Reply(body=b"session")
        assert asked.headers["x-aws-ec2-metadata-token"] == "session"
        return as_json(lent()) if asked.path.endswith("/lab-role") else Reply(body=b"lab-role\n")

    def test_the_machine_s_role_is_asked_for(self, server: Answering) -> None:
        server.answer = self.metadata

        found = Borrowed({"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}, "r").credentials()

        assert found.access_key_id == "id1"
        assert server.asked[-1].path == "/latest/meta-data/iam/security-credentials/lab-role"

    @pytest.mark.parametrize(
        "environment",
        [{"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9"}, {"AWS_EC2_METADATA_DISABLED": "true"}],
    )
    def test_without_any_keys_the_secret_s_are_named(self, environment: dict[str, str]) -> None:
        with pytest.raises(StorageError, match="put `access-key-id` and `secret-access-key`") as caught:
            Borrowed(environment, "r").credentials()
        assert caught.value.permanent


def test_keys_that_the_store_calls_expired_are_renewed(
    server: Answering, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(1, 9))
    with answering(lambda asked: as_json(lent(next(numbers)))) as lender:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{lender.url}/x")
        server.answer = lambda asked: (
            refusal(400, "ExpiredToken")
            if "Credential=id1/" in asked.headers["authorization"]
            else memory(asked)
        )

        open_location("s3://lab", Settings(endpoint=server.url)).write("x", b"data")

    assert memory.objects == {"/lab/x": b"data"}
    assert server.asked[-1].headers["x-amz-security-token"] == "token"


def test_secrets_are_not_shown() -> None:
    assert "hidden" not in repr(Credentials("id", "hidden", "hidden"))


def test_all_locations_borrow_the_same_keys(server: Answering, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(lambda asked: as_json(lent())) as lender:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{lender.url}/x")

        for bucket in ("lab", "other"):
            open_location(f"s3://{bucket}", Settings(endpoint=server.url)).write("x", b"")

        assert len(lender.asked) == 1
