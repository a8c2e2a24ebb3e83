"""Kubeflow Trainer, the controller that makes JobSets of TrainJobs and runtimes."""

import json

from compiler.model.json import JsonObject
from compiler.sandbox.catalogue import TRAINER as PROGRAM
from compiler.sandbox.controller import MUTATING, VALIDATING, Addresses, Controller
from compiler.sandbox.controllers.jobset import JOBSET
from compiler.sandbox.ports import LOOPBACK

_IMAGES = ("mlx-runtime", "deepspeed-runtime", "xgboost-runtime", "torchtune-trainer")
_INITIALIZERS = ("dataset-initializer", "model-initializer")


def _configuration(addresses: Addresses) -> JsonObject:
    return {
        "apiVersion": "config.trainer.kubeflow.org/v1alpha1",
        "kind": "Configuration",
        "health": {"healthProbeBindAddress": addresses.health},
        "metrics": {"bindAddress": "0", "secureServing": False},
        "webhook": {"port": addresses.webhook, "host": LOOPBACK},
        "leaderElection": {"leaderElect": False},
        "certManagement": {"enable": False},
    }


def _with_tags(runtime: JsonObject) -> JsonObject:
    """Give Trainer's own images the tag that its installation gives them."""
    text = json.dumps(runtime)
    for name in (*_IMAGES, *_INITIALIZERS):
        image = f"ghcr.io/kubeflow/trainer/{name}"
        text = text.replace(f'"{image}"', f'"{image}:v{PROGRAM.version}"')
    tagged: JsonObject = json.loads(text)
    return tagged


TRAINER = Controller(
    program=PROGRAM,
    words="Kubeflow Trainer: TrainJobs make JobSets; its ClusterTrainingRuntimes are there",
    needs=(JOBSET.name,),
    namespace="kubeflow-system",
    flags=lambda _: (),
    configuration=_configuration,
    webhook_names={
        MUTATING: "defaulter.trainer.kubeflow.org",
        VALIDATING: "validator.trainer.kubeflow.org",
    },
    adjusted=_with_tags,
)
