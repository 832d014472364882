"""A check of a custom model before it is served: nothing of Amazon Bedrock's API, but its losses and its answers."""

from collections.abc import Mapping
from typing import Any, Final

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.check import resources as check_resources
from constructs_lib.check.check_data import CheckData, CheckScore
from constructs_lib.check.resources import CheckResources
from constructs_lib.core import checks
from constructs_lib.core.contract import (
    CHECK_EXECUTION,
    CHECK_METRICS,
    MODEL_ARN,
    MODEL_CHECK_TYPE,
    NAME_PREFIX,
    PATH,
    REQUEST,
    TIMEOUT_SECONDS,
)
from constructs_lib.core.iam_policy import Statement
from constructs_lib.core.members import without_none
from constructs_lib.core.names import name_prefix
from constructs_lib.core.scopes import path_in_root_stack, stack_of
from constructs_lib.custom_model import TrainedModel
from constructs_lib.custom_model_base import ICustomModel
from constructs_lib.customization.hyper_parameters import all_as_text
from constructs_lib.data.access import reading, writing
from constructs_lib.data.data_source import BoundData
from constructs_lib.data.output_data import OutputData
from constructs_lib.provider import permissions
from constructs_lib.provider.model_provider import ModelProvider
from constructs_lib.resources.custom_resource import ProvidedResource
from constructs_lib.resources.model_reference import check_place, inputs_of, is_looked_up, root_arn_of
from constructs_lib.resources.wait_chain import WaitChain, timeout_seconds
from constructs_lib.serving.invocable_model import IInvocableModel

_DEFAULT_TIMEOUT: Final = 100 * 60
# A loss beyond it is no limit.
_LOSS_MOST: Final = 1_000_000


class ModelCheck(Construct):
    """Lets a custom model be served only if it is good enough.

    `custom_model` is the same model, and exists only once the check has passed: what is made of it waits for that. A
    model that does not pass fails the deployment with the reason; the rollback leaves the old one serving, and keeps
    the new one. The check runs again for every new model and every changed check, for nothing else, and never twice
    for the same pair, unless it came to no verdict. What is created beside it: for records, a function or a state
    machine, a Step Functions state machine with its role and log group, for records also a Lambda function.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        custom_model: ICustomModel,
        max_training_loss: float | None = None,
        max_validation_loss: float | None = None,
        invoke: IInvocableModel | None = None,
        records: CheckData | None = None,
        function: lambda_.IFunction | None = None,
        state_machine: sfn.IStateMachine | None = None,
        payload: Mapping[str, Any] | None = None,
        report: OutputData | None = None,
        timeout: cdk.Duration | None = None,
    ) -> None:
        """Checks the model. At least one of losses, records, function and state machine.

        :param custom_model: the model to check, of the stack's Region and account.
        :param max_training_loss: the highest final training loss that passes, as GetCustomModel reports it
            (bedrock:GetCustomModel). Judged first. Default: not judged.
        :param max_validation_loss: the same for each of the validation losses. Default: not judged.
        :param invoke: a deployment of the model, or Provisioned Throughput, through which the model is asked: a custom
            model itself cannot be invoked. Callers of another deployment see nothing of it. `records` need it; a
            function or a state machine gets its ARN. Default: none.
        :param records: what the model is asked, with Converse (bedrock:InvokeModel on `invoke`; s3:GetObject on the
            records; kms:Decrypt and kms:GenerateDataKey on the model's key). Requests that Bedrock throttles are
            repeated. Tokens are billed. Default: nothing is asked.
        :param function: with `records` it scores answers: it is invoked with `modelArn`, `payload` and `samples`, each
            with `id`, `messages`, `expected` and `answer`, and returns `[{"id": ..., "score": 0 to 1}, ...]`. Without
            `records` it does the whole check, in at most 15 minutes: it is invoked with `modelArn`, `modelId` (the ARN
            of `invoke`) and `payload`, and returns `{"passed": bool, "reason": text, "metrics": {name: number}}`.
            lambda:InvokeFunction is granted on it. Its code is no part of the check: give a version
            (`function.current_version`) to check again when it changes. Default: none.
        :param state_machine: does the whole check, for as long as it takes; input and output are those of a function.
            states:StartExecution is granted on it. Default: none.
        :param payload: a JSON object for the function or the state machine. Part of the check. Default: none.
        :param report: where questions, answers and scores of `records` are written, as JSON Lines below the name of the
            check (s3:PutObject). Default: nowhere.
        :param timeout: how long to wait for the verdict, above zero and at most 14 days, no token; above 50 minutes it
            is rounded up to whole times 50 minutes. When it ends the deployment fails. Default: 100 minutes.
        :raises ValueError: if there is nothing to check, or if arguments do not go together.
        """
        _check_arguments(
            losses=max_training_loss is not None or max_validation_loss is not None,
            invoke=invoke,
            records=records,
            function=function,
            state_machine=state_machine,
            payload=payload,
            report=report,
        )
        for argument, loss in (("max_training_loss", max_training_loss), ("max_validation_loss", max_validation_loss)):
            if loss is not None:
                checks.number(argument, loss, 0, _LOSS_MOST)
        seconds = timeout_seconds(timeout, default=_DEFAULT_TIMEOUT)
        check_place(scope, "custom_model", custom_model)
        if records:
            records.check(by_function=function is not None)
        super().__init__(scope, id)
        self._model = custom_model
        self._invoke = invoke
        self._function = function
        self._state_machine = state_machine
        self._payload = payload
        bound = records.bind(self) if records else None
        written = report.bind(self) if report else None
        made = self._make(bound, written)
        ModelProvider.of(scope).allow_checks(self)
        limits = {"maxTrainingLoss": max_training_loss, "maxValidationLoss": max_validation_loss}
        resource = ProvidedResource(
            self,
            "Resource",
            type=MODEL_CHECK_TYPE,
            run_inputs={
                "modelArn": custom_model.custom_model_arn,
                **all_as_text(without_none(limits)),
                **self._identity(records, bound),
            },
            settings={
                NAME_PREFIX: name_prefix(self),
                PATH: path_in_root_stack(self),
                TIMEOUT_SECONDS: seconds,
                **self._request(made, records, bound, written),
                **inputs_of(custom_model),
            },
            removal_policy=cdk.RemovalPolicy.DESTROY,
            tags=None,
            after=made.complete if made else [],
        )
        self._resource = resource
        self._wait = WaitChain(self, waited_for=resource, seconds=seconds, expecting=[CHECK_EXECUTION, MODEL_ARN])
        self._checked: ICustomModel | None = None

    @property
    def custom_model(self) -> ICustomModel:
        """The same model, known when the check has passed."""
        if self._checked is None:
            self._checked = TrainedModel(
                self,
                "CustomModel",
                arn=self._wait.reference(MODEL_ARN),
                encryption_key=self._model.encryption_key,
                inputs_digest=self._resource.inputs_digest,
                root_model_arn=root_arn_of(self._model),
                # A check does not change whose tags the model carries.
                is_looked_up=is_looked_up(self._model) or not inputs_of(self._model),
            )
        return self._checked

    @property
    def metrics(self) -> str:
        """The metrics of the verdict, as JSON text; an empty object if it has none, or is of an earlier deployment.

        They are in CloudWatch too: namespace `BedrockModels`, dimension `Check`.
        """
        return self._wait.attribute(CHECK_METRICS)

    def _make(self, bound: BoundData | None, written: BoundData | None) -> CheckResources | None:
        if bound:
            return check_resources.asking(self, self._asking(bound, written))
        if self._function:
            return check_resources.calling(self, self._function)
        return check_resources.running(self, self._state_machine) if self._state_machine else None

    def _asking(self, bound: BoundData, written: BoundData | None) -> list[Statement]:
        """What the function that asks is allowed."""
        assert self._invoke is not None  # noqa: S101  checked before
        statements = [
            *reading(bound),
            *(writing(written) if written else []),
            Statement(actions=["bedrock:InvokeModel"], resources=[self._invoke.model_arn]),
        ]
        if self._invoke.encryption_key:
            statements.append(permissions.use_key(self, self._invoke.encryption_key))
        if self._function:
            statements.append(Statement(actions=["lambda:InvokeFunction"], resources=[self._function.function_arn]))
        return statements

    def _identity(self, records: CheckData | None, bound: BoundData | None) -> dict[str, Any]:
        """What makes another check, beside the losses."""
        given = {
            "records": bound.identity if bound else None,
            "score": self._score(records),
            "minScore": records.min_score if records else None,
            "maxTokens": records.max_tokens if records else None,
            "functionArn": self._function.function_arn if self._function else None,
            "stateMachineArn": self._state_machine.state_machine_arn if self._state_machine else None,
            "payload": stack_of(self).to_json_string(dict(self._payload)) if self._payload else None,
        }
        check = all_as_text(without_none(given))
        return {"check": check} if check else {}

    def _request(
        self,
        made: CheckResources | None,
        records: CheckData | None,
        bound: BoundData | None,
        written: BoundData | None,
    ) -> dict[str, Any]:
        """What is started, and its input as JSON: CloudFormation would turn its numbers into text."""
        if made is None:
            return {}
        given = {
            "modelId": self._invoke.model_arn if self._invoke else None,
            "payload": dict(self._payload) if self._payload else None,
            "records": bound.uri if bound else None,
            "report": written.uri if written else None,
            "score": self._score(records),
            "minScore": records.min_score if records else None,
            "maxTokens": records.max_tokens if records else None,
            "requestsPerMinute": records.requests_per_minute if records else None,
            "functionArn": self._function.function_arn if self._function and records else None,
        }
        text = stack_of(self).to_json_string(without_none(given))
        return {REQUEST: {"stateMachineArn": made.state_machine_arn, "input": text}}

    def _score(self, records: CheckData | None) -> str | None:
        if records is None or self._function:
            return None
        return (records.score or CheckScore.EXACT_MATCH).value


def _check_arguments(
    *,
    losses: bool,
    invoke: IInvocableModel | None,
    records: CheckData | None,
    function: lambda_.IFunction | None,
    state_machine: sfn.IStateMachine | None,
    payload: Mapping[str, Any] | None,
    report: OutputData | None,
) -> None:
    """Raises `ValueError` for what does not go together."""
    checks.require(
        losses or any((records, function, state_machine)),
        "a check must have something to check",
        "no criterion",
        "give max_training_loss, max_validation_loss, records with invoke, a function or a state_machine",
    )
    checks.require(
        records is None or invoke is not None,
        "records must have something to ask",
        "no invoke",
        "give invoke=, a CustomModelDeployment or ProvisionedModelThroughput of the model",
    )
    checks.require(
        state_machine is None or (records is None and function is None),
        "a state_machine does the whole check",
        "records" if records else "a function",
        "leave records and function out, or call them from the state machine",
    )
    checks.require(
        records is None or records.score is None or function is None,
        "records are scored by score or by a function",
        "both",
        "leave one of them out",
    )
    checks.require(
        payload is None or function is not None or state_machine is not None,
        "payload is for a function or a state_machine",
        "neither",
        "leave payload out",
    )
    checks.require(report is None or records is not None, "a report is of records", "no records", "leave report out")
