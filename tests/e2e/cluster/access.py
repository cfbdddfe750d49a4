"""Who may talk to the cluster: certificates, keys, tokens and kubeconfigs, all new at every start."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from tests.e2e.cluster.commands import run
from tests.e2e.cluster.layout import API_ADDRESS, API_PORT, API_SERVICE, Layout

NAMES = f"IP:127.0.0.1,IP:{API_SERVICE},IP:{API_ADDRESS},DNS:kubernetes.default.svc,DNS:localhost"
ADMINISTRATOR = "admin"
DNS = "cluster-dns"


def users(layout: Layout) -> dict[str, str]:
    """Give back every user that has a token, and the user's groups."""
    system = ("system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy")
    nodes = {f"system:node:{node.name}": "system:nodes" for node in layout.nodes}
    return {ADMINISTRATOR: "system:masters", DNS: ""} | dict.fromkeys(system, "") | nodes


def grant(layout: Layout) -> None:
    """Make all secrets of the cluster, in a folder that only its owner reads."""
    layout.secrets.mkdir(mode=0o700, exist_ok=True)
    make_certificates(layout.secrets)
    lines = []
    for user, groups in users(layout).items():
        token = secrets.token_hex(16)
        lines.append(f'{token},{user},{user},"{groups}"')
        write_kubeconfig(layout, layout.access(user), token, f"https://{API_ADDRESS}:{API_PORT}")
    (layout.secrets / "tokens.csv").write_text("\n".join(lines) + "\n")


def make_certificates(directory: Path) -> None:
    """Make an authority, the API server's certificate and the pair that signs service accounts' tokens.

    The API server shows its certificate to the kubelets too: without the group system:masters in it, reading
    logs would be forbidden. Elliptic keys, because RSA would take seconds.
    """
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30")
    openssl = ("openssl", "req", "-x509", *key)
    run(*openssl, "-subj", "/CN=osmoc-test", "-keyout", "ca.key", "-out", "ca.crt", directory=directory)
    subject = ("-subj", "/O=system:masters/CN=kube-apiserver", "-addext", f"subjectAltName={NAMES}")
    purpose = (
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-addext",
        "extendedKeyUsage=serverAuth,clientAuth",
    )
    signed = ("-CA", "ca.crt", "-CAkey", "ca.key", "-keyout", "server.key", "-out", "server.crt")
    run(*openssl, *subject, *purpose, *signed, directory=directory)
    run(
        "openssl",
        "ecparam",
        "-name",
        "prime256v1",
        "-genkey",
        "-noout",
        "-out",
        "accounts.key",
        directory=directory,
    )
    run("openssl", "ec", "-in", "accounts.key", "-pubout", "-out", "accounts.pub", directory=directory)


def write_kubeconfig(layout: Layout, path: Path, token: str, server: str) -> None:
    """Write a kubeconfig that carries all it needs, so that the file can be used from anywhere."""
    authority = run("base64", "-w0", layout.secrets / "ca.crt")
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "test", "cluster": {"server": server, "certificate-authority-data": authority}}
        ],
        "users": [{"name": "user", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "user"}}],
        "current-context": "test",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=2))


def write_outside_kubeconfig(layout: Layout, port: int) -> None:
    """Write the administrator's kubeconfig for the forwarder's loopback port."""
    inside = json.loads(layout.access(ADMINISTRATOR).read_text())
    write_kubeconfig(
        layout, layout.kubeconfig, inside["users"][0]["user"]["token"], f"https://127.0.0.1:{port}"
    )
