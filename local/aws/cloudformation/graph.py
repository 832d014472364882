"""The dependency graph of a template, visited in its order or in reverse, independent resources in parallel."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from local.aws.cloudformation import resources


async def visit_in_order(
    dependencies: Mapping[str, set[str]],
    visit: Callable[[str], Awaitable[bool]],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """`visit` tells whether it succeeded; dependents of what failed are not visited, and nothing once `stopped`."""
    waiting = {name: needs & dependencies.keys() - {name} for name, needs in dependencies.items()}
    running: dict[asyncio.Task[bool], str] = {}
    while True:
        ready = [] if stopped() else sorted(name for name, needs in waiting.items() if not needs)
        for name in ready:
            del waiting[name]
            running[asyncio.create_task(_awaited(visit(name)))] = name
        if not running:
            return
        done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        succeeded = {running.pop(task): task.result() for task in done}
        finished = {name for name, success in succeeded.items() if success}
        for name in waiting:
            waiting[name] -= finished


async def visit_dependents_first(
    names: Iterable[str], definitions: Mapping[str, Mapping[str, Any]], visit: Callable[[str], Awaitable[bool]]
) -> None:
    """The way back: nothing goes before what depends on it, by the template that it was made from."""
    every = set(names)
    dependents: dict[str, set[str]] = {name: set() for name in every}
    for name in every:
        for needed in resources.dependencies(definitions.get(name, {}), every):
            dependents[needed].add(name)
    await visit_in_order(dependents, visit)


async def _awaited(visit: Awaitable[bool]) -> bool:
    return await visit
