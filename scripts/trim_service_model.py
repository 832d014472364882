"""Writes the data of botocore that the Lambda carries: what its client reads of the operations the provider calls.

python scripts/trim_service_model.py          writes it
python scripts/trim_service_model.py --check  exits with 1 if the committed one differs
"""

import copy
import json
import re
import sys
from itertools import product
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.exceptions import EndpointVariantError
from botocore.loaders import Loader
from botocore.regions import EndpointResolver

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "lambda"))

from provider.aws.clients import INTERFACES, MODELS  # noqa: E402

# The client neither shows documentation nor checks patterns, choices or longest lengths. An error that the model does
# not know has the code and the message that the service sent.
DROPPED = {"documentation", "documentationUrl", "enum", "errors", "max", "pattern"}

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
    _check_retries(service, operations, model["shapes"])
    read = _without_dropped(operations)
    shapes: set[str] = set()
    _collect(read, model["shapes"], shapes)
    return {
        "version": model["version"],
        "metadata": model["metadata"],
        "operations": read,
        "shapes": {name: _without_dropped(model["shapes"][name]) for name in shapes},
    }


def _check_retries(service: str, operations: dict[str, Any], shapes: dict[str, Any]) -> None:
    """A model may say of its own errors that they are worth another try; without them the client would not know."""
    errors = {error["shape"] for body in operations.values() for error in body.get("errors", [])}
    retried = sorted(name for name in errors if "retryable" in shapes[name])
    if retried:
        raise SystemExit(f"{service} marks {retried} as retryable, so 'errors' can't be dropped any more")


def _endpoints() -> dict[str, Any]:
    """What botocore reads before it makes any client: 1.2 MB, of which these services need the 200th part."""
    data = _BOTOCORE.load_data("endpoints")
    prefixes = {_BOTOCORE.load_service_model(name, "service-2")["metadata"]["endpointPrefix"] for name in INTERFACES}
    return {"version": data["version"], "partitions": [_partition(part, prefixes) for part in data["partitions"]]}


def _partition(full: dict[str, Any], prefixes: set[str]) -> dict[str, Any]:
    """The partition with the endpoints that do not follow from its defaults."""
    services = {name: copy.deepcopy(body) for name, body in full["services"].items() if name in prefixes}
    unmatched = {region: {} for region in full["regions"] if not re.match(full["regionRegex"], region)}
    partition = {**full, "regions": unmatched, "services": services}
    del partition["partitionName"]
    for name, service in services.items():
        for endpoint in list(service["endpoints"]):
            real = endpoint in full["regions"] or endpoint == service.get("partitionEndpoint")
            if not real or _follows(endpoint, name, partition):
                del service["endpoints"][endpoint]
    partition["services"] = {name: service for name, service in services.items() if service != {"endpoints": {}}}
    return partition


def _follows(endpoint: str, service: str, partition: dict[str, Any]) -> bool:
    without = copy.deepcopy(partition)
    del without["services"][service]["endpoints"][endpoint]
    return _everywhere(endpoint, service, [partition]) == _everywhere(endpoint, service, [without])


def _everywhere(region: str, service: str, partitions: list[dict[str, Any]]) -> list[Any]:
    """What botocore makes of a Region: as it is, for FIPS, for IPv6, for both."""
    return [
        _resolved(EndpointResolver({"partitions": copy.deepcopy(partitions)}), service, region, dual, fips)
        for dual, fips in product((False, True), repeat=2)
    ]


def _resolved(resolver: EndpointResolver, service: str, region: str, dual: bool, fips: bool) -> Any:
    try:
        endpoint = resolver.construct_endpoint(service, region, None, dual, fips)
    except EndpointVariantError as error:
        return str(error)
    # The variants have been resolved; only what nobody reads is left of them.
    return endpoint and {key: value for key, value in endpoint.items() if key != "variants"}


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
        # A member of a structure may be called like a trait: members map to references, these traits to no object.
        return {
            key: _without_dropped(part) for key, part in node.items() if key not in DROPPED or isinstance(part, dict)
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
