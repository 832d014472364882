"""Training jobs of Amazon SageMaker AI, as far as they tell where they wrote: for DescribeTrainingJob alone.

Nothing is trained: a job is put as it stands, with whatever it left in its output.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

COMPLETED = "Completed"
# Where Nova jobs write their manifest, below the output path and the job's name: on SageMaker HyperPod, a serverless
# one, and inside an archive one on instances of its own.
HYPERPOD, SERVERLESS, ARCHIVE = "manifest.json", "output/output/manifest.json", "output/output.tar.gz"


class MissingJobError(Exception):
    """No job has this name."""


@dataclass
class TrainingJobs:
    """The jobs of one account and Region by their names."""

    account: str
    region: str
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self, name: str, output: str, *, status: str = COMPLETED, failure: str = "") -> None:
        """A job of that name, which writes below `output` and stands so."""
        made = datetime(2026, 1, 2, tzinfo=UTC)
        self.jobs[name] = {
            "TrainingJobName": name,
            "TrainingJobArn": self.arn(name),
            "TrainingJobStatus": status,
            "SecondaryStatus": "Training" if status == "InProgress" else status,
            "OutputDataConfig": {"S3OutputPath": output},
            "ModelArtifacts": {"S3ModelArtifacts": f"{output.rstrip('/')}/{name}/output/model.tar.gz"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
            "CreationTime": made,
            **({"FailureReason": failure} if failure else {}),
        }

    def arn(self, name: str) -> str:
        """The ARN of the job of that name: in lower case, however the name is written."""
        return f"arn:aws:sagemaker:{self.region}:{self.account}:training-job/{name.lower()}"

    def describe(self, name: str) -> dict[str, Any]:
        """What DescribeTrainingJob answers. Raises `MissingJobError`."""
        if name not in self.jobs:
            raise MissingJobError("Requested resource not found.")
        return self.jobs[name]
