"""Amazon Bedrock as this account has it: models, runs, deployments, throughput, quotas, prices."""
