"""All controllers by name, in the order in which they start."""

from compiler.sandbox.controllers.jobset import JOBSET
from compiler.sandbox.controllers.kserve import KSERVE
from compiler.sandbox.controllers.kuberay import KUBERAY
from compiler.sandbox.controllers.kueue import KUEUE
from compiler.sandbox.controllers.lws import LWS
from compiler.sandbox.controllers.trainer import TRAINER
from compiler.sandbox.controllers.training_operator import TRAINING_OPERATOR

CONTROLLERS = {
    each.name: each for each in (TRAINING_OPERATOR, JOBSET, TRAINER, KUBERAY, LWS, KSERVE, KUEUE)
}
