"""The checkpoint of a Nova training job of SageMaker AI: its output says in which escrow bucket it lies.

Source of the layouts: module `sagemaker.core.training.utils` of SageMaker Python SDK 3.27
(docs/assumptions.md: training-job-output).
"""

import json
import tarfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, Final

from botocore.exceptions import ClientError

from provider.aws import errors
from provider.aws.clients import Clients
from provider.aws.status import reason
from provider.cloudformation import log
from provider.cloudformation.result import Cause, NotYet, Refused

_COMPLETED: Final = "Completed"
_CHECKPOINT: Final = "checkpoint_s3_bucket"
_MANIFEST: Final = "manifest.json"
_MANIFEST_LIMIT: Final = 1024 * 1024
# It is read as a stream until the manifest comes. A Nova job's holds logs beside it, and no weights.
_ARCHIVE_LIMIT: Final = 256 * 1024 * 1024
_DENIED_PATIENCE: Final = 5 * 60
_MISSING_OBJECT: Final = ("NoSuchKey", "NoSuchBucket", "404")
# docs/assumptions.md: unknown-training-job-code
_MISSING_JOB: Final = ("ResourceNotFound", "ResourceNotFoundException", "ValidationException")
_REMEDY: Final = "Give the checkpoint itself with ModelSource.from_s3_uri."


class _Unusable(Exception):  # noqa: N818  a finding, not a defect
    """Why this place does not tell the checkpoint."""


def checkpoint(clients: Clients, name: str, output: str) -> str:
    """The S3 URI of the checkpoint that the training job of this name wrote.

    `output` is the job's output path where the template says it: a job on SageMaker HyperPod is known to no API.
    """
    path = _output_path(clients, name, output).rstrip("/")
    found: list[str] = []
    denied = False
    for key, read in (
        # SageMaker HyperPod, a serverless job, a job on instances of its own.
        (f"{name}/{_MANIFEST}", _read_manifest),
        (f"{name}/output/output/{_MANIFEST}", _read_manifest),
        (f"{name}/output/output.tar.gz", _read_archive),
    ):
        try:
            uri = _checkpoint_in(clients, f"{path}/{key}", read)
        except _Unusable as finding:
            found.append(f"{path}/{key}: {finding}")
        except ClientError as error:
            if not errors.is_denied(error):
                raise
            denied = True
            found.append(f"{path}/{key}: {errors.message(error)}")
        else:
            log.info("checkpoint found", training_job=name, uri=uri)
            return uri
    text = f"The training job {name!r} does not tell where its checkpoint is. {'; '.join(found)}."
    if denied:
        remedy = (
            "Amazon S3 tells a missing object so, too, where the bucket may not be listed. Give bucket= to "
            "ModelSource.from_training_job, with the key of the bucket if it has one, and mind the bucket's policy."
        )
        raise NotYet(
            text, cause=Cause.DENIED, give_up=f"Nothing was started: {text} {remedy}", patience=_DENIED_PATIENCE
        )
    raise Refused(f"Nothing was started: {text} Is it a training job of Amazon Nova? {_REMEDY}")


def _output_path(clients: Clients, name: str, given: str) -> str:
    """Where the job writes. Raises `Refused` for one that has not come to its end, or writes elsewhere."""
    try:
        job = clients.sagemaker.describe_training_job(TrainingJobName=name)
    except ClientError as error:
        if errors.code(error) not in _MISSING_JOB:
            raise
        if given:
            return given
        raise Refused(
            f"Nothing was started: SageMaker AI knows no training job {name!r} in this account and Region "
            f"({errors.message(error)}). Give bucket= and prefix= of its output to ModelSource.from_training_job if it "
            "ran on SageMaker HyperPod."
        ) from error
    status = job["TrainingJobStatus"]
    if status != _COMPLETED:
        failure = f": {reason(job['FailureReason'])}" if job.get("FailureReason") else ""
        raise Refused(
            f"Nothing was started: the training job {name!r} is {status}{failure}, and only one that is {_COMPLETED} "
            f"can be imported. Deploy again when it is. {_REMEDY}"
        )
    path = str(job.get("OutputDataConfig", {}).get("S3OutputPath", given))
    if not path:
        raise Refused(f"Nothing was started: the training job {name!r} tells no output path. {_REMEDY}")
    if given and path.rstrip("/") != given.rstrip("/"):
        raise Refused(
            f"Nothing was started: the training job {name!r} writes to {path}, and bucket= and prefix= of "
            f"ModelSource.from_training_job say {given}. Give those of its output path, or none."
        )
    return path


def _checkpoint_in(clients: Clients, uri: str, read: Callable[[Any], bytes]) -> str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        answer = clients.s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if errors.code(error) in _MISSING_OBJECT:
            raise _Unusable("it is not there") from error
        raise
    text = read(answer)
    try:
        manifest = json.loads(text)
    except ValueError:
        raise _Unusable("it is no JSON") from None
    found = manifest.get(_CHECKPOINT) if isinstance(manifest, dict) else None
    if not isinstance(found, str) or not found.startswith("s3://"):
        raise _Unusable(f"it has no S3 URI as {_CHECKPOINT}")
    return found


def _read_manifest(answer: Any) -> bytes:
    return _bounded(answer["Body"])


def _read_archive(answer: Any) -> bytes:
    if answer["ContentLength"] > _ARCHIVE_LIMIT:
        raise _Unusable(f"it has {answer['ContentLength']:,} bytes, and at most {_ARCHIVE_LIMIT:,} are searched")
    try:
        with tarfile.open(fileobj=answer["Body"], mode="r|gz") as archive:
            for member in archive:
                if member.isfile() and PurePosixPath(member.name).name == _MANIFEST:
                    return _bounded(archive.extractfile(member))
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise _Unusable(f"it is no readable archive ({error})") from None
    raise _Unusable(f"it holds no {_MANIFEST}")


def _bounded(file: Any) -> bytes:
    text: bytes = file.read(_MANIFEST_LIMIT + 1)
    if len(text) > _MANIFEST_LIMIT:
        raise _Unusable(f"a {_MANIFEST} has at most {_MANIFEST_LIMIT:,} bytes")
    return text
