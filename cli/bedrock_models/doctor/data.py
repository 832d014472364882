"""The records: held against the format of the base model, by the same rules as at synth.

A file beside the template is read whole; so is an object of up to 8 MB. Of a larger object the first and the last part
are read: a wrong format shows in the first record, a file that was cut off in the last.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bedrock_models.cloudformation.unknown import is_known, logical_id
from bedrock_models.context import Context
from bedrock_models.doctor.finding import Finding, ok, problem, warning
from bedrock_models.doctor.model_resource import Data, ModelResource
from bedrock_models.failures import is_denied, is_missing

if TYPE_CHECKING:
    from constructs_lib.data.jsonl.schema import Schema

_WHOLE: Final = 8 * 2**20
_PART: Final = 2**20
_SOME_OBJECTS: Final = 5


def check(context: Context, examined: ModelResource) -> Iterator[Finding]:
    """A finding or more for each file."""
    for data in examined.data:
        kind = "validation" if data.is_validation else "training"
        yield from _data(context, examined, data, kind)


def _data(context: Context, examined: ModelResource, data: Data, kind: str) -> Iterator[Finding]:
    if data.local is not None:
        yield from _file(examined, data.local, kind, data.name)
    elif not is_known(data.uri):
        where = logical_id(data.uri) or data.uri
        yield warning(kind, f"{data.uri} lies in {where}, which does not exist yet, so its records were not checked")
    else:
        yield from _objects(context, examined, data, kind)


def _objects(context: Context, examined: ModelResource, data: Data, kind: str) -> Iterator[Finding]:
    s3 = context.aws.client("s3")
    bucket, _, key = data.uri.removeprefix("s3://").partition("/")
    try:
        sizes = _sizes(s3, bucket, key, prefix=data.is_logs or key.endswith("/"))
        if not sizes:
            yield problem(kind, f"nothing is at {data.uri}", "upload the data, or correct the URI")
        elif data.is_logs:
            yield ok(kind, f"{data.uri} has invocation logs; which records fit is Bedrock's to choose")
        else:
            for name, size in sizes.items():
                yield from _object(s3, examined, f"s3://{bucket}/{name}", size, kind)
    except s3.exceptions.ClientError as error:
        if is_missing(error):
            yield problem(kind, f"nothing is at {data.uri}", "upload the data, or correct the URI")
        elif is_denied(error) or error.response["Error"]["Code"] == "403":
            yield warning(kind, f"{data.uri} may not be read by you, so its records were not checked")
        else:
            raise


def _sizes(s3: Any, bucket: str, key: str, *, prefix: bool) -> dict[str, int]:
    if not prefix:
        return {key: s3.head_object(Bucket=bucket, Key=key)["ContentLength"]}
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=_SOME_OBJECTS).get("Contents", ())
    return {each["Key"]: each["Size"] for each in listed if not each["Key"].endswith("/")}


def _object(s3: Any, examined: ModelResource, uri: str, size: int, kind: str) -> Iterator[Finding]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if size <= _WHOLE:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "records.jsonl"
            copy.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            yield from _file(examined, copy, kind, uri)
        return
    first = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_PART - 1}")["Body"].read().splitlines()[:-1]
    last = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={size - _PART}-{size - 1}")["Body"].read()
    yield _parts(examined, uri, size, kind, [*first, *last.splitlines()[1:]])


def _file(examined: ModelResource, path: Path, kind: str, name: str) -> Iterator[Finding]:
    from constructs_lib.data.jsonl import reader  # noqa: PLC0415  brings the CDK along, which takes a second

    schema = _schema(examined, kind)
    try:
        warnings = reader.check(path, schema)
    except ValueError as error:
        yield problem(kind, str(error).replace(str(path), name), "correct the record: Bedrock would fail the run on it")
        return
    for each in warnings:
        yield warning(kind, each.message.replace(str(path), name))
    count = sum(1 for _ in reader.lines(path))
    yield ok(kind, f"{name}: {count:,} records, {schema.format}")


def _parts(examined: ModelResource, uri: str, size: int, kind: str, lines: list[bytes]) -> Finding:
    from constructs_lib.data.jsonl import reader  # noqa: PLC0415

    schema = _schema(examined, kind)
    check_record = schema.checker()
    for line in filter(None, (line.strip() for line in lines)):
        try:
            check_record(reader.parse(line))
        except ValueError as error:
            shown = line[:60].decode(errors="replace")
            return problem(kind, f"{uri}: {error} (the record begins {shown!r})", "correct the record")
    return ok(
        kind, f"{uri}: {len(lines):,} records at its beginning and end, of {size / 2**20:,.0f} MB, {schema.format}"
    )


def _schema(examined: ModelResource, kind: str) -> "Schema":
    from constructs_lib.data.jsonl.schema import schema_for  # noqa: PLC0415

    schema = schema_for(examined.base_model, examined.customization, examined.teacher)
    return schema.of_any_length() if kind == "validation" else schema
