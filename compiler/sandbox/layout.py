"""Where the sandbox keeps its files."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

PRIVATE_DIRECTORY = 0o700
PRIVATE_FILE = 0o600


def default_directory() -> Path:
    """Return the directory of the user's sandbox."""
    chosen = os.environ.get("KUPLET_SANDBOX_DIR")
    return Path(chosen) if chosen else platformdirs.user_state_path("kuplet") / "sandbox"


def default_cache() -> Path:
    """Return the directory of everything that kuplet can make again."""
    chosen = os.environ.get("KUPLET_CACHE_DIR")
    return Path(chosen) if chosen else platformdirs.user_cache_path("kuplet")


def make_private_directory(directory: Path) -> None:
    """Create a directory that only its owner may enter, whatever the umask."""
    directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    directory.chmod(PRIVATE_DIRECTORY)


def write_private_file(path: Path, content: str | bytes) -> None:
    """Replace a file in one step; at no moment can anyone else read it."""
    data = content.encode() if isinstance(content, str) else content
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    unfinished.replace(path)


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one sandbox, all below a directory that only the user may enter."""

    root: Path

    @property
    def kubeconfig(self) -> Path:
        """The credentials of the cluster's administrator."""
        return self.root / "kubeconfig"

    @property
    def settings(self) -> Path:
        """What the sandbox was last started with."""
        return self.root / "settings.json"

    @property
    def lock(self) -> Path:
        """Held by the one command that starts, stops or deletes the sandbox."""
        return self.root / "lock"

    @property
    def certificates(self) -> Path:
        """The sandbox's own certificate authority and what it signed."""
        return self.root / "certificates"

    @property
    def configuration(self) -> Path:
        """Files that are written for the programs at every start."""
        return self.root / "configuration"

    @property
    def processes(self) -> Path:
        """One record per process that was started."""
        return self.root / "processes"

    @property
    def logs(self) -> Path:
        """What the processes printed since they were last started."""
        return self.root / "logs"

    @property
    def etcd_data(self) -> Path:
        """The state of the cluster."""
        return self.root / "etcd"

    @property
    def minio_data(self) -> Path:
        """The objects of the MinIO server."""
        return self.root / "minio"

    @property
    def minio_credentials(self) -> Path:
        """The random root user of the MinIO server."""
        return self.root / "minio.json"

    def create(self) -> None:
        """Create the directories; existing ones are made private again."""
        for directory in (self.root, *self.state_directories):
            make_private_directory(directory)

    @property
    def state_directories(self) -> tuple[Path, ...]:
        """Every directory that a reset deletes; the root may hold files that are not ours."""
        return (
            self.certificates,
            self.configuration,
            self.processes,
            self.logs,
            self.etcd_data,
            self.minio_data,
        )

    @property
    def state_files(self) -> tuple[Path, ...]:
        """Every file that a reset deletes; not the lock, which others may be waiting for."""
        return (self.kubeconfig, self.settings, self.minio_credentials)
