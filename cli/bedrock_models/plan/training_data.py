"""How much data a run would be trained on: counted in a local file or an S3 object, estimated in a large one."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.cloudformation import asset_files, unknown
from bedrock_models.context import Context
from bedrock_models.failures import is_missing

# Objects up to this size are read whole; of larger ones this much, which stands for the rest.
_WHOLE: Final = 8 * 2**20
_SAMPLE: Final = 2**20
# English text; a tokenizer of a model may make more or fewer of it.
CHARACTERS_PER_TOKEN: Final = 4
# What of a record is no text that is trained on.
_NO_TEXT: Final = ("role", "schemaVersion", "type", "format", "id")


@dataclass(frozen=True, kw_only=True)
class Size:
    """Records and the characters of their text. `is_estimate` of a large object, of which a part was read."""

    source: str
    records: int
    characters: int
    is_estimate: bool = False

    @property
    def tokens(self) -> int:
        """An estimate."""
        return self.characters // CHARACTERS_PER_TOKEN


def measure(context: Context, directory: Path, uri: str) -> Size | str:
    """The size of the training data, or why it is not known."""
    found = asset_files.find(directory, uri.rpartition("/")[2])
    if found:
        path, name = found
        return _counted(name, path.read_bytes().splitlines())
    if not uri:
        return "invocation logs: which of them fit is Amazon Bedrock's to choose"
    if not unknown.is_known(uri):
        return f"its data lies in what cannot be read before the deployment: {uri}"
    try:
        return _of_object(context, uri)
    except (ClientError, BotoCoreError) as error:
        is_gone = isinstance(error, ClientError) and is_missing(error)
        return f"{uri} {'is not there yet' if is_gone else 'cannot be read with these credentials'}"


def _of_object(context: Context, uri: str) -> Size | str:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not key or key.endswith("/"):
        return f"{uri} is a folder"
    s3 = context.aws.client("s3")
    size = int(s3.head_object(Bucket=bucket, Key=key)["ContentLength"])
    if size <= _WHOLE:
        return _counted(uri, s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines())
    part = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_SAMPLE - 1}")["Body"].read()
    lines = part.splitlines()[:-1]
    sample, bytes_read = _counted(uri, lines), sum(len(line) + 1 for line in lines)
    scale = size / max(bytes_read, 1)
    return Size(
        source=uri,
        records=round(sample.records * scale),
        characters=round(sample.characters * scale),
        is_estimate=True,
    )


def _counted(source: str, lines: Iterable[bytes]) -> Size:
    records = [line for line in lines if line.strip()]
    return Size(source=source, records=len(records), characters=sum(map(_characters, records)))


def _characters(line: bytes) -> int:
    try:
        return sum(map(len, _texts(json.loads(line))))
    except ValueError:
        # Whether it is a record is doctor's to say.
        return len(line.decode(errors="replace"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _NO_TEXT:
                yield from _texts(part)
