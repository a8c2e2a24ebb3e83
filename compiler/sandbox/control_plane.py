"""Command lines of etcd and of the three Kubernetes programs, all unmodified."""

import os
from collections.abc import Mapping

from compiler.sandbox.catalogue import (
    ETCD,
    KUBE_APISERVER,
    KUBE_CONTROLLER_MANAGER,
    KUBE_SCHEDULER,
)
from compiler.sandbox.certificates import KeyPair
from compiler.sandbox.ports import LOOPBACK
from compiler.sandbox.processes import ProcessSpec
from compiler.sandbox.runtime import Runtime

ETCD_PORT = "etcd"
ETCD_PEER_PORT = "etcd-peer"
APISERVER_PORT = "kube-apiserver"

SERVICE_ADDRESSES = "10.96.0.0/16"
POD_ADDRESSES = "10.128.0.0/10"  # each node gets 256 of them
_MEMBER = "sandbox"
_REQUESTS_PER_S = 200  # the default of 20 makes a client wait for itself, not for the server


def etcd(runtime: Runtime) -> ProcessSpec:
    """The database: asks clients and peers for a certificate, so other local users get nothing."""
    client = f"https://{LOOPBACK}:{runtime.ports[ETCD_PORT]}"
    peer = f"https://{LOOPBACK}:{runtime.ports[ETCD_PEER_PORT]}"
    authority = runtime.certificates.authority
    server = runtime.certificates.server
    flags = {
        "name": _MEMBER,
        "data-dir": runtime.layout.etcd_data,
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"{_MEMBER}={peer}",
        "client-cert-auth": "true",
        "trusted-ca-file": authority,
        **_pair("cert-file", "key-file", server),
        "peer-client-cert-auth": "true",
        "peer-trusted-ca-file": authority,
        **_pair("peer-cert-file", "peer-key-file", server),
        "log-level": "warn",
    }
    if os.environ.get("KUPLET_SANDBOX_UNSAFE_NO_FSYNC") == "1":
        flags["unsafe-no-fsync"] = "true"
    return runtime.spec(ETCD, _flags(flags), reads=(authority, server.certificate))


def kube_apiserver(runtime: Runtime) -> ProcessSpec:
    """The API server: on the loopback interface only, and nobody is anonymous."""
    certificates = runtime.certificates
    flags = {
        "bind-address": LOOPBACK,
        "advertise-address": LOOPBACK,
        "endpoint-reconciler-type": "none",  # refuses loopback addresses; there is one server
        "secure-port": runtime.ports[APISERVER_PORT],
        **_pair("tls-cert-file", "tls-private-key-file", certificates.server),
        "client-ca-file": certificates.authority,
        "anonymous-auth": "false",
        "authorization-mode": "RBAC",
        "allow-privileged": "true",
        "etcd-servers": f"https://{LOOPBACK}:{runtime.ports[ETCD_PORT]}",
        "etcd-cafile": certificates.authority,
        **_pair("etcd-certfile", "etcd-keyfile", certificates.administrator),
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": certificates.service_accounts.key,
        "service-account-signing-key-file": certificates.service_accounts.key,
        "service-cluster-ip-range": SERVICE_ADDRESSES,
        "kubelet-certificate-authority": certificates.authority,
        **_pair("kubelet-client-certificate", "kubelet-client-key", certificates.administrator),
        "kubelet-preferred-address-types": "InternalIP",
        "profiling": "false",
    }
    reads = (certificates.authority, certificates.server.certificate)
    return runtime.spec(KUBE_APISERVER, _flags(flags), reads=reads)


def kube_controller_manager(runtime: Runtime) -> ProcessSpec:
    """The controllers of Deployments, Jobs, volumes, service accounts, garbage and the rest."""
    flags = {
        **_controller(runtime),
        "kube-api-qps": _REQUESTS_PER_S,
        "kube-api-burst": 2 * _REQUESTS_PER_S,
        "allocate-node-cidrs": "true",
        "cluster-cidr": POD_ADDRESSES,
        "root-ca-file": runtime.certificates.authority,
        "service-account-private-key-file": runtime.certificates.service_accounts.key,
        # Simulated nodes report every five minutes, see stages/nodes.yaml.
        "node-monitor-grace-period": "15m",
        # How long a claim waits that was made before its storage class; the default is 15 s.
        "pvclaimbinder-sync-period": "3s",
    }
    reads = (runtime.layout.kubeconfig,)
    return runtime.spec(KUBE_CONTROLLER_MANAGER, _flags(flags), reads=reads)


def kube_scheduler(runtime: Runtime) -> ProcessSpec:
    """The scheduler, which decides by what the simulated nodes claim to have."""
    flags = _flags(_controller(runtime))
    return runtime.spec(KUBE_SCHEDULER, flags, reads=(runtime.layout.kubeconfig,))


def _controller(runtime: Runtime) -> dict[str, object]:
    return {
        "kubeconfig": runtime.layout.kubeconfig,
        "leader-elect": "false",
        "secure-port": 0,  # no server of its own
        "profiling": "false",
    }


def _pair(certificate_flag: str, key_flag: str, pair: KeyPair) -> dict[str, object]:
    return {certificate_flag: pair.certificate, key_flag: pair.key}


def _flags(flags: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"--{name}={value}" for name, value in flags.items())
