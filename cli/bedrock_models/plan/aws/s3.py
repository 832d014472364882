"""Amazon S3 for a dry run."""

import io
from typing import Any

from bedrock_models.plan.aws.service import Service


class ReadOnlyS3(Service):
    """Amazon S3. An answer's body can be read once, and whoever asks again gets what was remembered."""

    def _asked(self, name: str, params: dict[str, Any]) -> Any:
        answer = super()._asked(name, params)
        return answer if isinstance(answer, Exception) else {**answer, "Body": answer["Body"].read()}

    def _read(self, name: str, params: dict[str, Any]) -> Any:
        answer = super()._read(name, params)
        return {**answer, "Body": io.BytesIO(answer["Body"])}
