"""Kubernetes objects as plain dicts, keys in the order in which people write manifests."""
