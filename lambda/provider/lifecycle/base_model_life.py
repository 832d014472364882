"""How long the base model of something paid still lives: a look before a start.

Amazon Bedrock refuses by itself what it must. This refuses what it may accept and nobody can use: a model trained from
a base that takes no new throughput any more. It is never a new way to fail: what cannot be read is not judged.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from provider.aws import errors
from provider.aws.clients import Bedrock, Clients
from provider.cloudformation import log
from provider.cloudformation.result import Refused

# The service's word for a model that takes no new use; all others mean that it lives
# (docs/assumptions.md: legacy-base-takes-no-new-jobs).
_LEGACY: Final = "LEGACY"
_NEAR_SECONDS: Final = 90 * 24 * 60 * 60
_GEOGRAPHY: Final = re.compile(r"^(us-gov|us|eu|apac|jp|au|ca|global)\.")
_FOUNDATION: Final = ":foundation-model/"
_CUSTOM: Final = ":custom-model/"


def require_living(clients: Clients, model: str, *, what: str, seconds: float = 0) -> None:
    """Raises `Refused` if the model's base is Legacy or has ended; logs an end that is near.

    `what` is what would be started, `seconds` how long that takes.
    """
    read = _read(clients.bedrock, model)
    if read is None:
        return
    (base, life), now = read, clients.now()
    end = _seconds(life.get("endOfLifeTime"))
    if end is not None and end <= now:
        raise _refused(base, f"came to the end of its life on {_day(end)}", what)
    if life.get("status") == _LEGACY:
        until = f" and ends on {_day(end)}" if end is not None else ""
        raise _refused(base, f"is Legacy{until}", what)
    if end is not None and end <= now + max(_NEAR_SECONDS, seconds):
        log.info("the base model ends soon", base_model=base, end=_day(end))


def require_teacher(clients: Clients, teacher: str) -> None:
    """Raises `Refused` if the teacher of a distillation has ended. A Legacy one still answers those who use it."""
    # Of an inference profile the id is the model's, behind the geography's name.
    read = _read(clients.bedrock, _GEOGRAPHY.sub("", teacher.rpartition("/")[2]))
    end = _seconds(read[1].get("endOfLifeTime")) if read else None
    if read and end is not None and end <= clients.now():
        raise Refused(
            f"Nothing was started: the teacher {read[0]} came to the end of its life on {_day(end)}, so it answers "
            "no request. Use another teacher."
        )


def _read(bedrock: Bedrock, model: str) -> tuple[str, dict[str, Any]] | None:
    """The id of the base model and its life. What cannot be read is not judged."""
    try:
        base = _base_of(bedrock, model)
        return base, bedrock.get_foundation_model(modelIdentifier=base)["modelDetails"].get("modelLifecycle", {})
    except (ClientError, BotoCoreError, KeyError) as error:
        log.info("life of the base model not read", base_model=model, because=errors.message(error))
        return None


def _refused(base: str, state: str, what: str) -> Refused:
    return Refused(
        f"Nothing was started: the base model {base} {state}, so it takes no new {what}. Use another base model; "
        "bedrock-models models lists those that can be trained."
    )


def _base_of(bedrock: Bedrock, model: str) -> str:
    """The id of the foundation model that a model is, or was trained from. KeyError if Bedrock does not tell."""
    if _CUSTOM in model:
        # Of a model that was trained further, too, this names the foundation model.
        model = str(bedrock.get_custom_model(modelIdentifier=model)["baseModelArn"])
    return model.partition(_FOUNDATION)[2] or model


def _seconds(time: Any) -> float | None:
    return time.timestamp() if isinstance(time, datetime) else None


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
