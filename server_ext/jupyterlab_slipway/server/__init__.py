"""The Jupyter server extension: thin handlers over `deployments`, and the stream of events."""
