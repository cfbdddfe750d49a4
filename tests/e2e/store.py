"""A bucket on the test cluster's own S3 server, seen from the test and, through a Secret, from the pods."""

from __future__ import annotations

import json

from tests.e2e.cluster import Storage
from tests.e2e.scenario import Scenario


class Bucket:
    """One bucket, with the Secret `osmoc-storage` that points pods at it."""

    def __init__(self, store: Storage, name: str) -> None:
        self.name = name
        self.outside = store.outside
        self._client = store.client()
        self._values = {
            "url": f"s3://{name}/osmoc",
            "endpoint": store.inside,
            "region": store.region,
            "access-key-id": store.access_key,
            "secret-access-key": store.secret_key,
        }

    def secret(self, scenario: Scenario, **different: str) -> None:
        """Write the Secret into the scenario's namespace, with some values changed."""
        body = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "osmoc-storage"},
            "stringData": self._values | different,
        }
        scenario.kubectl("apply", "-f", "-", input=json.dumps(body))

    def keys(self, prefix: str = "") -> list[str]:
        listed = self._client.list_objects_v2(Bucket=self.name, Prefix=prefix)
        return sorted(entry["Key"] for entry in listed.get("Contents", []))

    def read(self, key: str) -> bytes | None:
        if key not in self.keys(key):
            return None
        content: bytes = self._client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def write(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=self.name, Key=key, Body=content)

    def remove(self) -> None:
        """Delete the bucket and all in it, while pods still use it."""
        for key in self.keys():
            self._client.delete_object(Bucket=self.name, Key=key)
        self._client.delete_bucket(Bucket=self.name)
