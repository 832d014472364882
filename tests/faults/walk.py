"""Going through resources in the order of what they need, on virtual time."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tests.faults.templates import Template
from tests.faults.timeline import Timeline

Done = Callable[[bool], None]


class Walk:
    """Visits resources as soon as what they need is done, independent ones side by side, each visit a second apart."""

    def __init__(
        self,
        timeline: Timeline,
        needs: Mapping[str, set[str]],
        visit: Callable[[str, Done], None],
        done: Callable[[], None],
    ) -> None:
        self._timeline = timeline
        self._waiting = {name: needed & needs.keys() for name, needed in needs.items()}
        self._visit = visit
        self._done = done
        self._running: set[str] = set()
        self.stopped = False

    def go(self) -> None:
        if self.stopped:
            return
        ready = [name for name, needed in self._waiting.items() if not needed]
        if not ready and not self._running:
            self.stopped = True
            self._done()
        for name in ready:
            del self._waiting[name]
            self._running.add(name)
        for name in ready:
            if not self.stopped:
                self._visit(name, partial(self._finished, name))

    def _finished(self, name: str, success: bool) -> None:
        self._running.discard(name)
        if success:
            for needed in self._waiting.values():
                needed.discard(name)
        else:
            self._drop_dependents_of(name)
        self._timeline.after(1, self.go)

    def _drop_dependents_of(self, failed: str) -> None:
        for name in [name for name, needed in self._waiting.items() if failed in needed]:
            if self._waiting.pop(name, None) is not None:
                self._drop_dependents_of(name)


def needs_of(template: Template) -> dict[str, set[str]]:
    return {name: resource.needs() for name, resource in template.items()}


def each(items: list[Any], act: Callable[[Any, Done], None], done: Done) -> None:
    """One after the other."""
    if not items:
        done(True)
        return
    act(items[0], lambda _: each(items[1:], act, done))
