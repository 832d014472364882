"""Writes the data of botocore that the Lambda carries: the operations it calls, nothing else, no documentation.

python scripts/trim_service_model.py          writes it
python scripts/trim_service_model.py --check  exits with 1 if the committed one differs
"""

import json
import sys
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "lambda"))

from provider.clients import INTERFACES, MODELS  # noqa: E402

# The client neither shows documentation nor checks patterns.
DROPPED = {"documentation", "documentationUrl", "pattern"}

_BOTOCORE = Loader()


def wanted() -> dict[Path, str]:
    """The text of every file, by its path."""
    files = {MODELS / "endpoints.json": _text(_endpoints())}
    for service, interface in INTERFACES.items():
        version = _BOTOCORE.determine_latest_version(service, "service-2")
        files[MODELS / service / version / "service-2.json"] = _text(_trimmed(service, interface))
    return files


def _text(data: dict[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n"


def _trimmed(service: str, interface: type) -> dict[str, Any]:
    """The model of the installed botocore, cut down to what the narrow interface of the provider names."""
    model = _BOTOCORE.load_service_model(service, "service-2")
    called = {name for name in vars(interface) if not name.startswith("_")} - {"meta"}
    operations = {name: body for name, body in model["operations"].items() if xform_name(name) in called}
    missing = called - {xform_name(name) for name in operations}
    if missing:
        raise SystemExit(f"the service model of {service} has no operation for {sorted(missing)}")
    shapes: set[str] = set()
    _collect(operations, model["shapes"], shapes)
    return {
        "version": model["version"],
        "metadata": model["metadata"],
        "operations": _without_dropped(operations),
        "shapes": {name: _without_dropped(model["shapes"][name]) for name in shapes},
    }


def _endpoints() -> dict[str, Any]:
    """What botocore reads before it makes any client: 1.2 MB, of which these services need the hundredth part."""
    data = _BOTOCORE.load_data("endpoints")
    prefixes = {_BOTOCORE.load_service_model(name, "service-2")["metadata"]["endpointPrefix"] for name in INTERFACES}
    partitions = [
        {**partition, "services": {name: body for name, body in partition["services"].items() if name in prefixes}}
        for partition in data["partitions"]
    ]
    return {"version": data["version"], "partitions": partitions}


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
    files = wanted()
    if "--check" in sys.argv[1:]:
        differing = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
        raise SystemExit(f"{', '.join(map(str, differing))} differs; run this script" if differing else 0)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(f"{path.relative_to(ROOT)}: {len(text)} bytes")


if __name__ == "__main__":
    main()
