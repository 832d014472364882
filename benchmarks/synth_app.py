"""A synthesis in a process of its own, as the CDK CLI starts it: `python -m benchmarks.synth_app JSON`."""

import json
import sys
import time
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()


def main(asked: dict[str, Any]) -> dict[str, Any]:
    """Builds the app and says where the time went."""
    import aws_cdk as cdk  # noqa: PLC0415  its import is part of what is measured

    from benchmarks import workload  # noqa: PLC0415
    from benchmarks.round_trips import RoundTrips  # noqa: PLC0415

    imported = time.perf_counter()
    trips = RoundTrips(where=asked.get("profile", False)).install()
    app = cdk.App(outdir=asked["folder"], context=asked.get("context"))
    if asked["system"] == workload.FLOOR:
        for index, template in enumerate(asked["templates"]):
            workload.bare_stack(cdk.Stack(app, f"Models{index}"), Path(template))
    else:
        for index, models in enumerate(workload.split(asked["kind"], asked["count"], asked["per_stack"])):
            workload.build(asked["system"], cdk.Stack(app, f"Models{index}"), models)
    built = time.perf_counter()
    app.synth()
    return {
        "import_s": imported - STARTED,
        "build_s": built - imported,
        "synth_s": time.perf_counter() - built,
        "round_trips": trips.count,
        "round_trip_s": trips.seconds,
        "profile": [[key, calls, trips.seconds_of[key]] for key, calls in trips.calls.most_common()],
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
