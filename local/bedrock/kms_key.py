"""The ARN of a key that a request names by its id, its alias or its ARN: the answers tell ARNs only."""

import uuid

from local.bedrock.store import Store


def arn(store: Store, key: str | None) -> str | None:
    if key is None or ":key/" in key:
        return key
    # An alias names some key; which one, only KMS knows. The answer has to be an ARN, and the same one each time.
    key_id = str(uuid.uuid5(uuid.NAMESPACE_URL, key)) if "alias/" in key else key
    return f"arn:{store.partition}:kms:{store.region}:{store.account}:key/{key_id}"
