"""The two ways in which there is no cluster."""

from __future__ import annotations


class Unavailable(Exception):
    """This machine cannot run the cluster; the text says what is missing. No fault of the project."""


class ClusterError(Exception):
    """The machine should have run the cluster; the text ends with the tail of the log that tells why."""
