"""The parts of `lower`: texts, files, checkpoints, data moves, exit actions, placement, units. Each gives a
piece of the plan.
"""
