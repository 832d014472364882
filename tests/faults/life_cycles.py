"""The ways in which what the library makes comes and goes, each as a script."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.faults.steps import (
    Configure,
    Delete,
    Deploy,
    MadeBySdk,
    Move,
    NextFails,
    Pass,
    Quota,
    RefusesLogging,
    RolePropagates,
    Trained,
)
from tests.faults.templates import Check, Deployment, Found, Import, Logging, OpenWeights, Throughput, Training
from tests.faults.world import Step


@dataclass(frozen=True, kw_only=True)
class LifeCycle:
    """`is_steady`: nothing in it hangs on which of two things comes first, so a fault that is borne changes nothing."""

    script: Sequence[Step]
    is_steady: bool = True


ONE, TWO = Training(keeps=True), Training(keeps=True, inputs="2")
FIRST, SECOND = Training(waits=6), Training(id="Second", waits=6)
FURTHER = (FIRST, Training(id="Second", of="Assistant", keeps=True))
SHORT, LONG = Import(), Import(inputs="2")
NOVA, NEXT_NOVA = Import(training_job="nova"), Import(training_job="next")
TAKEN, KEPT_TAKEN = Import(adopt=True), Import(adopt=True, policy="retain")
OPEN, OTHER = OpenWeights(keeps=True), OpenWeights(keeps=True, inputs="2")
LOGS, OTHER_LOGS = Logging(), Logging(inputs="2")
OVER, OTHER_OVER = Logging(inputs="over", adopt=True), Logging(inputs="2", adopt=True)
# When an update that swaps the model has just sent its event to what serves it.
SWAP: Final = 257

LIFE_CYCLES: Final = {
    "training": LifeCycle(script=[Deploy("Models", [ONE]), Delete("Models")]),
    "training, retained": LifeCycle(script=[Deploy("Models", [Training(policy="retain")]), Delete("Models")]),
    "training, changed in place": LifeCycle(
        script=[Deploy("Models", [ONE]), Deploy("Models", [Training(keeps=True, tags="other")]), Delete("Models")]
    ),
    "training, replaced": LifeCycle(script=[Deploy("Models", [ONE]), Deploy("Models", [TWO]), Delete("Models")]),
    "training fails, then again": LifeCycle(
        script=[NextFails(), Deploy("Models", [ONE]), Deploy("Models", [ONE]), Delete("Models")]
    ),
    "training, role propagates": LifeCycle(script=[RolePropagates(), Deploy("Models", [ONE]), Delete("Models")]),
    "training, first create rolled back": LifeCycle(
        script=[Deploy("Models", [ONE], fails_after=300), Pass(60), Deploy("Models", [ONE]), Delete("Models")]
    ),
    "training, first create rolled back and never again": LifeCycle(
        script=[Deploy("Models", [ONE], fails_after=300), Delete("Models")]
    ),
    "training, create cancelled": LifeCycle(
        script=[RolePropagates(), Deploy("Models", [ONE], fails_after=20), Deploy("Models", [ONE]), Delete("Models")],
        is_steady=False,
    ),
    "training, update rolled back": LifeCycle(
        script=[
            Deploy("Models", [ONE]),
            Deploy("Models", [TWO], fails_after=300),
            Deploy("Models", [TWO], version="2"),
            Delete("Models"),
        ]
    ),
    "training, update rolled back, then deleted": LifeCycle(
        script=[Deploy("Models", [ONE]), Deploy("Models", [TWO], fails_after=300), Delete("Models")]
    ),
    "training through many waits, update rolled back after its end": LifeCycle(
        script=[
            Deploy("Models", [Training(waits=6)]),
            Deploy("Models", [Training(waits=6, inputs="2")], fails_after=7200),
            Deploy("Models", [Training(waits=7, inputs="2")], version="2"),
            Delete("Models"),
        ]
    ),
    "training added, cancelled, left out": LifeCycle(
        script=[
            Deploy("Models", []),
            Deploy("Models", [ONE], fails_after=1),
            Deploy("Models", [Import(id="Other")], version="2"),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "training added, rolled back, left out": LifeCycle(
        script=[
            Deploy("Models", []),
            Deploy("Models", [ONE], fails_after=300),
            Deploy("Models", [], version="2"),
            Delete("Models"),
        ]
    ),
    "training moved under a lock": LifeCycle(
        script=[
            Deploy("Models", [Training(lock="assistant")]),
            Deploy("Models", [Training(id="Moved", lock="assistant")]),
            Delete("Models"),
        ]
    ),
    "training moved under a lock, rolled back": LifeCycle(
        script=[
            Deploy("Models", [Training(lock="assistant")]),
            Deploy("Models", [Training(id="Moved", lock="assistant")], fails_after=300),
            Delete("Models"),
        ]
    ),
    "import moved under a lock": LifeCycle(
        script=[
            Deploy("Models", [Import(lock="assistant")]),
            Deploy("Models", [Import(id="Moved", lock="assistant")]),
            Delete("Models"),
        ]
    ),
    "training removed": LifeCycle(script=[Deploy("Models", [ONE]), Deploy("Models", []), Delete("Models")]),
    "training, deleted while it runs": LifeCycle(script=[Deploy("Models", [ONE], deleted_after=300)]),
    "training without a wait": LifeCycle(
        script=[Deploy("Models", [Training(quota_waits=False)]), Pass(5), Delete("Models")]
    ),
    "training, stopped by a rollback": LifeCycle(
        script=[Deploy("Models", [Training(rollback="stop-running")], fails_after=300), Delete("Models")]
    ),
    "training, nested": LifeCycle(
        script=[Deploy("Models", [ONE], nested=True), Deploy("Models", [TWO], nested=True), Delete("Models")]
    ),
    "training, nested, rolled back": LifeCycle(
        script=[
            Deploy("Models", [ONE], nested=True, fails_after=300),
            Deploy("Models", [ONE], nested=True),
            Delete("Models"),
        ]
    ),
    "training, nested, deleted while it runs": LifeCycle(
        script=[Deploy("Models", [ONE], nested=True, deleted_after=300)]
    ),
    "training, nested, failed creation deleted at once": LifeCycle(
        script=[
            Deploy("Models", [ONE], nested=True, fails_after=300, on_failure_delete=True),
            Deploy("Models", [ONE], nested=True),
            Delete("Models"),
        ]
    ),
    "training, nested, update rolled back": LifeCycle(
        script=[
            Deploy("Models", [ONE], nested=True),
            Deploy("Models", [TWO], nested=True, fails_after=300),
            Delete("Models"),
        ]
    ),
    "queue": LifeCycle(
        script=[Quota(1), Deploy("Models", [FIRST, SECOND]), Delete("Models")],
        is_steady=False,
    ),
    "queue, deleted in it": LifeCycle(
        script=[Quota(1), Deploy("Models", [FIRST, SECOND], deleted_after=400)],
        is_steady=False,
    ),
    "queue, rolled back in it": LifeCycle(
        script=[
            Quota(1),
            Deploy("Models", [FIRST, SECOND], fails_after=400),
            Deploy("Models", [FIRST, SECOND]),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "import": LifeCycle(
        script=[
            Deploy("Models", [SHORT]),
            Deploy("Models", [Import(tags="other")]),
            Deploy("Models", [LONG]),
            Delete("Models"),
        ]
    ),
    "import fails, then again": LifeCycle(
        script=[NextFails(), Deploy("Models", [SHORT]), Deploy("Models", [SHORT]), Delete("Models")]
    ),
    "import, first create rolled back": LifeCycle(
        script=[Deploy("Models", [SHORT], fails_after=300), Deploy("Models", [SHORT]), Delete("Models")]
    ),
    "import, update rolled back": LifeCycle(
        script=[Deploy("Models", [SHORT]), Deploy("Models", [LONG], fails_after=300), Delete("Models")]
    ),
    "import, update rolled back early": LifeCycle(
        script=[Deploy("Models", [SHORT]), Deploy("Models", [LONG], fails_after=100), Delete("Models")],
        is_steady=False,
    ),
    "import, create cancelled": LifeCycle(
        script=[RolePropagates(), Deploy("Models", [SHORT], fails_after=20), Delete("Models")], is_steady=False
    ),
    "import of a training job": LifeCycle(script=[Trained("nova"), Deploy("Models", [NOVA]), Delete("Models")]),
    "import of a training job, replaced, update rolled back": LifeCycle(
        script=[
            Trained("nova"),
            Trained("next"),
            Deploy("Models", [NOVA]),
            Deploy("Models", [NEXT_NOVA], fails_after=300),
            Deploy("Models", [NEXT_NOVA], version="2"),
            Delete("Models"),
        ]
    ),
    "import of a training job that is not there yet": LifeCycle(
        script=[Deploy("Models", [NOVA]), Trained("nova"), Deploy("Models", [NOVA]), Delete("Models")]
    ),
    "import adopted": LifeCycle(
        script=[
            MadeBySdk(),
            Deploy("Models", [TAKEN]),
            Deploy("Models", [Import(adopt=True, tags="other")]),
            Delete("Models"),
        ]
    ),
    "import adopted, retained": LifeCycle(script=[MadeBySdk(), Deploy("Models", [KEPT_TAKEN]), Delete("Models")]),
    "import adopted, first create rolled back": LifeCycle(
        script=[
            MadeBySdk(),
            Deploy("Models", [TAKEN], fails_after=300),
            Pass(60),
            Deploy("Models", [TAKEN]),
            Delete("Models"),
        ]
    ),
    "import adopted, first create rolled back and never again": LifeCycle(
        script=[MadeBySdk(), Deploy("Models", [TAKEN], fails_after=300), Delete("Models")]
    ),
    "import adopted, create cancelled": LifeCycle(
        script=[MadeBySdk(), Deploy("Models", [TAKEN], fails_after=1), Deploy("Models", [TAKEN]), Delete("Models")],
        is_steady=False,
    ),
    "import adopted, update rolled back": LifeCycle(
        script=[
            MadeBySdk(),
            Deploy("Models", [TAKEN]),
            Deploy("Models", [SHORT], version="2"),
            Deploy("Models", [LONG], fails_after=300),
            Deploy("Models", [LONG], version="3"),
            Delete("Models"),
        ]
    ),
    "open weights": LifeCycle(
        script=[
            Deploy("Models", [OPEN]),
            Deploy("Models", [OpenWeights(keeps=True, tags="other")]),
            Deploy("Models", [OTHER]),
            Delete("Models"),
        ]
    ),
    "open weights, retained": LifeCycle(script=[Deploy("Models", [OpenWeights(policy="retain")]), Delete("Models")]),
    "open weights, role propagates, fails, then again": LifeCycle(
        script=[RolePropagates(), NextFails(), Deploy("Models", [OPEN]), Deploy("Models", [OPEN]), Delete("Models")]
    ),
    "open weights, first create rolled back": LifeCycle(
        script=[Deploy("Models", [OPEN], fails_after=300), Pass(60), Deploy("Models", [OPEN]), Delete("Models")]
    ),
    "open weights, first create rolled back and never again": LifeCycle(
        script=[Deploy("Models", [OpenWeights(rollback="delete")], fails_after=300), Delete("Models")]
    ),
    "open weights, create cancelled": LifeCycle(
        script=[RolePropagates(), Deploy("Models", [OPEN], fails_after=20), Deploy("Models", [OPEN]), Delete("Models")],
        is_steady=False,
    ),
    "open weights, update rolled back": LifeCycle(
        script=[
            Deploy("Models", [OPEN]),
            Deploy("Models", [OTHER], fails_after=300),
            Deploy("Models", [OTHER], version="2"),
            Delete("Models"),
        ]
    ),
    "open weights, deleted while it runs": LifeCycle(script=[Deploy("Models", [OPEN], deleted_after=300)]),
    "open weights, nested, update rolled back, then deleted": LifeCycle(
        script=[
            Deploy("Models", [OPEN], nested=True),
            Deploy("Models", [OTHER], nested=True, fails_after=300),
            Delete("Models"),
        ]
    ),
    "open weights in the queue": LifeCycle(
        script=[
            Deploy("Models", [OpenWeights(waits=6), OpenWeights(id="Second", waits=6)]),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "open weights moved under a lock": LifeCycle(
        script=[
            Deploy("Models", [OpenWeights(lock="assistant")]),
            Deploy("Models", [OpenWeights(id="Moved", lock="assistant")]),
            Delete("Models"),
        ]
    ),
    "open weights, rolled back with what is retained": LifeCycle(
        script=[
            Deploy("Models", [OPEN], fails_after=300, takes_retained=True),
            Deploy("Models", [OPEN]),
            Delete("Models"),
        ]
    ),
    "open weights, rollback continued without it": LifeCycle(
        script=[
            Deploy("Models", [OPEN]),
            Deploy("Models", [OTHER], fails_after=300, skips=["Assistant"]),
            Deploy("Models", [OpenWeights(keeps=True, tags="other")]),
            Delete("Models"),
        ]
    ),
    "deployment": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Deployment()]),
            Deploy("Models", [LONG, Deployment(tags="other")]),
            Delete("Models"),
        ]
    ),
    "deployment fails, then again": LifeCycle(
        script=[
            Deploy("Models", [SHORT]),
            NextFails(),
            Deploy("Models", [SHORT, Deployment()]),
            Deploy("Models", [SHORT, Deployment()], version="2"),
            Delete("Models"),
        ]
    ),
    "deployment, update rolled back": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Deployment()]),
            Deploy("Models", [LONG, Deployment()], fails_after=600),
            Delete("Models"),
        ]
    ),
    "deployment, deleted while it is made": LifeCycle(
        script=[Deploy("Models", [SHORT, Deployment()], deleted_after=450), Delete("Models")], is_steady=False
    ),
    "deployment of a trained model": LifeCycle(
        script=[
            Deploy("Models", [Training(), Deployment()]),
            Deploy("Models", [Training(inputs="2"), Deployment()]),
            Delete("Models"),
        ]
    ),
    "throughput": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Throughput(of="Assistant")]),
            Deploy("Models", [LONG, Throughput(of="Assistant", tags="other")]),
            Delete("Models"),
        ]
    ),
    "throughput, replaced": LifeCycle(
        script=[Deploy("Models", [Throughput()]), Deploy("Models", [Throughput(units=2)]), Delete("Models")]
    ),
    "throughput, update rolled back": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Throughput(of="Assistant")]),
            Deploy("Models", [LONG, Throughput(of="Assistant")], fails_after=600),
            Delete("Models"),
        ]
    ),
    "deployment, swap cancelled": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Deployment()]),
            Deploy("Models", [LONG, Deployment()], fails_after=SWAP),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "throughput, swap cancelled": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Throughput(of="Assistant")]),
            Deploy("Models", [LONG, Throughput(of="Assistant")], fails_after=SWAP),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "training, change of tags cancelled": LifeCycle(
        script=[
            Deploy("Models", [ONE]),
            Deploy("Models", [Training(keeps=True, tags="other", policy="retain")], fails_after=10),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "training, failed creation deleted at once": LifeCycle(
        script=[
            Deploy("Models", [ONE], fails_after=300, on_failure_delete=True),
            Deploy("Models", [ONE]),
            Delete("Models"),
        ]
    ),
    "import, failed creation deleted at once": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Throughput(of="Assistant")], fails_after=500, on_failure_delete=True),
            Deploy("Models", [SHORT]),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "training, rolled back with what is retained": LifeCycle(
        script=[
            Deploy("Models", [ONE], fails_after=300, takes_retained=True),
            Deploy("Models", [ONE]),
            Delete("Models"),
        ]
    ),
    "training, trained further, rolled back with what is retained": LifeCycle(
        script=[
            Deploy("Models", FURTHER, fails_after=900, takes_retained=True),
            Deploy("Models", FURTHER),
            Delete("Models"),
        ],
        # The run may have ended before its Delete is handled: then it needs its role no more.
        is_steady=False,
    ),
    "training, kept, then another rolled back with what is retained": LifeCycle(
        script=[
            Deploy("Models", [ONE], fails_after=300),
            Deploy("Models", [TWO], fails_after=300, takes_retained=True),
            Deploy("Models", [TWO]),
            Delete("Models"),
        ]
    ),
    "training, rollback continued without it, replaced": LifeCycle(
        script=[
            Deploy("Models", [ONE]),
            Deploy("Models", [TWO], fails_after=300, skips=["Assistant"]),
            Deploy("Models", [Training(keeps=True, inputs="3")]),
            Delete("Models"),
        ]
    ),
    "training, rollback continued without it, changed in place": LifeCycle(
        script=[
            Deploy("Models", [ONE]),
            Deploy("Models", [TWO], fails_after=300, skips=["Assistant"]),
            Deploy("Models", [Training(keeps=True, tags="other")]),
            Delete("Models"),
        ]
    ),
    "import, rollback continued without it": LifeCycle(
        script=[
            Deploy("Models", [SHORT]),
            Deploy("Models", [LONG], fails_after=300, skips=["Assistant"]),
            Deploy("Models", [Import(tags="other")]),
            Delete("Models"),
        ]
    ),
    "training, its stack deleted without it": LifeCycle(
        script=[
            Deploy("Models", [Training()]),
            Delete("Models", retains=["Assistant"]),
            Deploy("Models", [Training()]),
            Delete("Models"),
        ]
    ),
    "throughput, its stack deleted without it": LifeCycle(
        script=[
            Deploy("Models", [Throughput()]),
            Delete("Models", retains=["Bought"]),
            Deploy("Models", [Throughput()]),
            Delete("Models"),
        ]
    ),
    "training moved without an event": LifeCycle(
        script=[
            Deploy("Models", [Training()]),
            Deploy("Others", []),
            Move("Models", "Assistant", "Others"),
            Delete("Others"),
            Delete("Models"),
        ]
    ),
    "throughput moved without an event": LifeCycle(
        script=[
            Deploy("Models", [Throughput()]),
            Deploy("Others", []),
            Move("Models", "Bought", "Others"),
            Deploy("Others", [Throughput(tags="other")]),
            Delete("Others"),
            Delete("Models"),
        ]
    ),
    "check before serving": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Check(), Deployment(of="Check")]),
            Deploy("Models", [LONG, Check(), Deployment(of="Check", tags="other")]),
            Delete("Models"),
        ]
    ),
    "check, not passed, then again": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Check(), Deployment(of="Check")]),
            Deploy("Models", [LONG, Check(passes=False), Deployment(of="Check")]),
            Deploy("Models", [LONG, Check(passes=False), Deployment(of="Check")], version="2"),
            Deploy("Models", [LONG, Check(inputs="2"), Deployment(of="Check")], version="3"),
            Delete("Models"),
        ]
    ),
    "check, update rolled back": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Check()]),
            Deploy("Models", [LONG, Check()], fails_after=700),
            Deploy("Models", [LONG, Check()], version="2"),
            Delete("Models"),
        ]
    ),
    "check, deleted while it runs": LifeCycle(
        script=[Deploy("Models", [SHORT, Check()], deleted_after=400), Delete("Models")], is_steady=False
    ),
    "check, create rolled back while it runs": LifeCycle(
        script=[
            Deploy("Models", [SHORT, Check()], fails_after=400),
            Deploy("Models", [SHORT, Check()]),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "look-up": LifeCycle(
        script=[
            Deploy("Makers", [SHORT]),
            Deploy("Models", [Found(), Deployment()]),
            Deploy("Makers", [SHORT, Import(id="Newer")]),
            Deploy("Models", [Found(), Deployment(tags="other")]),
            Deploy("Models", [Found(refresh="2"), Deployment(tags="other")]),
            Delete("Models"),
            Delete("Makers"),
        ]
    ),
    "look-up, swap rolled back": LifeCycle(
        script=[
            Deploy("Makers", [SHORT]),
            Deploy("Models", [Found(), Deployment()]),
            Deploy("Makers", [SHORT, Import(id="Newer")]),
            Deploy("Models", [Found(refresh="2"), Deployment()], fails_after=600),
            Delete("Models"),
            Delete("Makers"),
        ]
    ),
    "look-up, swap rolled back early, nested": LifeCycle(
        script=[
            Deploy("Makers", [SHORT]),
            Deploy("Models", [Found(), Throughput(of="Assistant")], nested=True),
            Deploy("Makers", [SHORT, Import(id="Newer")]),
            Deploy("Models", [Found(refresh="2"), Throughput(of="Assistant")], nested=True, fails_after=20),
            Delete("Models"),
            Delete("Makers"),
        ],
        is_steady=False,
    ),
    "look-up without anything to find": LifeCycle(
        script=[Deploy("Models", [Found(), Deployment()]), Deploy("Models", []), Delete("Models")]
    ),
    "throughput, create rolled back": LifeCycle(
        script=[Deploy("Models", [Throughput()], fails_after=300), Delete("Models")]
    ),
    "logging": LifeCycle(script=[Deploy("Models", [LOGS]), Deploy("Models", [OTHER_LOGS]), Delete("Models")]),
    "logging, what was there is put back": LifeCycle(
        script=[Configure("theirs"), Deploy("Models", [OVER]), Delete("Models")]
    ),
    "logging, the same was there": LifeCycle(script=[Configure("over"), Deploy("Models", [OVER]), Delete("Models")]),
    "logging, refused without adopt": LifeCycle(
        script=[Configure("theirs"), Deploy("Models", [LOGS]), Deploy("Models", [OVER]), Delete("Models")]
    ),
    "logging, retained": LifeCycle(
        script=[Configure("theirs"), Deploy("Models", [Logging(adopt=True, policy="retain")]), Delete("Models")]
    ),
    "logging, create rolled back": LifeCycle(
        script=[Deploy("Models", [LOGS], fails_after=300), Deploy("Models", [LOGS]), Delete("Models")]
    ),
    "logging, retained, create rolled back": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Models", [Logging(adopt=True, policy="retain")], fails_after=300),
            Deploy("Models", [OVER]),
            Delete("Models"),
        ]
    ),
    "logging, create cancelled": LifeCycle(
        script=[
            Configure("theirs"),
            RefusesLogging(1),
            Deploy("Models", [OVER], fails_after=1),
            Deploy("Models", [OVER]),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "logging added, cancelled, left out": LifeCycle(
        script=[
            Deploy("Models", []),
            Deploy("Models", [LOGS], fails_after=1),
            Deploy("Models", [], version="2"),
            Delete("Models"),
        ],
        is_steady=False,
    ),
    "logging, failed creation deleted at once": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Models", [OVER], fails_after=300, on_failure_delete=True),
            Deploy("Models", [OVER]),
            Delete("Models"),
        ]
    ),
    "logging, deleted while it is created": LifeCycle(
        script=[Deploy("Models", [LOGS], deleted_after=1), Delete("Models")], is_steady=False
    ),
    "logging, update rolled back": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Models", [OVER]),
            Deploy("Models", [OTHER_OVER], fails_after=300),
            Deploy("Models", [OTHER_OVER], version="2"),
            Delete("Models"),
        ]
    ),
    "logging, update cancelled": LifeCycle(
        script=[Deploy("Models", [LOGS]), Deploy("Models", [OTHER_LOGS], fails_after=1), Delete("Models")],
        is_steady=False,
    ),
    "logging, update refused": LifeCycle(
        script=[
            Deploy("Models", [LOGS]),
            RefusesLogging(),
            Deploy("Models", [OTHER_LOGS]),
            Deploy("Models", [OTHER_LOGS], version="2"),
            Delete("Models"),
        ],
        # Bedrock refuses the first call that comes, whichever it is.
        is_steady=False,
    ),
    "logging, nested, update rolled back": LifeCycle(
        script=[
            Deploy("Models", [LOGS], nested=True),
            Deploy("Models", [OTHER_LOGS], nested=True, fails_after=300),
            Delete("Models"),
        ]
    ),
    "logging, rollback continued without it": LifeCycle(
        script=[
            Deploy("Models", [LOGS]),
            Deploy("Models", [OTHER_LOGS], fails_after=300, skips=["Logging"]),
            Deploy("Models", [Logging(inputs="3")], version="2"),
            Delete("Models"),
        ]
    ),
    "logging removed": LifeCycle(
        script=[Configure("theirs"), Deploy("Models", [OVER]), Deploy("Models", []), Delete("Models")]
    ),
    "logging added, rolled back": LifeCycle(
        script=[Configure("theirs"), Deploy("Models", []), Deploy("Models", [OVER], fails_after=300), Delete("Models")]
    ),
    "logging changed by hand, adopted, rolled back": LifeCycle(
        script=[
            Deploy("Models", [LOGS]),
            Configure("theirs"),
            Deploy("Models", [OTHER_LOGS]),
            Deploy("Models", [OVER], version="2", fails_after=300),
            Deploy("Models", [OVER], version="3"),
            Delete("Models"),
        ]
    ),
    "logging turned off by hand": LifeCycle(
        script=[Deploy("Models", [LOGS]), Configure(), Deploy("Models", [OTHER_LOGS]), Configure(), Delete("Models")]
    ),
    "logging of two stacks, the upper one goes first": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Platform", [OVER]),
            Deploy("Models", [LOGS]),
            Deploy("Models", [OTHER_OVER]),
            Deploy("Models", [Logging(adopt=True)], fails_after=300),
            Delete("Models"),
            Delete("Platform"),
        ]
    ),
    "logging of two stacks, the lower one goes first": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Platform", [OVER]),
            Deploy("Models", [OTHER_OVER]),
            Delete("Platform"),
            Delete("Models"),
        ]
    ),
    "logging of two stacks, the lower one is changed and rolled back": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Platform", [OVER]),
            Deploy("Models", [OTHER_OVER]),
            Deploy("Platform", [Logging(adopt=True)], fails_after=300),
            Deploy("Platform", [Logging(adopt=True)], version="2"),
            Delete("Platform"),
            Delete("Models"),
        ]
    ),
    "logging, its stack deleted without it": LifeCycle(
        script=[
            Deploy("Models", [LOGS]),
            Delete("Models", retains=["Logging"]),
            Deploy("Models", [OTHER_OVER]),
            Delete("Models"),
        ]
    ),
    "logging moved without an event": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Models", [OVER]),
            Deploy("Others", []),
            Move("Models", "Logging", "Others"),
            Deploy("Others", [OTHER_OVER]),
            Delete("Others"),
            Delete("Models"),
        ]
    ),
    "logging under another id": LifeCycle(
        script=[
            Configure("theirs"),
            Deploy("Models", [OVER]),
            Deploy("Models", [Logging(id="Moved", adopt=True)], fails_after=300),
            Deploy("Models", [Logging(id="Moved", adopt=True)], version="2"),
            Delete("Models"),
        ]
    ),
}
