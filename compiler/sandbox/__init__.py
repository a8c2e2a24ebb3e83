"""The sandbox: a real Kubernetes control plane on loopback, with simulated nodes and pods.

`Sandbox` starts and stops it. etcd, kube-apiserver, kube-controller-manager and kube-scheduler run
unmodified; KWOK plays the kubelets. Nothing here knows apps or the command line.
"""

from compiler.sandbox.addons import ADDON_NAMES
from compiler.sandbox.object_store import ObjectStore
from compiler.sandbox.sandbox import Sandbox
from compiler.sandbox.settings import NodeShape
from compiler.sandbox.status import ProcessStatus, SandboxStatus

__all__ = ["ADDON_NAMES", "NodeShape", "ObjectStore", "ProcessStatus", "Sandbox", "SandboxStatus"]
