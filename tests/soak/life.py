"""The life of an app in random steps: edited, applied, interrupted, rolled back, meddled with.

After each step, what kuplet says and what the cluster holds must agree with a model that knows
only what the app says. `LifeOfAnApp` does not care which cluster it lives on: the tests give it
the one in memory, ``benchmarks/soak.py`` a real one.
"""

import itertools
import tempfile
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from compiler.errors import AppError
from compiler.executor.removal import Pruning
from compiler.executor.running import Patience
from compiler.model.manifest import manifest_of, text_at
from compiler.model.outcome import Failed
from compiler.model.release import ReleaseStatus
from compiler.verbs.apply import ApplyOptions, compare, plan_delete
from compiler.verbs.destination import Target
from compiler.verbs.proposal import Proposal
from compiler.verbs.rollback import plan_rollback
from tests.soak.system import BAD, COMPONENTS, EVERYTHING, TRAIN, Data, Key, Objects, System

names = st.sampled_from(["a", "b", "c", "d", "e", "f"])
keys = st.tuples(st.sampled_from(["ConfigMap", "Secret"]), names)
texts = st.sampled_from(["", "1", "true", "null", "on", "a\tb ", "one\ntwo\n", "é", "x" * 300])
datas = st.dictionaries(st.sampled_from(["mode", "rate", "path"]), texts, max_size=3)
components = st.sampled_from(COMPONENTS)
versions = st.sampled_from(["", "1", "2", "3", BAD])  # of the Job's image; without one: no Job


class LifeOfAnApp(RuleBasedStateMachine):
    """One environment of one app, and somebody else who works on the same cluster."""

    patience: ClassVar[Patience] = Patience(first_look_s=0.001)
    numbers: ClassVar = itertools.count(1)

    def open_cluster(self, namespace: str) -> Target:
        """Return a cluster that has a namespace."""
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        """Write a small app."""
        namespace = f"life-{next(self.numbers)}"
        self.directory = tempfile.TemporaryDirectory(prefix="kuplet-life-")
        target = self.open_cluster(namespace)
        self.system = System(Path(self.directory.name), namespace, target)
        self.standing: dict[int, Objects] = {}  # what the whole environment was after a release

    # What the user of kuplet does.

    @rule(component=components, key=keys, data=datas)
    def put(self, component: str, key: Key, data: Data) -> None:
        """Add an object to a component, change it, or move it from another one."""
        self.system.put(component, key, data)

    @rule(key=keys, data=datas)
    def change(self, key: Key, data: Data) -> None:
        """Change an object where it is."""
        for objects in self.system.app.values():
            if key in objects:
                objects[key] = data

    @rule(key=keys)
    def drop(self, key: Key) -> None:
        """Remove an object; something must be left."""
        if len(self.system.wanted) > 1:
            for objects in self.system.app.values():
                objects.pop(key, None)

    @rule(component=components)
    def drop_component(self, component: str) -> None:
        """Remove a component with all that it has; something must be left."""
        app = self.system.app
        if any(objects for name, objects in app.items() if name != component):
            app[component] = {}

    @rule(version=versions)
    def change_job(self, version: str) -> None:
        """Let the Job have another image, and so be run again, or remove it."""
        self.system.version = version

    @rule(later=st.integers(1, 3), earlier=st.integers(0, 2))
    def let_wait(self, later: int, earlier: int) -> None:
        """Let a component wait for one that stands before it."""
        if earlier < later:
            self.system.needs[COMPONENTS[later]] = COMPONENTS[earlier]

    @rule()
    def apply(self) -> None:
        """Apply all; the cluster is what the app says then, and a second apply does nothing."""
        is_whole = self._applied(self._planned(), fails=self.system.version == BAD)
        newest = self.system.releases()[0]
        if not is_whole:
            assert newest.status is ReleaseStatus.FAILED
            return
        wanted = self.system.wanted
        self.system.check_live(wanted)
        self.system.check_run(newest)
        assert newest.status is ReleaseStatus.SUCCEEDED
        recorded = {(item.ref.kind, item.ref.name) for item in newest.manifests}
        assert {key for key in recorded if key[0] != "Job"} == set(wanted)
        self.standing[newest.revision] = wanted
        assert not self._planned().plan.has_changes

    @rule(after=st.integers(0, 6))
    def interrupted(self, after: int) -> None:
        """Stop an apply after some of what happens; the next one goes on."""
        outcomes = self.system.carried_out(self._planned(), self.patience)
        stopped = list(itertools.islice(outcomes, after))
        outcomes.close()
        failed = {item.ref.kind for item in stopped if isinstance(item, Failed)}
        assert failed <= ({"Job"} if self.system.version == BAD else set())

    @rule(component=components)
    def apply_component(self, component: str) -> None:
        """Apply one component: it is as the app says, whatever the others are."""
        if not self.system.has(component):
            return
        fails = self.system.version == BAD and component == TRAIN
        if self._applied(self.system.planned(component), fails=fails):
            live = self.system.live()
            for key, data in self.system.app[component].items():
                self.system.check_like(key, live[key], data)

    @rule(pick=st.integers(0, 50))
    @precondition(lambda self: self.standing)
    def roll_back(self, pick: int) -> None:
        """Go back to any release that stands; values of Secrets stay what they are."""
        releases = self.system.releases()
        known = [item.revision for item in releases if item.revision in self.standing]
        if not known:
            return
        revision = known[pick % len(known)]
        goal = self.standing[revision]
        live, runs = self.system.live(), self.system.runs()
        lost = {key for key, data in goal.items() if key[0] == "Secret" and data} - set(live)
        try:
            proposal = plan_rollback(
                self.system.environment,
                self.system.target,
                revision,
                ApplyOptions(force=True, pruning=Pruning(is_confirmed=True)),
            )
        except AppError as error:
            assert {item.rule for item in error.findings if item.is_error} == {"rollback-secret"}
            assert lost
            return
        assert not lost
        self._applied(proposal)
        live = self.system.live()
        assert set(live) == set(goal)
        for key, data in goal.items():
            if key[0] == "ConfigMap":
                self.system.check_like(key, live[key], data)
        assert set(self.system.runs()) <= set(runs)

    @rule()
    def delete(self) -> None:
        """Delete everything; nothing of the environment is left."""
        self._applied(plan_delete(self.system.compiled(), self.system.target))
        assert self.system.live() == {}
        assert self.system.runs() == {}
        self.standing.clear()

    # What somebody else does.

    @rule(key=keys, text=texts)
    def edit(self, key: Key, text: str) -> None:
        """Change, or add, a key of an object."""
        if key in self.system.live():
            self.system.written_by_somebody(key, {"mode": text})
            self.system.added[key] = "mode"

    @rule(key=keys)
    def remove(self, key: Key) -> None:
        """Delete an object of the environment."""
        live = self.system.live()
        if key in live:
            ref, uid = manifest_of(live[key]).ref, text_at(live[key], "metadata", "uid")
            self.system.target.cluster.delete(ref, "v1", uid)

    # What always holds.

    @invariant()
    def nothing_of_others_is_touched(self) -> None:
        """What kuplet never made is as it was."""
        if hasattr(self, "system"):
            self.system.check_foreign()

    def teardown(self) -> None:
        """Remove the files."""
        if hasattr(self, "directory"):
            self.directory.cleanup()

    def _planned(self) -> Proposal:
        """Plan an apply of all; `diff` must say the same."""
        proposal = self.system.planned()
        shown = compare(
            proposal.compiled, self.system.target, force=True, pruning=EVERYTHING.pruning
        )
        assert shown.has_changes == proposal.comparison.has_changes
        return proposal

    def _applied(self, proposal: Proposal, *, fails: bool = False) -> bool:
        """Carry out a plan and return whether all of it was done; nothing but a Job may fail."""
        outcomes = self.system.carried_out(proposal, self.patience)
        failed = [item for item in outcomes if isinstance(item, Failed)]
        assert [item.ref.kind for item in failed] == ["Job"] * fails, failed
        return not failed
