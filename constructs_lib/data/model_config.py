"""A model's `config.json` in Hugging Face format, checked at synth against what Custom Model Import is documented for.

The limits are those of `open_weights.json`, with the date they were read and their sources. Documents lag behind the
service, so a file that is no model's config is refused, and a model beyond a documented limit is a warning.
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from constructs_lib.core import checks
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.warnings import SynthWarning

DATA: Final = Path(__file__).with_name("open_weights.json")

_GIGABYTE: Final = 10**9
_INDEX: Final = "model.safetensors.index.json"
# How the supported architectures call the length of their context; the older two have names of their own.
_CONTEXT_NAMES: Final = ("max_position_embeddings", "n_positions")


@cache
def documented() -> Mapping[str, Any]:
    """The whole file."""
    read: Mapping[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return read


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """What the file, and the weights if they lie beside it, say about the model."""

    path: str
    architectures: tuple[str, ...]
    context_tokens: int | None
    weights_bytes: int | None

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "ModelConfig":
        """Raises `ValueError` for what is no `config.json` of a model, and for that of an adapter."""
        content = _content(path)
        checks.require(
            "peft_type" not in content,
            "config must be that of a whole model, and this is an adapter's",
            os.fspath(path),
            "merge the adapter into its base model (merge_and_unload of peft), save that, and give its config.json",
        )
        architectures = content.get("architectures")
        checks.require(
            isinstance(architectures, list) and bool(architectures) and all(isinstance(a, str) for a in architectures),
            "config must name the model's architectures in a list",
            architectures,
            "give the config.json that save_pretrained of the model wrote, not that of a tokenizer",
        )
        return cls(
            path=os.fspath(path),
            architectures=tuple(content["architectures"]),
            context_tokens=_context_tokens(content),
            weights_bytes=_weights_bytes(Path(path).parent),
        )

    def advice(self) -> Iterator[SynthWarning]:
        """Warnings for an architecture that is not documented, and for a context or weights beyond the limits."""
        known = [each for each in documented()["architectures"] if each["name"] in self.architectures]
        if not known:
            yield SynthWarning(
                f"{PREFIX}importArchitecture",
                f"{self.path}: Custom Model Import is documented for "
                f"{', '.join(each['name'] for each in documented()['architectures'])} (read on "
                f"{documented()['read']}), got {', '.join(self.architectures)}: the import may fail after the copy. "
                "Use a model of one of these, or acknowledge this if Amazon Bedrock takes it by now.",
            )
        longest = documented()["context_tokens"]
        if self.context_tokens and self.context_tokens > longest:
            yield SynthWarning(
                f"{PREFIX}importContext",
                f"{self.path}: Custom Model Import is documented for a context of up to {longest} tokens, got "
                f"{self.context_tokens}: lower max_position_embeddings, or choose a model with a shorter context.",
            )
        kind = "multimodal" if any(each.get("multimodal") for each in known) else "text"
        most = documented()["gigabytes"][kind]
        if self.weights_bytes and self.weights_bytes >= most * _GIGABYTE:
            yield SynthWarning(
                f"{PREFIX}importSize",
                f"{self.path}: Custom Model Import is documented for weights under {most} GB ({kind} models), got "
                f"{self.weights_bytes / _GIGABYTE:.0f} GB: save them in a shorter type, or choose a smaller model.",
            )


def _content(path: str | os.PathLike[str]) -> dict[str, Any]:
    given, file = os.fspath(path), Path(path)
    checks.require(
        file.is_file(),
        f"config must be a file that exists, and none is at {file.absolute()}",
        given,
        "give the path of the model's config.json from the working directory, or leave config out",
    )
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        content = error
    checks.require(
        isinstance(content, dict),
        f"config must be a JSON object in UTF-8{f' ({content})' if isinstance(content, ValueError) else ''}",
        given,
        "give the config.json that save_pretrained of the model wrote",
    )
    return dict(content)


def _context_tokens(content: Mapping[str, Any]) -> int | None:
    # A multimodal model describes its language model apart.
    text_config = content.get("text_config")
    places = [content, *([text_config] if isinstance(text_config, Mapping) else [])]
    found = [place[name] for place in places for name in _CONTEXT_NAMES if isinstance(place.get(name), int)]
    return max(found, default=None)


def _weights_bytes(folder: Path) -> int | None:
    """As the index of the weights says, or their files; None if neither lies beside the config."""
    index = folder / _INDEX
    if index.is_file():
        try:
            total = json.loads(index.read_text(encoding="utf-8"))["metadata"]["total_size"]
        except (ValueError, KeyError, TypeError):
            total = None
        if isinstance(total, int | float):
            return int(total)
    return sum(file.stat().st_size for file in folder.glob("*.safetensors")) or None
