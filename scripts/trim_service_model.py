"""Writes the service model that the Lambda carries: the operations it calls, nothing else, no documentation.

python scripts/trim_service_model.py          writes it
python scripts/trim_service_model.py --check  exits with 1 if the committed one differs
"""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import botocore
from botocore import xform_name

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "lambda"))

from provider.clients import MODELS, Bedrock  # noqa: E402

SERVICE = Path("bedrock", "2023-04-20", "service-2.json")
TARGET = MODELS / SERVICE
# The client neither shows documentation nor checks patterns.
DROPPED = {"documentation", "pattern"}


def full_model() -> dict[str, Any]:
    """The model of the installed botocore."""
    packed = Path(botocore.__file__).parent / "data" / f"{SERVICE}.gz"
    return json.loads(gzip.decompress(packed.read_bytes()))  # type: ignore[no-any-return]


def trimmed_model() -> str:
    """The same, cut down to what the narrow interface of the provider names."""
    model = full_model()
    called = {name for name in vars(Bedrock) if not name.startswith("_")} - {"meta"}
    operations = {name: body for name, body in model["operations"].items() if xform_name(name) in called}
    missing = called - {xform_name(name) for name in operations}
    if missing:
        raise SystemExit(f"the service model has no operation for {sorted(missing)}")
    shapes: set[str] = set()
    _collect(operations, model["shapes"], shapes)
    trimmed = {
        "version": model["version"],
        "metadata": model["metadata"],
        "operations": _without_dropped(operations),
        "shapes": {name: _without_dropped(model["shapes"][name]) for name in sorted(shapes)},
    }
    return json.dumps(trimmed, separators=(",", ":"), sort_keys=True) + "\n"


def _collect(node: Any, shapes: dict[str, Any], found: set[str]) -> None:
    """Every shape that the node names, and what those name."""
    if isinstance(node, list):
        for part in node:
            _collect(part, shapes, found)
    if isinstance(node, dict):
        name = node.get("shape")
        if isinstance(name, str) and name not in found:
            found.add(name)
            _collect(shapes[name], shapes, found)
        for part in node.values():
            _collect(part, shapes, found)


def _without_dropped(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_dropped(part) for part in node]
    if isinstance(node, dict):
        # A member of a structure may be called like a trait: members map to references, traits to text.
        return {
            key: _without_dropped(part) for key, part in node.items() if not (key in DROPPED and isinstance(part, str))
        }
    return node


def main() -> None:
    """Writes, or checks."""
    wanted = trimmed_model()
    if "--check" in sys.argv[1:]:
        raise SystemExit(
            0 if TARGET.exists() and TARGET.read_text() == wanted else f"{TARGET} differs; run this script"
        )
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(wanted)
    print(f"{TARGET.relative_to(ROOT)}: {len(wanted)} bytes")


if __name__ == "__main__":
    main()
