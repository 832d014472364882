"""What a plan takes for AWS when it may not ask: nothing is there yet, and training jobs have left a checkpoint."""

import io
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from bedrock_models.plan.aws.bedrock import LOGGING, MISSING
from bedrock_models.plan.aws.service import pascal


class NothingThere:
    """AWS without credentials: nothing is found. Shapes are the client's, which signs nothing for them."""

    def __init__(self, api: Any) -> None:
        self.meta: Any = api.meta

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def answer(**_: Any) -> dict[str, Any]:
            if name.startswith("list_") or name.endswith(LOGGING):
                return {}
            if name == "get_parameter":
                raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
            raise ClientError({"Error": {"Code": MISSING, "Message": "not asked"}}, pascal(name))

        return answer


class TrainingAssumed:
    """SageMaker AI and its output without credentials: whichever training job is named has left a checkpoint."""

    def describe_training_job(self, **_: Any) -> dict[str, Any]:
        """One that has come to its end."""
        return {"TrainingJobStatus": "Completed", "OutputDataConfig": {"S3OutputPath": "s3://not-asked"}}

    def get_object(self, **_: Any) -> dict[str, Any]:
        """The manifest of every one of them."""
        return {"Body": io.BytesIO(b'{"checkpoint_s3_bucket": "s3://not-asked/"}')}
