"""AWS Systems Manager in memory, as far as the record of invocation logging needs it."""

from typing import Any

from botocore.exceptions import ClientError


class Ssm:
    """Parameters as far as the provider keeps one, with all their versions."""

    def __init__(self) -> None:
        self.versions: dict[str, list[str]] = {}

    @property
    def parameters(self) -> dict[str, str]:
        """The value that each has now."""
        return {name: values[-1] for name, values in self.versions.items()}

    def get_parameter(self, *, Name: str) -> dict[str, Any]:  # noqa: N803
        name, _, version = Name.partition(":")
        values = self._find(name, "GetParameter")
        number = int(version or len(values))
        if not 0 < number <= len(values):
            raise ClientError({"Error": {"Code": "ParameterVersionNotFound", "Message": ""}}, "GetParameter")
        return {"Parameter": {"Name": name, "Value": values[number - 1], "Version": number}}

    def put_parameter(
        self,
        *,
        Name: str,  # noqa: N803
        Value: str,  # noqa: N803
        Type: str,  # noqa: N803
        Tier: str,  # noqa: N803
        Overwrite: bool,  # noqa: N803
    ) -> dict[str, Any]:
        assert (Type, Tier, Overwrite) == ("String", "Intelligent-Tiering", True)
        values = self.versions.setdefault(Name, [])
        values.append(Value)
        return {"Version": len(values)}

    def delete_parameter(self, *, Name: str) -> dict[str, Any]:  # noqa: N803
        self._find(Name, "DeleteParameter")
        del self.versions[Name]
        return {}

    def _find(self, name: str, operation: str) -> list[str]:
        if name not in self.versions:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, operation)
        return self.versions[name]
