"""Reads JSONL files at synthesis: one record a line, whatever the file's size."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NoReturn

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.warnings import SynthWarning
from constructs_lib.data.jsonl.schema import Schema

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

_Path = str | os.PathLike[str]


def check(path: _Path, schema: Schema) -> tuple[SynthWarning, ...]:
    """Holds every record of a file against the schema.

    Raises `ValueError` that names the file, the line, the rule, what stands there and what to do; returns what the
    service may or may not accept, each kind of it once, with the line of the first.
    """
    name, records = os.fspath(path), 0
    check_record = schema.checker()
    hints: dict[str, SynthWarning] = {}
    for number, line in lines(path):
        try:
            record = parse(line)
            check_record(record)
        except ValueError as error:
            raise ValueError(f"{name}, line {number}: {error}") from None
        for each in schema.hints_on(record):
            hints.setdefault(each.id, each._replace(message=f"{name}, line {number}: {each.message}"))
        records += 1
    schema.check_length(name, records)
    return (*schema.warnings(name, records), *_byte_order_mark(path), *hints.values())


def parse(line: bytes) -> dict[str, Any]:
    """A record. Members that are null are absent: Arrow and `datasets` write every struct with the same members.

    Raises `ValueError` for what is no JSON object in UTF-8.
    """
    try:
        record = json.loads(line.decode(), parse_constant=_refuse, object_hook=_without_nulls)
    except ValueError as error:
        record = error
    checks.require(
        isinstance(record, dict),
        f"must be a JSON object in UTF-8{f' ({record})' if isinstance(record, ValueError) else ''}",
        line[:60].decode(errors="replace"),
        "write each record on a line of its own, as json.dumps(record) does",
    )
    return dict(record)


def content_hash(path: _Path) -> str:
    """SHA-256 of the records alone, as hexadecimal digits: the same for other line ends or a byte order mark."""
    digest = hashlib.sha256()
    for _, line in lines(path):
        digest.update(line + b"\n")
    return digest.hexdigest()


def lines(path: _Path) -> Iterator[tuple[int, bytes]]:
    """Each record's line with its number from 1. Empty lines may follow the last record, and stand nowhere else."""
    blank = 0
    with Path(path).open("rb") as file:
        for number, raw in enumerate(file, start=1):
            line = raw.removeprefix(_BYTE_ORDER_MARK).strip() if number == 1 else raw.strip()
            if not line:
                blank = blank or number
                continue
            checks.require(
                not blank, f"{os.fspath(path)}, line {blank}: must be a JSON object", "", "remove the empty line"
            )
            yield number, line


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _byte_order_mark(path: _Path) -> Iterator[SynthWarning]:
    with Path(path).open("rb") as file:
        if file.read(len(_BYTE_ORDER_MARK)) == _BYTE_ORDER_MARK:
            yield SynthWarning(
                f"{PREFIX}byteOrderMark",
                f"{os.fspath(path)} begins with a byte order mark, which Bedrock may refuse in its first record; "
                "save it without",
            )
