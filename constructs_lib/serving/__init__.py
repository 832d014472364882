"""What deployments and Provisioned Throughput share: invoking, grants, metrics and alarms."""
