"""What runs in a task's pod: osmo-init, the wrapper and osmo-ctrl. The standard library alone."""
