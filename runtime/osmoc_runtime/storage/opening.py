"""From a url to the location that it names; the settings come from manifest, Secret and environment."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from osmoc_runtime import contract
from osmoc_runtime.storage.bucket import CRC32, MD5, Bucket, Target
from osmoc_runtime.storage.credentials import NO_KEYS, Borrowed, Given, Provider
from osmoc_runtime.storage.files import FileLocation
from osmoc_runtime.storage.interface import Location, StorageError
from osmoc_runtime.storage.s3 import S3Location
from osmoc_runtime.storage.signature import Credentials

VARIABLES: Mapping[str, tuple[str, ...]] = {
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "access-key-id": ("AWS_ACCESS_KEY_ID",),
    "secret-access-key": ("AWS_SECRET_ACCESS_KEY",),
    "session-token": ("AWS_SESSION_TOKEN",),
}
"""Other names of contract.STORAGE_KEYS, those of the AWS SDKs: in the Secret and in the environment."""
REGION = "us-east-1"
FORMS = {
    "s3": "s3://bucket/path",
    "gs": "gs://bucket/path",
    "tos": "tos://endpoint/bucket/path",
    "swift": "swift://endpoint/account/container/path",
    "file": "file:///path",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """How stores are reached. An empty string: not known. `addressing`: path, virtual or empty.

    `url`: where the workflow's own data lie.
    """

    endpoint: str = ""
    region: str = ""
    addressing: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    url: str = ""


def settings_from(
    folder: Path | None, environment: Mapping[str, str], overrides: contract.Storage
) -> Settings:
    """Each setting from `overrides` (the manifest), else from the Secret's folder, else from the environment.

    The three parts of an access key come all from the same place. Raises StorageError
    where the Secret cannot be read.
    """
    return settings_of({} if folder is None else _secret(folder), environment, overrides)


def settings_of(
    secret: Mapping[str, str], environment: Mapping[str, str], overrides: contract.Storage
) -> Settings:
    """The same, of a Secret's values under their names in contract.STORAGE_KEYS."""
    outside = {
        key: next((environment[name] for name in names if environment.get(name)), "")
        for key, names in VARIABLES.items()
    }
    keys = secret if secret.get("access-key-id") or secret.get("secret-access-key") else outside
    both = {**outside, **secret}
    return Settings(
        endpoint=overrides.endpoint or both.get("endpoint", ""),
        region=overrides.region or both.get("region", ""),
        addressing=overrides.addressing or both.get("addressing", ""),
        access_key_id=keys.get("access-key-id", ""),
        secret_access_key=keys.get("secret-access-key", ""),
        session_token=keys.get("session-token", ""),
        url=overrides.url or both.get("url", ""),
    )


def open_location(url: str, settings: Settings, deadline: float | None = None) -> Location:
    """The location that `url` names; nothing is asked of the store yet.

    `deadline`: time.monotonic() after which nothing is tried again. Raises StorageError, permanent, where
    url or settings are wrong.
    """
    if not url:
        raise StorageError(
            "no url of the object storage: put `url` into its Secret (`osmoc-storage`, unless the pool file "
            "names another)",
            permanent=True,
        )
    scheme, separator, rest = url.partition("://")
    if scheme == "azure":
        raise StorageError(
            f"`{url}`: azure:// is not supported yet: use a store that speaks S3", permanent=True
        )
    if not separator or scheme not in FORMS:
        raise _wrong(url, *FORMS.values())
    if scheme == "file":
        if not rest.startswith("/"):
            raise _wrong(url, FORMS[scheme])
        return FileLocation(url)
    target, prefix = _target(url, scheme, rest, settings)
    return S3Location(url, Bucket(target, _provider(settings, target.region), deadline), prefix)


def _target(url: str, scheme: str, rest: str, settings: Settings) -> tuple[Target, str]:
    count = {"tos": 2, "swift": 3}.get(scheme, 1)
    parts = rest.rstrip("/").split("/", count)
    if len(parts) < count or not all(parts[:count]):
        raise _wrong(url, FORMS[scheme])
    bucket, prefix = parts[count - 1], parts[count] if len(parts) > count else ""
    endpoint = _endpoint(settings.endpoint, scheme, parts[0])
    region = settings.region or _region(endpoint)
    amazon = _is_amazon(endpoint)
    if amazon:
        endpoint = ""
    target = Target(
        root=f"{scheme}://{'/'.join(parts[:count])}",
        name=bucket,
        endpoint=endpoint,
        region=region,
        virtual=_virtual(settings.addressing, bucket, amazon or scheme == "tos"),
        checksum=CRC32 if scheme == "s3" else MD5,
    )
    return target, prefix.strip("/")


def _endpoint(configured: str, scheme: str, host: str) -> str:
    """The endpoint's url. One in the location's url counts; the configured one gives it port and scheme."""
    if configured and "://" not in configured:
        configured = f"https://{configured}"
    parts = urlsplit(configured)
    if configured and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise StorageError(
            f"the endpoint `{configured}` of the object storage is no http url", permanent=True
        )
    if scheme in ("tos", "swift"):
        return configured if host in (parts.netloc, parts.hostname) else f"https://{host}"
    return configured or ("https://storage.googleapis.com" if scheme == "gs" else "")


def _is_amazon(endpoint: str) -> bool:
    """Whether the endpoint is AWS's own of some region, which then follows from the region alone."""
    host = urlsplit(endpoint).hostname or ""
    return not host or re.fullmatch(r"s3([.-][a-z0-9-]+)?\.amazonaws\.com(\.cn)?", host) is not None


def _region(endpoint: str) -> str:
    """The region in a host name, as in `s3.eu-west-1.amazonaws.com` and `tos-s3-cn-beijing.volces.com`."""
    host = urlsplit(endpoint).hostname or ""
    if host == "storage.googleapis.com":
        return "auto"
    found = re.match(r"(?:s3|tos-s3|tos)[.-]([a-z]+-[a-z0-9-]*[a-z0-9])\.", host)
    return found[1] if found else REGION


def _virtual(addressing: str, bucket: str, usual: bool) -> bool:
    if addressing not in ("", "path", "virtual"):
        raise StorageError(
            f"`addressing` of the object storage is `{addressing}`: it must be `path` or `virtual`",
            permanent=True,
        )
    # A dot in the bucket's name would not be covered by the certificate.
    fits = re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", bucket) is not None
    return addressing == "virtual" or (not addressing and usual and fits)


def _provider(settings: Settings, region: str) -> Provider:
    if settings.access_key_id and settings.secret_access_key:
        return Given(Credentials(settings.access_key_id, settings.secret_access_key, settings.session_token))
    if settings.access_key_id or settings.secret_access_key:
        missing = "secret-access-key" if settings.access_key_id else "access-key-id"
        raise StorageError(f"{NO_KEYS} (`{missing}` is missing)", permanent=True)
    return _lender(region, frozenset(pair for pair in os.environ.items() if pair[0].startswith("AWS_")))


@lru_cache(maxsize=8)
def _lender(region: str, environment: frozenset[tuple[str, str]]) -> Provider:
    """One for all locations, so that keys are borrowed once."""
    return Borrowed(dict(environment), region)


def secret_of(read: Callable[[str], str | None]) -> dict[str, str]:
    """The values of a Secret under their names in contract.STORAGE_KEYS; `read` gives that of a key."""
    found: dict[str, str] = {}
    for key in contract.STORAGE_KEYS:
        for name in (key, *VARIABLES.get(key, ())):
            value = (read(name) or "").strip()
            if value:
                found.setdefault(key, value)
    return found


def _secret(folder: Path) -> dict[str, str]:
    def read(name: str) -> str | None:
        try:
            return (folder / name).read_text()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"cannot read `{folder / name}`: {error}", permanent=True) from error

    return secret_of(read)


def _wrong(url: str, *forms: str) -> StorageError:
    return StorageError(f"`{url}` is no url of a store: write {' or '.join(forms)}", permanent=True)
