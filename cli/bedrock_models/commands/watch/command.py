"""`bedrock-models watch`: polls what a deployment waits for, and ends as the runs end."""

import json
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from bedrock_models import times
from bedrock_models.arguments import Options
from bedrock_models.bedrock import model_check
from bedrock_models.bedrock.job import FAILED, STOPPED
from bedrock_models.commands import target
from bedrock_models.commands.target import Target
from bedrock_models.commands.watch.lines import Lines
from bedrock_models.commands.watch.progress import Progress, Watcher
from bedrock_models.commands.watch.screen import Screen
from bedrock_models.context import Context
from bedrock_models.failures import Failure

COMPLETED_CODE: Final = 0
FAILED_CODE: Final = 1
STOPPED_CODE: Final = 3
NEVER_STARTED_CODE: Final = 4
TIMED_OUT_CODE: Final = 124
INTERRUPTED_CODE: Final = 130

_RESULTS: Final = {"import": "model", "deployment": "deployment", "throughput": "throughput"}


def run(options: Options, context: Context) -> int:
    """Shows each progress, until the last run has ended."""
    watcher = Watcher(context, target.resolve(context, options.target))
    drawn = context.screen.is_terminal and not options.plain and not options.json
    show: Lines | Screen = Screen(context) if drawn else Lines(context, as_json=options.json)
    with show:
        last_words, code = _follow(watcher, show, context, options)
    if options.json:
        context.say(json.dumps({"at": times.stamp(context.now()), "exitCode": code, "text": last_words}))
    elif last_words:
        context.say(last_words)
    return code


def _follow(watcher: Watcher, show: Lines | Screen, context: Context, options: Options) -> tuple[str, int]:
    started = time.monotonic()
    try:
        while True:
            progress = watcher.read()
            show.show(progress)
            code = exit_code(progress)
            if code is not None:
                return _last_words(progress, code), code
            if options.timeout and time.monotonic() - started >= options.timeout:
                limit = times.duration(timedelta(seconds=options.timeout))
                return f"--timeout of {limit} ended. {_goes_on(watcher.target)}", TIMED_OUT_CODE
            context.sleep(options.interval)
    except KeyboardInterrupt:
        return f"Stopped watching. {_goes_on(watcher.target)}", INTERRUPTED_CODE


def exit_code(progress: Progress) -> int | None:
    """None while there is something to wait for."""
    if progress.is_waiting:
        return None
    statuses = {seen.job.status if seen.job else "" for seen in progress.counted}
    statuses |= {each.status for each in progress.served} | {each.status for each in progress.checks}
    if statuses & {FAILED, model_check.FAILED, model_check.UNDECIDED}:
        return FAILED_CODE
    if STOPPED in statuses:
        return STOPPED_CODE
    if not statuses and progress.stack is not None and not progress.has_failed:
        raise Failure(
            f"the stack {progress.stack.name!r} ({progress.stack.status}) has nothing of Amazon Bedrock to watch"
        )
    if not statuses or "" in statuses:
        return NEVER_STARTED_CODE
    return FAILED_CODE if progress.has_moved and progress.has_failed else COMPLETED_CODE


def _goes_on(watched: Target) -> str:
    what = "The import" if watched.import_job else "The run"
    return f"{what} goes on" + (", and so does the deployment." if watched.stack_id else ".")


def _last_words(progress: Progress, code: int) -> str:
    if code == NEVER_STARTED_CODE and progress.stack is not None:
        return f"No run was started: {_end_of_stack(progress)}"
    lines = [f"model: {seen.job.model_arn}" for seen in progress.counted if seen.job and seen.job.model_arn]
    lines += [f"{_RESULTS[each.noun]}: {each.arn}" for each in progress.served if each.status != FAILED]
    if progress.has_moved and progress.has_failed:
        lines.append(_end_of_stack(progress))
    return "\n".join(lines)


def _end_of_stack(progress: Progress) -> str:
    if progress.stack is None:
        return ""
    reasons = "".join(f"\n  {reason}" for reason in _reasons(progress))
    return f"the stack {progress.stack.name!r} is {progress.stack.status}.{reasons}"


def _reasons(progress: Progress) -> Iterable[str]:
    failed = [each for each in progress.stack.resources if each.status.endswith("_FAILED")] if progress.stack else []
    return [f"{each.logical_id}: {each.reason}" for each in failed if each.reason]
