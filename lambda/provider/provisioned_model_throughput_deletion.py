"""Deletion of Custom::BedrockProvisionedModelThroughput: by policy, and only what this resource owns."""

from functools import partial

from provider import deletion, naming, pages, serving
from provider.clients import Clients
from provider.outcome import Answer, Refused
from provider.request import Request
from provider.throughput import FAILED, Throughput, find, names


def delete(request: Request, clients: Clients) -> Answer:
    """Gives the units back; while it is being made or changed that has to wait, and until its term is over it fails."""
    return serving.delete(
        request,
        clients,
        find=partial(find, clients.bedrock),
        names=names(request),
        listed=partial(
            pages.listed,
            clients.bedrock.list_provisioned_model_throughputs,
            summaries="provisionedModelSummaries",
            name="provisionedModelName",
            nameContains=naming.scope(request),
        ),
        remove=partial(_remove, clients),
    )


def _remove(clients: Clients, found: Throughput) -> None:
    _require_end_of_term(clients, found)
    deletion.remove(
        partial(clients.bedrock.delete_provisioned_model_throughput, provisionedModelId=found.arn),
        look=partial(find, clients.bedrock, found.arn),
        subject=f"{found.subject} ({found.arn})",
        remedy="It is billed as long as it stands; delete the stack again.",
        patience=serving.CHANGING_PATIENCE,
    )


def _require_end_of_term(clients: Clients, found: Throughput) -> None:
    until = found.committed_until
    if until and found.status != FAILED and clients.now() < until.timestamp():
        raise Refused(
            f"{found.subject} ({found.arn}) is committed until {until:%Y-%m-%d %H:%M} UTC: it cannot be deleted "
            "earlier and is billed until then. Delete the stack again after that date; or set its removal_policy to "
            "RETAIN, deploy, take it out of the stack, and delete it yourself after that date."
        )
