"""The base model's life: a Legacy model takes no new jobs, and one that ends takes with it what was trained from it."""

import re
from collections.abc import Iterator
from typing import Final

from bedrock_models import times
from bedrock_models.bedrock import lifecycle
from bedrock_models.bedrock.lifecycle import Lifecycle
from bedrock_models.bedrock.resource import model_id
from bedrock_models.cloudformation.unknown import is_known
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import ModelResource
from bedrock_models.failures import is_missing, is_wrong_input

_CHECK: Final = "life"
# In front of the model's id in that of an inference profile.
GEOGRAPHY: Final = re.compile(r"^(us-gov|us|eu|apac|jp|au|ca|global)\.")
_REMEDY: Final = "choose one of: bedrock-models models"


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """One finding, none of a model that is not known or has no life that Bedrock tells."""
    if not examined.trains or not is_known(examined.base_model):
        return
    base = model_id(examined.base_model).partition("/")[0]
    life = _read(context, base)
    yield from _teacher(context, examined)
    if life is None:
        return
    now, text = context.now(), f"{base} is {life.text(context.now())}"
    if life.is_over(now) or life.is_legacy(now):
        yield problem(_CHECK, f"{text}: it takes no new jobs", _REMEDY)
    elif life.end and life.ends_within(now, max(examined.near, examined.timeout)):
        yield warning(_CHECK, f"{text}: what is trained from it serves until {times.day(life.end)} at most", _REMEDY)
    else:
        yield ok(_CHECK, text)


def _teacher(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """A teacher that has ended answers nobody; a Legacy one still does."""
    if not examined.teacher or not is_known(examined.teacher):
        return
    teacher = GEOGRAPHY.sub("", model_id(examined.teacher))
    life, now = _read(context, teacher), context.now()
    if life and life.is_over(now):
        yield problem(_CHECK, f"the teacher {teacher} is {life.text(now)}: it answers nobody", "choose another teacher")


def _read(context: Context, base: str) -> Lifecycle | None:
    bedrock = context.aws.client("bedrock")
    try:
        return lifecycle.read(bedrock.get_foundation_model(modelIdentifier=base)["modelDetails"])
    except bedrock.exceptions.ClientError as error:
        # The check of the base model says so.
        if is_missing(error) or is_wrong_input(error):
            return None
        raise
