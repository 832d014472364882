"""An AWS of your own on the developer's machine: the real CDK CLI deploys to it without an account."""
