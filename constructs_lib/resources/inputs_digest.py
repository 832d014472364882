"""The digest of what a model is made of, as it stands in the template of the model's own stack."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
import jsii
from constructs import Construct

from constructs_lib.core.contract import QUERY, RUN_INPUTS, SETTINGS
from constructs_lib.core.scopes import stack_of
from constructs_lib.resources.model_reference import MODEL_INPUTS

# What a model was trained on is one of its inputs: that model's ARN, too, is the same text for every model.
_INPUTS: Final = (
    f"Properties.{RUN_INPUTS}.",
    f"Properties.{SETTINGS}.{MODEL_INPUTS}.",
    f"Properties.{QUERY}.",
    f"Properties.{MODEL_INPUTS}.",
)


class InputsDigest:
    """The digest of one resource's inputs, made anew whenever a template is written.

    A digest that was made once would be too early: the CDK looks for references before it knows what they become in the
    stack that refers, so equal logical ids of two stacks would be one text. Nested templates are hashed before any
    validation, so that would be too late.
    """

    def __init__(self, scope: Construct, *, run_inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
        of_base_model = {name: value for name, value in settings.items() if name == MODEL_INPUTS}
        self._scope = scope
        self._inputs: Final = {**run_inputs, **of_base_model}
        self._overrides: Final[list[list[Any]]] = []

    @property
    def text(self) -> str:
        """A token for it."""
        return cdk.Lazy.uncached_string(_Text(self))

    def note_override(self, path: str, value: Any) -> None:
        """Counts an override of the CDK's as one of the inputs, if it reaches any of them."""
        if any(f"{path}.".startswith(group) or group.startswith(f"{path}.") for group in _INPUTS):
            self._overrides.append([path, value])

    def now(self) -> str:
        """The digest of the inputs as the resource's own stack renders them now."""
        content = [self._inputs, self._overrides] if self._overrides else self._inputs
        resolved = json.dumps(stack_of(self._scope).resolve(content), sort_keys=True)
        return hashlib.sha256(resolved.encode()).hexdigest()[:20]


@jsii.implements(cdk.IStringProducer)
class _Text:
    """Stands between, because what crosses to the CDK's process can have no members of its own."""

    def __init__(self, digest: InputsDigest) -> None:
        self._digest = digest

    def produce(self, context: cdk.IResolveContext) -> str:  # noqa: ARG002  the interface's signature
        return self._digest.now()
