"""The run: account, options and stacks, as the probes use them."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from acceptance.recording import Recorder
from bedrock_models.context import Aws

# On everything that a run makes, so that what is left can be found; the value is the run.
TAG: Final = "bedrock-models-acceptance"
STACKS: Final = "BedrockAcceptance"
PREFIX: Final = "acceptance"


class RecordedAws(Aws):
    """The command line's AWS, with the recorder listening."""

    def __init__(self, recorder: Recorder, **options: Any) -> None:
        super().__init__(**options)
        self._recorder = recorder

    def _made(self, service: str) -> Any:
        return self._recorder.attach(super()._made(service))


@dataclass(kw_only=True)
class Run:
    """`pause` is how many seconds lie between two looks at something that takes long."""

    id: str
    aws: Any
    recorder: Recorder
    folder: Path
    base_model: str
    source: str = ""
    swap_source: str = ""
    weights: str = ""
    profile: str = ""
    endpoint_url: str = ""
    pause: float = 15
    say: Callable[[str], None] = print
    denied: list[str] = field(default_factory=list)

    @property
    def bedrock(self) -> Any:
        return self.aws.client("bedrock")

    @property
    def cloudformation(self) -> Any:
        return self.aws.client("cloudformation")

    @property
    def tags(self) -> list[dict[str, str]]:
        """For what is made without a stack."""
        return [{"key": TAG, "value": self.id}]

    @functools.cached_property
    def partition(self) -> str:
        return str(self.aws.client("sts").get_caller_identity()["Arn"].split(":")[1])

    @property
    def nobody(self) -> str:
        """A name that nothing has."""
        return f"{PREFIX}-{self.id}-nobody"

    def arn(self, suffix: str) -> str:
        return f"arn:{self.partition}:bedrock:{self.aws.region}:{self.aws.account}:{suffix}"

    def deny(self, action: str) -> None:
        """Notes a permission that was missed."""
        if action not in self.denied:
            self.denied.append(action)


def new_id() -> str:
    """Sorts by time, and fits into every name."""
    return time.strftime("%Y%m%dt%H%M%S", time.gmtime())
