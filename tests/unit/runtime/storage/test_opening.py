from __future__ import annotations

from pathlib import Path

import pytest

from osmoc_runtime import contract
from osmoc_runtime.storage.bucket import CRC32, MD5, Bucket
from osmoc_runtime.storage.files import FileLocation
from osmoc_runtime.storage.interface import Location, StorageError
from osmoc_runtime.storage.opening import Settings, open_location, settings_from
from osmoc_runtime.storage.s3 import S3Location

KEYS = Settings(access_key_id="id", secret_access_key="very-secret")
NOTHING = contract.Storage()


def secret(folder: Path, **values: str) -> Path:
    for name, value in values.items():
        (folder / name.replace("_", "-" if name.islower() else "_")).write_text(value)
    return folder


def bucket(location: Location) -> Bucket:
    assert isinstance(location, S3Location)
    return location._bucket


def opened(url: str, **settings: str) -> tuple[str, str, str]:
    """The place that is asked, the region, and the start of keys."""
    base = Settings(access_key_id="id", secret_access_key="very-secret", **settings)
    location = open_location(url, base)
    target = bucket(location).target
    assert isinstance(location, S3Location)
    path = "" if target.virtual else f"/{target.name}"
    return target.place(target.region) + path, target.region, location._prefix


class TestSettings:
    def test_the_secret_s_files_are_read_without_their_line_ends(self, tmp_path: Path) -> None:
        folder = secret(
            tmp_path, url="s3://lab/x\n", endpoint="http://s:1\n", region="eu\r\n", access_key_id="id\n",
            secret_access_key="hidden\n", session_token="token\n", addressing="path",
        )  # fmt: skip

        found = settings_from(folder, {}, NOTHING)

        assert found == Settings("http://s:1", "eu", "path", "id", "hidden", "token", "s3://lab/x")
        assert "hidden" not in repr(found) and "token=" not in repr(found)

    def test_names_of_the_aws_sdks_do_as_well(self, tmp_path: Path) -> None:
        values = {
            "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "hidden", "AWS_SESSION_TOKEN": "token",
            "AWS_REGION": "eu", "AWS_ENDPOINT_URL": "http://s:1",
        }  # fmt: skip
        wanted = Settings("http://s:1", "eu", "", "id", "hidden", "token")

        assert settings_from(None, values, NOTHING) == wanted
        assert settings_from(secret(tmp_path, **values), {}, NOTHING) == wanted

    def test_manifest_before_secret_before_environment(self, tmp_path: Path) -> None:
        folder = secret(tmp_path, url="s3://secret", endpoint="http://secret", region="secret")
        environment = {"AWS_REGION": "outside", "AWS_ENDPOINT_URL": "http://outside"}

        found = settings_from(folder, environment, contract.Storage(url="s3://manifest", region="manifest"))

        assert (found.url, found.endpoint, found.region) == ("s3://manifest", "http://secret", "manifest")

    def test_an_access_key_is_never_put_together_from_two_places(self, tmp_path: Path) -> None:
        folder = secret(tmp_path, access_key_id="id", secret_access_key="hidden")

        found = settings_from(folder, {"AWS_SESSION_TOKEN": "of another key"}, NOTHING)

        assert found.session_token == ""

    def test_a_missing_secret_is_no_failure(self, tmp_path: Path) -> None:
        assert settings_from(tmp_path / "none", {}, NOTHING) == Settings()


class TestUrls:
    def test_s3_is_aws_unless_an_endpoint_is_given(self) -> None:
        assert opened("s3://lab/a/b/") == ("https://lab.s3.us-east-1.amazonaws.com", "us-east-1", "a/b/")
        assert opened("s3://lab", region="cn-north-1")[0] == "https://lab.s3.cn-north-1.amazonaws.com.cn"
        assert opened("s3://lab/a", endpoint="http://seaweed:8333/") == (
            "http://seaweed:8333/lab", "us-east-1", "a/",
        )  # fmt: skip

    def test_an_endpoint_of_aws_is_aws_and_tells_the_region(self) -> None:
        assert opened("s3://lab", endpoint="https://s3.eu-west-3.amazonaws.com")[:2] == (
            "https://lab.s3.eu-west-3.amazonaws.com", "eu-west-3",
        )  # fmt: skip

    def test_a_bucket_with_a_dot_has_no_host_of_its_own(self) -> None:
        assert opened("s3://lab.org/a")[0] == "https://s3.us-east-1.amazonaws.com/lab.org"

    def test_addressing_decides(self) -> None:
        assert opened("s3://lab", addressing="path")[0] == "https://s3.us-east-1.amazonaws.com/lab"
        assert opened("s3://lab", addressing="virtual", endpoint="http://s:1")[0] == "http://lab.s:1"
        with pytest.raises(StorageError, match="must be `path` or `virtual`"):
            opened("s3://lab", addressing="Path")

    def test_gs_is_google_s_xml_interface(self) -> None:
        assert opened("gs://lab/a") == ("https://storage.googleapis.com/lab", "auto", "a/")

    def test_tos_names_its_endpoint_and_so_its_region(self) -> None:
        assert opened("tos://tos-s3-cn-beijing.volces.com/lab/a") == (
            "https://lab.tos-s3-cn-beijing.volces.com", "cn-beijing", "a/",
        )  # fmt: skip

    def test_swift_has_an_account_between_endpoint_and_container(self) -> None:
        assert opened("swift://swift.example/AUTH_lab/box/a/b") == (
            "https://swift.example/box", "us-east-1", "a/b/",
        )  # fmt: skip

    def test_the_url_s_endpoint_takes_scheme_and_port_from_a_configured_one(self) -> None:
        place = opened("swift://swift.example/AUTH_lab/box", endpoint="http://swift.example:8080")[0]
        other = opened("swift://swift.example/AUTH_lab/box", endpoint="http://seaweed:8333")[0]

        assert (place, other) == ("http://swift.example:8080/box", "https://swift.example/box")

    def test_only_stores_known_to_take_them_get_amazon_s_checksums(self) -> None:
        assert bucket(open_location("s3://lab", KEYS)).target.checksum == CRC32
        assert bucket(open_location("gs://lab", KEYS)).target.checksum == MD5

    def test_file_is_a_folder(self) -> None:
        assert isinstance(open_location("file:///a", Settings()), FileLocation)

    def test_below_keeps_the_url_readable(self) -> None:
        assert open_location("s3://lab/a/", KEYS).below("b/c").url == "s3://lab/a/b/c"
        assert open_location("file:///a", KEYS).below("b").url == "file:///a/b"

    @pytest.mark.parametrize(
        ("url", "part"),
        [
            ("", "put `url` into its Secret (`osmoc-storage`"),
            ("azure://account/box", "azure:// is not supported yet"),
            ("http://x/y", "write s3://bucket/path or gs://"),
            ("lab/x", "is no url of a store"),
            ("s3:///x", "write s3://bucket/path"),
            ("tos://host", "write tos://endpoint/bucket/path"),
            ("swift://host/account", "write swift://endpoint/account/container/path"),
            ("file://host/x", "write file:///path"),
        ],
    )
    def test_wrong_urls_are_refused_with_the_right_form(self, url: str, part: str) -> None:
        with pytest.raises(StorageError) as caught:
            open_location(url, KEYS)
        assert part in str(caught.value) and caught.value.permanent

    def test_a_wrong_endpoint_is_refused(self) -> None:
        with pytest.raises(StorageError, match="is no http url"):
            opened("s3://lab", endpoint="ftp://x")

    def test_half_an_access_key_is_refused(self) -> None:
        with pytest.raises(StorageError, match="`secret-access-key` is missing"):
            open_location("s3://lab", Settings(access_key_id="id"))
