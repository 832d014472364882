"""Deletion of Custom::BedrockCustomModelDeployment: by policy, and only what this resource owns."""

from functools import partial

from provider import deletion, naming, pages, serving
from provider.clients import Clients
from provider.deployment import Deployment, find, names
from provider.outcome import Answer
from provider.request import Request


def delete(request: Request, clients: Clients) -> Answer:
    """Deletes the deployment; one that is being made or changed is waited for."""
    return serving.delete(
        request,
        clients,
        find=partial(find, clients.bedrock),
        names=names(request),
        listed=partial(
            pages.listed,
            clients.bedrock.list_custom_model_deployments,
            summaries="modelDeploymentSummaries",
            name="customModelDeploymentName",
            nameContains=naming.scope(request),
        ),
        remove=partial(_remove, clients),
    )


def _remove(clients: Clients, found: Deployment) -> None:
    deletion.remove(
        partial(clients.bedrock.delete_custom_model_deployment, customModelDeploymentIdentifier=found.arn),
        look=partial(find, clients.bedrock, found.arn),
        subject=f"{found.subject} ({found.arn})",
        remedy="Delete the stack again when it is no longer being changed.",
        patience=serving.CHANGING_PATIENCE,
    )
