"""Administration of a Bedrock in another process: the same as its methods, as JSON."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from local.bedrock import wire
from local.bedrock.clock import ManualClock
from local.bedrock.faults import Fault
from local.bedrock.profiles import Profile
from local.bedrock.settings import changed

if TYPE_CHECKING:
    from local.bedrock.service import Bedrock

Payload = Mapping[str, Any]


def administer(bedrock: "Bedrock", path: str, payload: Payload) -> dict[str, Any]:
    """`path` is one of the keys of `_PATHS`, with or without a slash before it."""
    handler = _PATHS.get(path.strip("/"))
    if handler is None:
        raise ValueError(f"path must be one of {sorted(_PATHS)}, got {path!r}")
    plain: dict[str, Any] = json.loads(wire.as_json(handler(bedrock, payload)))
    return plain


def _state(bedrock: "Bedrock", _: Payload) -> dict[str, Any]:
    return {**_resources(bedrock, {}), **_calls(bedrock, {})}


def _resources(bedrock: "Bedrock", _: Payload) -> dict[str, Any]:
    bedrock.settle()
    resources = [
        {
            "kind": resource.noun,
            "account": store.account,
            "region": store.region,
            "arn": resource.arn,
            "name": resource.name,
            "status": resource.status,
            "tags": resource.tags,
            "description": resource.describe(),
        }
        for store in bedrock.stores.values()
        for resource in store.resources()
    ]
    return {"resources": resources}


def _calls(bedrock: "Bedrock", _: Payload) -> dict[str, Any]:
    return {"calls": [vars(call) for call in bedrock.calls]}


def _add_fault(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    bedrock.faults.add(**{**payload, "fault": Fault(payload["fault"])})
    return {"faults": bedrock.faults.pending()}


def _clear_faults(bedrock: "Bedrock", _: Payload) -> dict[str, Any]:
    bedrock.faults.clear()
    return {"faults": []}


def _script(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    bedrock.script(**payload)
    return {"scripts": bedrock.config.scripts.patterns()}


def _finish(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    """Lets the resources of such a name end at once, through all the states that are still before them."""
    now = bedrock.config.clock.now()
    finished = []
    for store in bedrock.stores.values():
        for resource in list(store.resources()):
            if resource.due and fnmatchcase(resource.name, payload["name_pattern"]):
                finished.append(resource.name)
                while resource.due:
                    resource.step(store, now)
    return {"finished": finished}


def _reset(bedrock: "Bedrock", _: Payload) -> dict[str, Any]:
    bedrock.reset()
    return {}


def _timings(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    config = bedrock.config
    config.timings = changed(config.timings, dict(payload))
    return {"timings": asdict(config.timings)}


def _quotas(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    config = bedrock.config
    config.quotas = changed(config.quotas, dict(payload))
    return {"quotas": asdict(config.quotas)}


def _profiles(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    if payload:
        bedrock.config.profiles = frozenset(map(Profile, payload["profiles"]))
    return {"profiles": sorted(bedrock.config.profiles)}


def _lifecycles(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    """`{"model_id": ..., "legacy": "2027-01-01T00:00:00+00:00", "end": ...}`."""
    if payload:
        dates = {name: datetime.fromisoformat(payload[name]) for name in ("start", "legacy", "end") if name in payload}
        bedrock.set_lifecycle(payload["model_id"], **dates)
    return {"lifecycles": {model_id: asdict(life) for model_id, life in bedrock.config.lifecycles.items()}}


def _answers(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    """`{"name_pattern": ..., "text": ...}`."""
    if payload:
        bedrock.answer(**payload)
    return {"answers": bedrock.config.answers}


def _clock(bedrock: "Bedrock", payload: Payload) -> dict[str, Any]:
    clock = bedrock.config.clock
    if payload and not isinstance(clock, ManualClock):
        raise ValueError("only a ManualClock can be advanced")
    if isinstance(clock, ManualClock):
        clock.advance(timedelta(seconds=payload.get("advance", 0)))
    return {"now": clock.now()}


_PATHS: dict[str, Callable[["Bedrock", Payload], dict[str, Any]]] = {
    "state": _state,
    "resources": _resources,
    "calls": _calls,
    "faults": _add_fault,
    "faults/clear": _clear_faults,
    "script": _script,
    "finish": _finish,
    "reset": _reset,
    "timings": _timings,
    "quotas": _quotas,
    "profiles": _profiles,
    "lifecycles": _lifecycles,
    "answers": _answers,
    "clock": _clock,
}
