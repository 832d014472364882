"""Entry points of the provider's two functions, and of the function that a model check asks a candidate with.

Nothing is imported here: the abort path has to answer CloudFormation even when the rest of this folder fails to load.
"""

from typing import Any


def on_event(event: Any, context: Any) -> dict[str, Any]:
    """Takes CloudFormation's events and, from the waiter, those to try again (`Event`) or to give up (`Abort`)."""
    if isinstance(event, dict) and "Abort" in event:
        from provider import abort

        return abort.handle(event["Abort"])
    from provider import events

    return events.handle(event, context)


def on_poll(event: Any, context: Any) -> dict[str, Any]:
    """Looks at a run for the waiter, and answers CloudFormation when there is something to say."""
    from provider import poll

    return poll.handle(event, context)


def on_check(event: Any, context: Any) -> dict[str, Any]:
    """Asks a candidate the next records of a check, for the check's state machine."""
    from provider.model_check import runner

    return runner.handle(event, context)
