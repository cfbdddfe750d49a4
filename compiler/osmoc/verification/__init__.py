"""What an API server would refuse, as far as it can be told from the objects alone. Each rule gives its
findings; `verify` says them.

Schemas see types and unknown fields, and nothing of what is here (reference k8s-mapping, section 11).
"""
