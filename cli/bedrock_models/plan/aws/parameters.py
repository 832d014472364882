"""AWS Systems Manager for a dry run."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from bedrock_models.plan.aws.service import Service, read_key


class ReadOnlyParameters(Service):
    """AWS Systems Manager: the record of whose the configuration of invocation logging is."""

    def _write(self, name: str, params: dict[str, Any]) -> Any:
        super()._write(name, params)
        key = read_key("get_parameter", {"Name": params["Name"]})
        if name == "delete_parameter":
            self._seen[key] = ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
            return {}
        before = self._seen.get(key)
        version = before["Parameter"]["Version"] + 1 if isinstance(before, Mapping) else 1
        self._seen[key] = {"Parameter": {"Value": params["Value"], "Version": version}}
        return {"Version": version}
