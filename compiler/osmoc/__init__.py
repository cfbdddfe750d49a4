"""The compiler from OSMO workflow specs to Kubernetes manifests."""

__version__ = "0.2.0"
