"""What runs near the cluster: the agent in a task's pod, the coordinator, storage, apply and watch."""
