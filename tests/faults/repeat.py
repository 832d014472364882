"""One life cycle and its faults, told from its beginning: `python -m tests.faults.repeat LIFE_CYCLE [CALL FAULT]...`"""

import sys

from tests.faults.faults import Fault
from tests.faults.life_cycles import LIFE_CYCLES
from tests.faults.trial import clean, difference, run


def main(arguments: list[str]) -> int:
    """Prints the story; 1 if a rule was broken."""
    if not arguments or arguments[0] not in LIFE_CYCLES:
        print("The life cycles are", *LIFE_CYCLES, sep="\n  ")  # noqa: T201
        return 2
    life_cycle, rest = arguments[0], arguments[1:]
    world = run(life_cycle, {int(call): Fault(fault) for call, fault in zip(rest[::2], rest[1::2], strict=True)})
    print(world.story)  # noqa: T201
    print("Without faults:", difference(world, clean(life_cycle)) or "the same outcome")  # noqa: T201
    return 1 if world.rules.broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
