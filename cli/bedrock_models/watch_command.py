"""`bedrock-models watch`: looks again and again, and ends as the runs end."""

import json
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from bedrock_models import target, times
from bedrock_models.arguments import Options
from bedrock_models.failures import Failure
from bedrock_models.run import FAILED, STOPPED
from bedrock_models.target import Target
from bedrock_models.watch_lines import Lines
from bedrock_models.watch_look import Look, Watcher
from bedrock_models.watch_screen import Screen
from bedrock_models.world import World

COMPLETED_CODE: Final = 0
FAILED_CODE: Final = 1
STOPPED_CODE: Final = 3
NEVER_STARTED_CODE: Final = 4
TIMED_OUT_CODE: Final = 124
INTERRUPTED_CODE: Final = 130

_RESULTS: Final = {"import": "model", "deployment": "deployment", "throughput": "throughput"}


def run(options: Options, world: World) -> int:
    """Shows each look, until the last run has ended."""
    watcher = Watcher(world, target.resolve(world, options.target))
    drawn = world.screen.is_terminal and not options.plain and not options.json
    show: Lines | Screen = Screen(world) if drawn else Lines(world, as_json=options.json)
    with show:
        last_words, code = _follow(watcher, show, world, options)
    if options.json:
        world.say(json.dumps({"at": times.stamp(world.now()), "exitCode": code, "text": last_words}))
    elif last_words:
        world.say(last_words)
    return code


def _follow(watcher: Watcher, show: Lines | Screen, world: World, options: Options) -> tuple[str, int]:
    started = time.monotonic()
    try:
        while True:
            look = watcher.look()
            show.show(look)
            code = exit_code(look)
            if code is not None:
                return _last_words(look, code), code
            if options.timeout and time.monotonic() - started >= options.timeout:
                limit = times.duration(timedelta(seconds=options.timeout))
                return f"--timeout of {limit} ended. {_goes_on(watcher.target)}", TIMED_OUT_CODE
            world.sleep(options.interval)
    except KeyboardInterrupt:
        return f"Stopped watching. {_goes_on(watcher.target)}", INTERRUPTED_CODE


def exit_code(look: Look) -> int | None:
    """None while there is something to wait for."""
    if look.is_waiting:
        return None
    statuses = {seen.run.status if seen.run else "" for seen in look.counted}
    statuses |= {each.status for each in look.served}
    if FAILED in statuses:
        return FAILED_CODE
    if STOPPED in statuses:
        return STOPPED_CODE
    if not statuses and look.stack is not None and not look.has_failed:
        raise Failure(f"the stack {look.stack.name!r} ({look.stack.status}) has nothing of Amazon Bedrock to watch")
    if not statuses or "" in statuses:
        return NEVER_STARTED_CODE
    return FAILED_CODE if look.has_moved and look.has_failed else COMPLETED_CODE


def _goes_on(watched: Target) -> str:
    return "The run goes on" + (", and so does the deployment." if watched.stack_id else ".")


def _last_words(look: Look, code: int) -> str:
    if code == NEVER_STARTED_CODE and look.stack is not None:
        return f"No run was started: {_end_of_stack(look)}"
    lines = [f"model: {seen.run.model_arn}" for seen in look.counted if seen.run and seen.run.model_arn]
    lines += [f"{_RESULTS[each.noun]}: {each.arn}" for each in look.served if each.status != FAILED]
    if look.has_moved and look.has_failed:
        lines.append(_end_of_stack(look))
    return "\n".join(lines)


def _end_of_stack(look: Look) -> str:
    if look.stack is None:
        return ""
    reasons = "".join(f"\n  {reason}" for reason in _reasons(look))
    return f"the stack {look.stack.name!r} is {look.stack.status}.{reasons}"


def _reasons(look: Look) -> Iterable[str]:
    failed = [each for each in look.stack.resources if each.status.endswith("_FAILED")] if look.stack else []
    return [f"{each.logical_id}: {each.reason}" for each in failed if each.reason]
