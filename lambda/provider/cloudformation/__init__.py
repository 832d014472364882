"""CloudFormation's event, its response, and what both sides agree on. Standard library only."""
