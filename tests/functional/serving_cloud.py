"""The world of the tests with models in it that can be served."""

from datetime import timedelta
from typing import Any

from provider.cloudformation.contract import WAIT_TYPE
from tests.functional.conftest import ACCOUNT, Cloud

ROLE = f"arn:aws:iam::{ACCOUNT}:role/service"
NOVA_LITE = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
NOVA_MICRO = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0"


class Serving(Cloud):
    """The same, with short ways to ask for something that serves a model."""

    type: str

    def event(self, request_type: str, properties: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return super().event(request_type, properties, **{"ResourceType": self.type, **fields})

    def imported(self, name: str) -> str:
        """An active custom model whose base model Bedrock does not tell; its ARN."""
        source = {"s3DataSource": {"s3Uri": "s3://escrow/model/"}}
        made = self.client.create_custom_model(modelName=name, modelSourceConfig=source, roleArn=ROLE)
        self.clock.advance(timedelta(hours=1))
        return made["modelArn"]

    def trained(self, name: str, base: str = NOVA_LITE, *, validators: int = 0) -> str:
        """An active custom model that was trained from this base model; its ARN."""
        data = [{"s3Uri": f"s3://data/validation-{number}.jsonl"} for number in range(validators)]
        self.client.create_model_customization_job(
            jobName=name,
            customModelName=name,
            roleArn=ROLE,
            baseModelIdentifier=base,
            trainingDataConfig={"s3Uri": "s3://data/train.jsonl"},
            outputDataConfig={"s3Uri": "s3://data/output/"},
            **({"validationDataConfig": {"validators": data}} if data else {}),
        )
        self.clock.advance(timedelta(days=1))
        return self.client.get_custom_model(modelIdentifier=name)["modelArn"]

    def ready(self, answer: dict[str, Any], **properties: Any) -> dict[str, Any]:
        """Waits for what the answer of the resource promises, as the construct renders it."""
        name, served = answer["PhysicalResourceId"], answer["Data"]["ServedModelArn"]
        given = {"For": self.type, "Name": name, "ServedModelArn": served, "Last": "true", **properties}
        return self.create(given, ResourceType=WAIT_TYPE, LogicalResourceId="ServiceReady")

    def calls(self, operation: str) -> int:
        """How many of these calls were carried out."""
        return sum(call.operation == operation and call.outcome == "ok" for call in self.bedrock.calls)
