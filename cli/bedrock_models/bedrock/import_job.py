"""An import of open weights as GetModelImportJob tells of it. It has no phases, and nothing stops it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from bedrock_models.bedrock.job import COMPLETED, IN_PROGRESS, Job, Typical
from bedrock_models.failures import code, is_missing, is_wrong_input
from bedrock_models.times import median

ARN_PART: Final = ":model-import-job/"
# What Amazon Bedrock answers in a Region without Custom Model Import.
_NOT_OFFERED: Final = "UnknownOperationException"
# Enough for a median.
_COMPARED: Final = 20


@dataclass(frozen=True, kw_only=True)
class ImportJob(Job):
    """One import. `source_uri` is the folder of the weights."""

    source_uri: str


def find(bedrock: Any, identifier: str) -> ImportJob | None:
    """The import job of that name or ARN, if there is one."""
    try:
        return read(bedrock.get_model_import_job(jobIdentifier=identifier))
    except bedrock.exceptions.ClientError as error:
        # A stack's name may be none that a job could have.
        if is_missing(error) or is_wrong_input(error) or code(error) == _NOT_OFFERED:
            return None
        raise


def read(seen: Mapping[str, Any]) -> ImportJob:
    """Takes apart what Get answers."""
    status = seen.get("status", IN_PROGRESS)
    return ImportJob(
        name=seen["jobName"],
        arn=seen["jobArn"],
        status=status,
        created=seen["creationTime"],
        changed=seen.get("lastModifiedTime", seen["creationTime"]),
        ended=seen.get("endTime"),
        message=seen.get("failureMessage", ""),
        # A job may tell the ARN of its model before there is one.
        model_arn=seen.get("importedModelArn", "") if status == COMPLETED else "",
        source_uri=seen.get("modelDataSource", {}).get("s3DataSource", {}).get("s3Uri", ""),
    )


def typical(bedrock: Any, of: ImportJob) -> Typical | None:
    """What imports took that have finished here."""
    pages = bedrock.get_paginator("list_model_import_jobs").paginate(
        statusEquals=COMPLETED, sortBy="CreationTime", sortOrder="Descending"
    )
    listed = (each for page in pages for each in page.get("modelImportJobSummaries", ()))
    others = islice((each for each in listed if each["jobName"] != of.name and "endTime" in each), _COMPARED)
    lasted = [each["endTime"] - each["creationTime"] for each in others]
    whole = median(lasted)
    if whole is None:
        return None
    return Typical(runs=len(lasted), whole=whole, phases={}, shortest=min(lasted), longest=max(lasted))
