"""The programs of the sandbox: what each one is, and how it is pinned and built.

Every folder below ``programs/`` is a Go module that requires one upstream module at one version;
its ``go.sum`` pins the checksum of everything that goes into the program. To upgrade, run
``go get -tool PACKAGE@vVERSION`` in that folder and change the version here.
"""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

MODULES = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Manifests that lie in a Go module and that its program needs in the cluster.

    Attributes:
        files: Where they are in the module; ``*`` stands for anything.
        kinds: Those of their objects that are meant; none means all.
    """

    files: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program and where it comes from.

    Attributes:
        name: Name of the executable.
        version: The version that the Go module pins.
        module: Folder of the Go module that pins it.
        package: Go package of its ``main`` function.
        variables: String variables the linker sets, so that the program knows its version.
        usable: What ``--version`` prints for a version that fits the other programs, with the
            version as group 1; None: a program found elsewhere cannot say what it is.
        manifests: What is kept of the upstream module beside the program.
        build_minutes: Measured on two cores that had other work to do; programs share packages.
        build_gb: Disk space that building takes, rounded up.
    """

    name: str
    version: str
    module: str
    package: str
    variables: tuple[tuple[str, str], ...] = ()
    usable: re.Pattern[str] | None = None
    manifests: tuple[Source, ...] = ()
    build_minutes: float
    build_gb: float

    @property
    def source(self) -> Path:
        """The folder with ``go.mod`` and ``go.sum``."""
        return MODULES / self.module

    @property
    def linker_flags(self) -> str:
        """What is passed to Go's linker; without symbol tables the programs are a third smaller."""
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)])

    @property
    def cache_key(self) -> str:
        """Digest of all that decides the program's content, apart from the Go toolchain."""
        digest = hashlib.sha256()
        for part in ("go.mod", "go.sum"):
            digest.update((self.source / part).read_bytes())
        digest.update(f"{self.package}\0{self.linker_flags}".encode())
        if self.manifests:
            digest.update(repr(self.manifests).encode())
        return digest.hexdigest()[:16]


_KUBERNETES_VERSION = "1.36.3"
_KUBERNETES_VARIABLES = (
    ("k8s.io/component-base/version.gitVersion", f"v{_KUBERNETES_VERSION}"),
    ("k8s.io/component-base/version.gitMajor", "1"),
    ("k8s.io/component-base/version.gitMinor", "36"),
)


def _kubernetes(name: str, *, build_minutes: float, build_gb: float) -> Program:
    return Program(
        name=name,
        version=_KUBERNETES_VERSION,
        module="control-plane",
        package=f"k8s.io/kubernetes/cmd/{name}",
        variables=_KUBERNETES_VARIABLES,
        # A controller must not be newer than its API server: only this minor version is mixed.
        usable=re.compile(r"^Kubernetes v(1\.36\.\d+)", re.MULTILINE),
        build_minutes=build_minutes,
        build_gb=build_gb,
    )


ETCD = Program(
    name="etcd",
    version="3.7.3",
    module="etcd",
    package="go.etcd.io/etcd/server/v3",
    usable=re.compile(r"^etcd Version: (3\.[6-9]\.\d+)", re.MULTILINE),
    build_minutes=1,
    build_gb=0.6,
)
KUBE_APISERVER = _kubernetes("kube-apiserver", build_minutes=3.5, build_gb=2.8)
KUBE_CONTROLLER_MANAGER = _kubernetes("kube-controller-manager", build_minutes=1, build_gb=1)
KUBE_SCHEDULER = _kubernetes("kube-scheduler", build_minutes=0.5, build_gb=0.3)
KWOK = Program(
    name="kwok",
    version="0.8.0",
    module="kwok",
    package="sigs.k8s.io/kwok/cmd/kwok",
    variables=(("sigs.k8s.io/kwok/pkg/consts.Version", "v0.8.0"),),
    usable=re.compile(r"^kwok version v(0\.8\.\d+)", re.MULTILINE),
    build_minutes=1,
    build_gb=1.2,
)
MINIO = Program(
    name="minio",
    version="2026-02-12",
    module="minio",
    package="github.com/minio/minio",
    usable=re.compile(r"^minio version (\S+)", re.MULTILINE),
    build_minutes=2.5,
    build_gb=1.8,
)

TRAINING_OPERATOR = Program(
    name="training-operator",
    version="1.9.4",
    module="training-operator",
    package="github.com/kubeflow/training-operator/cmd/training-operator.v1",
    manifests=(
        Source(files="manifests/base/crds/kubeflow.org_*.yaml"),
        Source(files="manifests/base/webhook/manifests.yaml"),
    ),
    build_minutes=1.5,
    build_gb=1,
)
JOBSET = Program(
    name="jobset",
    version="0.12.0",
    module="jobset",
    package="sigs.k8s.io/jobset",
    manifests=(
        Source(files="config/components/crd/bases/*.yaml"),
        Source(files="config/components/webhook/manifests.yaml"),
    ),
    build_minutes=1,
    build_gb=1,
)
TRAINER = Program(
    name="trainer",
    version="2.3.0",
    module="trainer",
    package="github.com/kubeflow/trainer/v2/cmd/trainer-controller-manager",
    manifests=(
        Source(files="manifests/base/crds/trainer.kubeflow.org_*.yaml"),
        Source(files="manifests/base/webhook/manifests.yaml"),
        Source(files="manifests/base/runtimes/*_distributed.yaml"),
        Source(files="manifests/base/runtimes/torchtune/*/*.yaml"),
    ),
    build_minutes=1,
    build_gb=1,
)
KUEUE = Program(
    name="kueue",
    version="0.19.2",
    module="kueue",
    package="sigs.k8s.io/kueue/cmd/kueue",
    manifests=(
        Source(files="config/components/crd/bases/*.yaml"),
        Source(files="config/components/webhook/manifests.yaml"),
    ),
    build_minutes=3,
    build_gb=1.5,
)
KUBERAY = Program(
    name="kuberay",
    version="1.6.0",
    module="kuberay",
    package="github.com/ray-project/kuberay/ray-operator",
    manifests=(Source(files="config/crd/bases/*.yaml"),),
    build_minutes=1,
    build_gb=1,
)
KSERVE = Program(
    name="kserve",
    version="0.20.0",
    module="kserve",
    package="github.com/kserve/kserve/cmd/manager",
    manifests=(
        Source(files="install/v0.20.0/kserve-crds.yaml"),
        Source(files="config/webhook/manifests.yaml"),
        Source(files="install/v0.20.0/kserve.yaml", kinds=("ConfigMap", "ClusterStorageContainer")),
        Source(
            files="install/v0.20.0/kserve-cluster-resources.yaml", kinds=("ClusterServingRuntime",)
        ),
    ),
    build_minutes=2.5,
    build_gb=2,
)
LWS = Program(
    name="lws",
    version="0.9.0",
    module="lws",
    package="sigs.k8s.io/lws/cmd",
    manifests=(
        Source(files="config/crd/bases/*.yaml"),
        Source(files="config/webhook/manifests.yaml"),
    ),
    build_minutes=1,
    build_gb=1,
)

CONTROL_PLANE = (ETCD, KUBE_APISERVER, KUBE_CONTROLLER_MANAGER, KUBE_SCHEDULER)
ADDONS = (TRAINING_OPERATOR, JOBSET, TRAINER, KUEUE, KUBERAY, KSERVE, LWS, MINIO)
ALL_PROGRAMS = (*CONTROL_PLANE, KWOK, *ADDONS)
