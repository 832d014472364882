"""The custom resource of a look-up: it finds what exists when the stack is deployed, and owns nothing."""

import datetime as dt
import functools
from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
import jsii
from constructs import Construct

from constructs_lib.core import checks
from constructs_lib.core.contract import (
    FILTERS,
    FIND,
    FIND_NAME,
    MODEL_LOOKUP_TYPE,
    QUERY,
    QUERY_KEY,
    REFRESH,
    SERVICE_TIMEOUT_SECONDS,
)
from constructs_lib.core.scopes import parent_stacks_property
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.inputs_digest import InputsDigest
from constructs_lib.resources.weak_references import refer_weakly

_REFRESH_MAX: Final = 1024


@jsii.implements(cdk.IInspectable)
class Lookup(cdk.CfnResource):
    """Custom::BedrockModelLookup."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        find: str,
        name: str | None = None,
        filters: Mapping[str, Any] | None = None,
        key_arn: str | None = None,
        refresh: str | None = None,
        model_inputs: Mapping[str, Any] | None = None,
    ) -> None:
        """`find` is what is asked for. `key_arn` is None where no model is used, empty for one without a key.

        `model_inputs` tell of a model that is one of the filters: its ARN is the same text for every model.
        """
        query = {
            FIND: find,
            **({FIND_NAME: name} if name else {}),
            **({FILTERS: filters} if filters else {}),
            **({QUERY_KEY: key_arn} if key_arn is not None else {}),
            **({REFRESH: refresh} if refresh else {}),
        }
        inputs = dict(model_inputs or {})
        self._digest = InputsDigest(scope, run_inputs={**query, **inputs}, settings={})
        provider = ModelProvider.of(scope)
        super().__init__(
            scope,
            id,
            type=MODEL_LOOKUP_TYPE,
            properties={
                "ServiceToken": provider.service_token,
                "ServiceTimeout": SERVICE_TIMEOUT_SECONDS,
                QUERY: query,
                **inputs,
                **parent_stacks_property(scope),
            },
        )
        self.node.add_dependency(provider.permission)
        # There is nothing behind it: Retain saves the calls that would delete it.
        super().apply_removal_policy(cdk.RemovalPolicy.RETAIN, apply_to_update_replace_policy=True)

    def inspect(self, inspector: cdk.TreeInspector) -> None:
        """Tells viewers of the construct tree what kind of resource this is."""
        inspector.add_attribute("aws:cdk:cloudformation:type", MODEL_LOOKUP_TYPE)

    def apply_removal_policy(
        self,
        policy: cdk.RemovalPolicy | None = None,
        *,
        apply_to_update_replace_policy: bool | None = None,
        default: cdk.RemovalPolicy | None = None,
    ) -> None:
        """Does nothing: a look-up has nothing to remove, whatever an Aspect says of the things around it."""

    def add_override(self, path: str, value: Any) -> None:
        """As the CDK's own, which every other kind of override ends in; an override of the question counts as one."""
        self._digest.note_override(path, value)
        super().add_override(path, value)

    @property
    def inputs_digest(self) -> str:
        """A digest of the question, `refresh` included. What uses the answer carries it in its own template."""
        return self._digest.text

    def reference(self, name: str) -> cdk.Reference:
        """An attribute of what is found. Other stacks refer to it weakly."""
        self._weakly  # noqa: B018  once
        return self.get_att(name)

    def attribute(self, name: str) -> str:
        """The same, as text."""
        return self.reference(name).to_string()

    @functools.cached_property
    def _weakly(self) -> None:
        refer_weakly(self)


def check_refresh(refresh: str | None) -> None:
    """Raises `ValueError` for what is not one line."""
    checks.line("refresh", refresh, limit=_REFRESH_MAX)


def times(created_after: str | dt.datetime | None, created_before: str | dt.datetime | None) -> dict[str, str]:
    """The filters of both List calls for when something was created. Raises `ValueError` for a time without a zone."""
    after, before = _time("created_after", created_after), _time("created_before", created_before)
    if isinstance(after, dt.datetime) and isinstance(before, dt.datetime):
        checks.require(
            after < before,
            "created_after must be earlier than created_before",
            f"{after.isoformat()} and {before.isoformat()}",
            "exchange them",
        )
    given = {"creationTimeAfter": after, "creationTimeBefore": before}
    return {name: _text(value) for name, value in given.items() if value is not None}


def _time(argument: str, value: str | dt.datetime | None) -> str | dt.datetime | None:
    if value is None or (isinstance(value, str) and checks.is_token(value)):
        return value
    read = _parsed(value) if isinstance(value, str) else value
    checks.require(
        read is not None and read.tzinfo is not None,
        f"{argument} must be a time with its zone, as ISO 8601 writes it",
        value if isinstance(value, str) else value.isoformat(),
        "use 2026-11-01T00:00:00Z, or datetime.now(timezone.utc)",
    )
    return read


def _parsed(value: str) -> dt.datetime | None:
    try:
        if len(value) == len("2026-11-01"):
            return dt.datetime.combine(dt.date.fromisoformat(value), dt.time(), dt.UTC)
        return dt.datetime.fromisoformat(value)
    except ValueError:
        return None


def _text(value: dt.datetime | str) -> str:
    return value if isinstance(value, str) else value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
