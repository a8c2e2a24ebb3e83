"""How far a live object has come: one small rule a kind.

Source: kstatus' rules, ``kubectl rollout status`` and the status types of the controllers, with two
additions. A custom resource that reports status is not ready before it has one, and a training job
has two goals: it is ready when it trains, and completed when it is done.
"""

from compiler.stages.readiness.rules import readiness_of

__all__ = ["readiness_of"]
