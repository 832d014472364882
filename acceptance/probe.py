"""Probes: each asks AWS something and says which assumptions the answer confirms or refutes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from acceptance.answers import SessionEnded, is_ended
from acceptance.finding import Finding, Verdict
from acceptance.run import Run
from bedrock_models import failures

# Assumption, whether it holds (None: the answer decides nothing), the raw answer.
Told = tuple[str, bool | None, str]
Ask = Callable[[Run], Iterator[Told]]


class NotPossible(Exception):  # noqa: N818  a finding, not a defect
    """Something that the probe stands on is not there; the text says what."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """`settles` are the assumptions that it can decide. In a step, probes run in the order of their definition."""

    id: str
    step: int
    settles: tuple[str, ...]
    ask: Ask


PROBES: Final[dict[str, Probe]] = {}


def probe(id: str, *, step: int, settles: tuple[str, ...]) -> Callable[[Ask], Ask]:
    """Registers a generator function as a probe."""

    def register(ask: Ask) -> Ask:
        PROBES[id] = Probe(id=id, step=step, settles=settles, ask=ask)
        return ask

    return register


def settle(probe: Probe, run: Run) -> Iterator[Finding]:
    """A finding for each of the probe's assumptions, also when the probe cannot go on.

    Raises `SessionEnded` when the credentials are no longer accepted: nothing else can be asked then.
    """
    left = list(probe.settles)
    why = "The probe ended before it came to this."
    with run.recorder.probing(probe.id):
        try:
            for assumption, holds, answer in probe.ask(run):
                left.remove(assumption)
                yield _finding(probe, assumption, holds, answer)
        except NotPossible as reason:
            why = str(reason)
        except (ClientError, BotoCoreError) as error:
            if is_ended(error):
                raise SessionEnded(failures.explain(error)) from error
            why = failures.explain(error)
            if failures.is_denied(error):
                run.deny(failures.action(error) if isinstance(error, ClientError) else type(error).__name__)
    for assumption in left:
        yield _finding(probe, assumption, None, why)


def _finding(probe: Probe, assumption: str, holds: bool | None, answer: str) -> Finding:
    verdict: dict[Any, Verdict] = {True: Verdict.CONFIRMED, False: Verdict.REFUTED}
    return Finding(
        assumption=assumption, probe=probe.id, verdict=verdict.get(holds, Verdict.OPEN), answer=answer or "(nothing)"
    )
