"""How each tool is told to make the objects of `work.py`, and how what it made is checked."""

import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from contest import Bench, Contender
from measure import Command
from peer_apps import helm_chart, kapitan_app, kustomize_app, qbec_app, tanka_app
from peers import KUPLET
from rows import Target
from work import Component, difference, kuplet_app, objects_of

from schemas import write_schemas

KUBERNETES = "1.36"


class Renderers:
    """Some components, written for each tool.

    Args:
        of: The components.
        name: A folder for this work.
    """

    def __init__(self, bench: Bench, of: Sequence[Component], name: str) -> None:
        self._bench, self._of = bench, of
        self.root = bench.directory / name
        self.app = self.root / "kuplet"
        kuplet_app(self.app, of)

    def kuplet(
        self, name: str, *arguments: str, cold: bool, writer: Callable[[], object] | None = None
    ) -> Contender:
        """Return kuplet with a command; cold: with nothing cached.

        Args:
            writer: Called before each run.
        """

        def before() -> None:
            if cold:
                self._bench.forget()
            if writer:
                writer()

        command = Command(
            name=name,
            arguments=[KUPLET, *arguments],
            output=self.root / "kuplet.out",
            directory=self.app,
            variables=self._bench.variables,
            before=before,
        )
        is_compile = arguments[0] == "compile"
        return Contender(name=name, command=command, check=self._check(command, is_compile))

    def tk_show(self, target: Target) -> Contender:
        """Return `tk show`."""
        show = ["show", "environments/staging", "--dangerous-allow-redirect"]
        return self._peer("tk show", "tk", show, tanka_app, target)

    def tk_show_and_kubeconform(self, target: Target) -> Contender:
        """Return `tk show`, checked by kubeconform with the schemas that kuplet has."""
        name = "tk show + kubeconform"
        tk, checker = self._bench.peers.find("tk"), self._bench.peers.find("kubeconform")
        if not tk or not checker:
            return Contender(name=name, command=None, target=target)
        schemas = self.root / "schemas"
        kinds = [(body["apiVersion"], body["kind"]) for body in objects_of(self._of[0])]
        write_schemas(schemas, KUBERNETES, kinds)
        location = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
        line = '"$0" show environments/staging --dangerous-allow-redirect'
        line += ' | "$1" -strict -summary -schema-location "$2"'
        command = Command(
            name=name,
            arguments=["sh", "-c", line, tk, checker, location],
            output=self.root / "kubeconform.out",
            directory=self._written(tanka_app),
        )

        def check() -> str:
            said, wanted = command.output.read_text(), f"Valid: {len(self._of) * 5}, Invalid: 0"
            return "" if wanted in said else said

        return Contender(name=name, command=command, target=target, check=check)

    def tk_export(self, target: Target) -> Contender:
        """Return `tk export`, which writes a file an object."""
        out = self.root / "exported"
        return self._into_files("tk export", ["export", out, "environments/staging"], out, target)

    def qbec_show(self, target: Target) -> Contender:
        """Return `qbec show`; what it writes beside the objects is not asked for."""
        return self._peer("qbec show", "qbec", ["show", "staging", "--clean"], qbec_app, target)

    def kapitan(self, target: Target) -> Contender:
        """Return `kapitan compile`, which writes a file a component."""
        out = self._written(kapitan_app) / "compiled"
        return self._into_files("kapitan compile", ["compile"], out, target)

    def kustomize(self, target: Target) -> Contender:
        """Return `kustomize build` of objects that are rendered already."""
        return self._peer(
            "kustomize build", "kustomize", ["build", "staging"], kustomize_app, target
        )

    def helm_template(self, target: Target) -> Contender:
        """Return `helm template`."""
        return self._peer("helm template", "helm", ["template", "bench", "."], helm_chart, target)

    def _peer(
        self,
        name: str,
        program: str,
        arguments: Sequence[str | Path],
        writer: Callable[[Path, Sequence[Component]], None],
        target: Target,
    ) -> Contender:
        path = self._bench.peers.find(program)
        if path is None:
            return Contender(name=name, command=None, target=target)
        command = Command(
            name=name,
            arguments=[path, *arguments],
            output=self.root / f"{program}.out",
            directory=self._written(writer),
        )
        return Contender(name=name, command=command, target=target, check=self._check(command))

    def _into_files(
        self, name: str, arguments: Sequence[str | Path], out: Path, target: Target
    ) -> Contender:
        program = name.split(maxsplit=1)[0]
        path = self._bench.peers.find(program)
        if path is None:
            return Contender(name=name, command=None, target=target)
        command = Command(
            name=name,
            arguments=[path, *arguments],
            output=self.root / f"{program}.out",
            directory=self._written(tanka_app if program == "tk" else kapitan_app),
            before=partial(shutil.rmtree, out, ignore_errors=True),
        )

        def check() -> str:
            made = "\n---\n".join(file.read_text("utf-8") for file in sorted(out.rglob("*.yaml")))
            return difference(made, self._of)

        return Contender(name=name, command=command, target=target, check=check)

    def _written(self, writer: Callable[[Path, Sequence[Component]], None]) -> Path:
        root = self.root / writer.__name__
        if not root.exists():
            writer(root, self._of)
        return root

    def _check(self, command: Command, is_made: bool = True) -> Callable[[], str]:  # noqa: FBT001, FBT002
        if not is_made:
            return lambda: ""
        return lambda: difference(command.output.read_text("utf-8"), self._of)
