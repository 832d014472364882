"""Files of an assembly that a deployment uploads: what an object of the bootstrap bucket will hold."""

import json
from pathlib import Path


def find(directory: Path, key: str) -> tuple[Path, str] | None:
    """The file that becomes the object of that key, with the name that people know it by."""
    for manifest in directory.glob("*.assets.json"):
        for asset in json.loads(manifest.read_text()).get("files", {}).values():
            keys = {destination["objectKey"] for destination in asset["destinations"].values()}
            path = manifest.parent / asset["source"].get("path", "")
            if key in keys and path.is_file():
                return path, asset.get("displayName", path.name)
    return None
