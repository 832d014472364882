"""Lock ids of an app: two constructs that share one own the same run."""

import aws_cdk as cdk
from constructs import Construct, IConstruct

from constructs_lib.core.checks import is_token
from constructs_lib.core.contract import PREFIX
from constructs_lib.core.scopes import remembered


def warn_of_shared_lock(construct: Construct, lock_id: str | None) -> None:
    """Warns if another construct of the app has the same `lock_id`: the one that is deployed last owns what both have.

    Two stacks of one class, for development and for production, would take the model from one another, and to destroy
    one would delete the other's. While a construct moves, it is meant: then the warning is acknowledged.
    """
    if not lock_id or is_token(lock_id):
        return
    paths = _paths_by_lock(construct.node.root).setdefault(lock_id, [])
    if paths:
        cdk.Annotations.of(construct).add_warning_v2(
            f"{PREFIX}sharedLockId",
            f"The lock_id {lock_id!r} is also that of {paths[0]!r}: both own the same run or model, the one that is "
            "deployed last takes it from the other, and destroying that one deletes it. Give each a lock_id of its "
            "own, such as f'support-{stage}'. While a construct moves from one place to the other, acknowledge this.",
        )
    paths.append(construct.node.path)


@remembered
def _paths_by_lock(root: IConstruct) -> dict[str, list[str]]:
    del root
    return {}
