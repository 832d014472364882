"""What a model customization job needs beside its custom resource: service role, network, events, warnings."""
