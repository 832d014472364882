"""Recordings of acceptance runs, as what the Bedrock in memory answers instead of what is documented."""

import json
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "recordings"

# In which situation a probe asks, by the error code that is documented for it.
_DOCUMENTED: Final = {
    "unknown-names": {"*": "ResourceNotFoundException"},
    "unknown-names-written": {"*": "ResourceNotFoundException"},
    "raw-import": {"DeleteCustomModel": "ConflictException", "DeleteCustomModelDeployment": "ConflictException"},
    "job-stopped": {"StopModelCustomizationJob": "ConflictException"},
}

Answers = dict[tuple[str, str], tuple[str, str]]


def names() -> list[str]:
    """The recordings that there are."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def answers(name: str) -> Answers:
    """For `Config.recorded`: the code and words of a recording, by operation and documented code."""
    found: Answers = {}
    for each in json.loads((FOLDER / f"{name}.json").read_text())["exchanges"]:
        situations = _DOCUMENTED.get(each["probe"], {})
        documented = situations.get(each["operation"], situations.get("*"))
        if documented and each["error"]:
            found[each["operation"], documented] = (each["error"]["code"], each["error"]["message"])
    return found
