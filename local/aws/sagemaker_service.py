"""The Amazon SageMaker AI service of the local AWS: training jobs that have left a Nova checkpoint, or have not."""

import io
import json
import tarfile
from collections.abc import Mapping

from local.aws import json_protocol
from local.aws.buckets import Buckets
from local.sagemaker import ARCHIVE, COMPLETED, SERVERLESS, MissingJobError, TrainingJobs

# What the examples import.
_TRAINED = "nova-lite-demo"
_MEMBERS = ("name", "checkpoint", "layout", "status", "failure")


class SageMakerService:
    """Answers DescribeTrainingJob. All else is refused as an unknown operation."""

    def __init__(self, account: str, region: str) -> None:
        self._jobs = TrainingJobs(account, region)
        self._buckets = Buckets(account)
        self._region = region
        self._output = f"sagemaker-{region}-{account}"

    def train(self, checkpoint: str) -> None:
        """What an account has that trained a Nova model: a job whose output names its checkpoint."""
        self._put(_TRAINED, checkpoint=checkpoint)

    async def handle(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, list[str]]
    ) -> json_protocol.Answer:
        del method, path, query
        operation = json_protocol.operation_of(headers)
        if operation != "DescribeTrainingJob":
            return json_protocol.unknown_operation(operation)
        try:
            found = self._jobs.describe(json.loads(body or b"{}").get("TrainingJobName", ""))
        except MissingJobError as error:
            # Its model documents ResourceNotFound, and the service is known to say this.
            return json_protocol.answer(400, {"__type": "ValidationException", "message": str(error)})
        return json_protocol.answer(200, {**found, "CreationTime": found["CreationTime"].timestamp()})

    def administer(self, _path: str, _headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """Puts a training job with its output: `name`, `checkpoint`, `layout`, `status`, `failure`."""
        given = json.loads(body or b"{}")
        unknown = [member for member in given if member not in _MEMBERS]
        if unknown or not given.get("name"):
            return 400, {"error": f"a training job has a name and no {unknown}"}
        return 200, {"output": self._put(**given)}

    def _put(
        self, name: str, *, checkpoint: str = "", layout: str = SERVERLESS, status: str = COMPLETED, failure: str = ""
    ) -> str:
        if checkpoint:
            manifest = json.dumps({"checkpoint_s3_bucket": checkpoint}).encode()
            content = archive_of(manifest) if layout == ARCHIVE else manifest
            self._buckets.put_into(self._output, self._region, f"nova/{name}/{layout}", content)
        output = f"s3://{self._output}/nova/"
        self._jobs.put(name, output, status=status, failure=failure)
        return output


def archive_of(manifest: bytes) -> bytes:
    """An `output.tar.gz` with logs and the manifest."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (("logs/step.csv", b"step,loss\n1,0.5\n"), ("./manifest.json", manifest)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
