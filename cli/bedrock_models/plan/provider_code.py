"""The provider's handlers, which decide here as they do in AWS Lambda: where they lie, and whether they are the same.

`lambda` is a keyword of Python, so the folder is a root of its own: beside the library in a checkout, inside it in the
wheel. Importing this module puts it on the path.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Final

from bedrock_models.failures import Failure

_SOURCES: Final = "provider/**/*.py"


def _folder() -> Path:
    # Found without importing it: the library brings the CDK along, which takes a second.
    spec = importlib.util.find_spec("constructs_lib")
    if spec is None or spec.origin is None:
        raise Failure("plan needs the library itself; install it with: pip install 'cdk-bedrock-custom-models[cli]'")
    library = Path(spec.origin).parent
    inside_wheel = library / "_lambda"
    return inside_wheel if inside_wheel.is_dir() else library.parent / "lambda"


FOLDER: Final = _folder()
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))


def require_same(assembly: Path) -> None:
    """Refuses an assembly that deploys other handlers than these: they could decide otherwise."""
    ours = _sources(FOLDER)
    for contract in assembly.glob("asset.*/provider/cloudformation/contract.py"):
        theirs = _sources(contract.parents[2])
        differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
        if differing:
            raise Failure(
                f"the assembly {str(assembly)!r} was made by another version of the library than this command line "
                f"({', '.join(differing[:3])} differ{'s' if len(differing) == 1 else ''}), which may decide otherwise; "
                "run the command line of the environment that synthesizes, or synthesize again"
            )


def _sources(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder / "provider").as_posix(): path.read_bytes() for path in folder.glob(_SOURCES)}
