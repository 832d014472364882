"""One run of a job, as Bedrock keeps it: its record stays for ever, and so does its name; its model may be gone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from provider.cloudformation.contract import JOB_ARN, JOB_NAME, MODEL_ARN, MODEL_NAME

IN_PROGRESS: Final = "InProgress"
STOPPING: Final = "Stopping"
COMPLETED: Final = "Completed"
FAILED: Final = "Failed"
STOPPED: Final = "Stopped"
# What is known of a run that was never started, or cannot be found.
MISSING: Final = "Missing"


@dataclass(frozen=True, kw_only=True)
class Run:
    """What all kinds of jobs tell of a run. `progress` says why one that is on its way is not further."""

    name: str
    arn: str
    status: str
    progress: str = ""
    message: str = ""
    model_arn: str = ""
    model_name: str = ""
    role_arn: str = ""
    security_groups: tuple[str, ...] = ()
    created: datetime | None = None
    ended: datetime | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the run still needs its role and its network."""
        return self.status in (IN_PROGRESS, STOPPING)

    @property
    def attributes(self) -> dict[str, str]:
        """Every one always present: a GetAtt of a missing one fails."""
        return {
            JOB_NAME: self.name,
            JOB_ARN: self.arn,
            "Status": self.status,
            MODEL_ARN: self.model_arn,
            MODEL_NAME: self.model_name,
        }
