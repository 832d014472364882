"""Runs every program of a folder in one process: `python -m tests.docs.run_programs FOLDER`.

Each writes its cloud assembly into a folder beside it. What one raises is printed with its name, and the next one runs.
"""

import sys
import traceback
from pathlib import Path

from tests.support import run_apps

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    for path in sorted(folder.glob("*.py")):
        try:
            run_apps.run(path.stem, folder / path.stem)
        except Exception:
            sys.stderr.write(f"{path.stem}: {traceback.format_exc()}\n")
