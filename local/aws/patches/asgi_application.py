"""ministack's ASGI application, served by a program of our own."""

from local.aws.patches.names import lambda_functions, server
from local.aws.patches.patch import Patch


class AsgiApplication(Patch):
    corrects = (
        "ministack's own command makes hypercorn send the reason phrase of a status line; its application, served by "
        "another program, answers without."
    )
    aws = "Status lines read `100 Continue` and `200 OK`: older boto3 refuses a line without its phrase."
    uses = (server.app, server.install_hypercorn_compat, lambda_functions.reset_workers)

    def apply(self) -> None:
        server.install_hypercorn_compat()
