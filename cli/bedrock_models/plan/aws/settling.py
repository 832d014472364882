"""What is under way comes to its end, as a deployment waits for it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

_STATUSES: Final = ("status", "modelStatus")
_GONE: Final = "Gone"
# The name and the ARN of what each Get tells of. A model tells of its job, too.
_OWN: Final = (
    ("modelName", "modelArn"),
    ("jobName", "jobArn"),
    ("modelDeploymentName", "customModelDeploymentArn"),
    ("provisionedModelName", "provisionedModelArn"),
)


def names(seen: Mapping[str, Any]) -> set[str]:
    """The name and the ARN that a Get tells of its subject."""
    own = next((pair for pair in _OWN if pair[0] in seen), ())
    return {str(seen[each]) for each in own if each in seen}


def settle(seen: dict[str, Any], forget: Callable[[str], None]) -> bool:
    """Lets one thing move on, and says whether it did. `forget` is told of what is gone then."""
    status = next((name for name in _STATUSES if name in seen), "")
    if str(seen.get(status, "")).upper().startswith("DELET"):
        for each in names(seen):
            forget(each)
        seen[status] = _GONE
        return True
    if "jobName" in seen and "modelName" not in seen:
        moved: bool = seen["status"] == "Stopping"
        seen["status"] = "Stopped" if moved else seen["status"]
        return moved
    return _settle_serving(seen, status)


def _settle_serving(seen: dict[str, Any], status: str) -> bool:
    change = seen.get("updateDetails", {})
    is_updating: bool = change.get("updateStatus") == "Updating"
    if is_updating:
        seen["modelArn"], change["updateStatus"] = change.get("modelArn", seen["modelArn"]), "UpdateCompleted"
    is_moving = seen.get(status) in ("Creating", "Updating")
    if is_moving:
        seen[status] = "InService" if "provisionedModelName" in seen else "Active"
        seen["modelArn"] = seen.get("desiredModelArn", seen.get("modelArn"))
    return is_moving or is_updating
