"""Answers KubeRay in the place of Ray, which runs in no simulated pod.

KubeRay asks the dashboard of each Ray cluster about jobs and Serve applications, and the pods that
serve whether they are well. It is started with this as its HTTP proxy. A job that a pod submits
does what that pod does; one that KubeRay submits itself completes three seconds later; Serve
applications run. The annotation ``sandbox.kuplet.dev/behaviour`` of a RayJob or RayService, which
KubeRay copies to its RayCluster, asks for something else.

Run as a script, with nothing but Python's standard library:

    python ray_dashboard.py PORT URL CA CERTIFICATE KEY PASSWORD_FILE
"""

import base64
import hmac
import json
import ssl
import sys
import time
import urllib.request
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

USER = "kuberay"
_BEHAVIOUR = "sandbox.kuplet.dev/behaviour"
_JOBS = "/api/jobs/"
_APPLICATIONS = "/api/serve/applications/"
_HEALTH = "/-/healthz"
_SIDECAR = "ray-job-submitter"  # container of the head that submits the job, in SidecarMode
_TIMEOUT_S = 2.0
_TASK_S = {"slow": 20.0}
_NORMAL_TASK_S = 3.0
# What Serve says of an application and of its deployments.
_SERVED = {
    "fail": ("DEPLOY_FAILED", "UNHEALTHY"),
    "crash-loop": ("DEPLOY_FAILED", "UNHEALTHY"),
    "never-ready": ("DEPLOYING", "UPDATING"),
}


class Cluster:
    """The API server, seen with the administrator's eyes."""

    def __init__(self, url: str, authority: str, certificate: str, key: str) -> None:
        self._url = url
        self._context = ssl.create_default_context(cafile=authority)
        self._context.load_cert_chain(certificate, key)

    def get(self, path: str) -> Json:
        """Return an object or a list; empty if there is none.

        Raises:
            OSError: The API server does not answer.
        """
        try:
            with urllib.request.urlopen(  # noqa: S310  always https
                self._url + path, timeout=_TIMEOUT_S, context=self._context
            ) as response:
                document: Json = json.load(response)
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return {}
            raise
        return document


class Ray:
    """What the Ray clusters of a sandbox would know, by the names of their head Services."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._submitted: dict[tuple[str, str], float] = {}
        self._applications: dict[str, Json] = {}

    def submit(self, host: str, request: Json) -> Json:
        """Take a job that KubeRay submits without a pod."""
        name = str(request["submission_id"])
        self._submitted[host, name] = time.monotonic()
        return {"job_id": name, "submission_id": name}

    def job(self, host: str, name: str) -> Json:
        """Return the state of a job; empty if it was not submitted yet."""
        behaviour = self._behaviour(host)
        if (host, name) in self._submitted:
            age = time.monotonic() - self._submitted[host, name]
            is_over = age > _TASK_S.get(behaviour, _NORMAL_TASK_S) and behaviour != "never-ready"
            state = "SUCCEEDED" if is_over else "RUNNING"
        else:
            state = self._state_of_submitter(_namespace(host), name)
        if state == "SUCCEEDED" and behaviour in {"fail", "crash-loop"}:
            state = "FAILED"
        message = "Job failed (simulated)." if state == "FAILED" else ""
        return {"submission_id": name, "status": state, "message": message} if state else {}

    def deploy(self, host: str, config: Json) -> None:
        """Take the Serve applications of a cluster."""
        self._applications[host] = config

    def applications(self, host: str) -> Json:
        """Return the Serve applications of a cluster with their states."""
        states = {
            "fail": "DEPLOY_FAILED",
            "crash-loop": "DEPLOY_FAILED",
            "never-ready": "DEPLOYING",
        }
        state = states.get(self._behaviour(host), "RUNNING")
        health = {"DEPLOY_FAILED": "UNHEALTHY", "DEPLOYING": "UPDATING"}.get(state, "HEALTHY")
        found: Json = {}
        for application in self._applications.get(host, {}).get("applications", []):
            deployments = [each["name"] for each in application.get("deployments", [])]
            name = application.get("name", "default")
            found[name] = {
                "name": name,
                "status": state,
                "message": "",
                "deployments": {each: {"name": each, "status": health} for each in deployments},
            }
        return {"applications": found}

    def _state_of_submitter(self, namespace: str, name: str) -> str:
        ray_jobs = self._cluster.get(f"/apis/ray.io/v1/namespaces/{namespace}/rayjobs")
        for ray_job in ray_jobs.get("items", []):
            status = ray_job.get("status", {})
            if status.get("jobId") != name:
                continue
            if ray_job["spec"].get("submissionMode") == "SidecarMode":
                return self._state_of_sidecar(namespace, status["rayClusterName"])
            submitter = ray_job["metadata"]["name"]
            path = f"/apis/batch/v1/namespaces/{namespace}/jobs/{submitter}"
            return _state_by(self._cluster.get(path).get("status", {}))
        return ""

    def _state_of_sidecar(self, namespace: str, cluster: str) -> str:
        pods = self._cluster.get(
            f"/api/v1/namespaces/{namespace}/pods"
            f"?labelSelector=ray.io/cluster%3D{cluster},ray.io/node-type%3Dhead"
        )
        for pod in pods.get("items", []):
            for container in pod.get("status", {}).get("containerStatuses", []):
                if container["name"] == _SIDECAR:
                    ended = container["state"].get("terminated")
                    failed = bool(ended and ended["exitCode"])
                    return _state_by({"failed": failed, "succeeded": ended, "ready": True})
        return ""

    def _behaviour(self, host: str) -> str:
        namespace = _namespace(host)
        service = self._cluster.get(
            f"/api/v1/namespaces/{namespace}/services/{host.split('.', maxsplit=1)[0]}"
        )
        owners = service.get("metadata", {}).get("ownerReferences", [])
        name = owners[0]["name"] if owners else ""
        cluster = self._cluster.get(f"/apis/ray.io/v1/namespaces/{namespace}/rayclusters/{name}")
        return str(cluster.get("metadata", {}).get("annotations", {}).get(_BEHAVIOUR, ""))


def _namespace(host: str) -> str:
    """Return the namespace of a Service: its address is ``NAME.NAMESPACE.svc.DOMAIN``."""
    return host.split(".")[1]


def _state_by(submitter: Json) -> str:
    """Return the state of the job that a Job's pod submits and waits for."""
    if submitter.get("failed"):
        return "FAILED"
    if submitter.get("succeeded"):
        return "SUCCEEDED"
    return "RUNNING" if submitter.get("ready") else ""


class Handler(BaseHTTPRequestHandler):
    """Serves requests as a proxy gets them: with whole addresses."""

    ray: Ray
    authorization: str

    def do_GET(self) -> None:
        """Say how a job, the applications or a pod do."""
        if not self._is_allowed():
            return
        path = self._path
        if path == _HEALTH:
            self._answer(HTTPStatus.OK, {})
        elif path == _APPLICATIONS:
            self._answer(HTTPStatus.OK, self.ray.applications(self._host))
        elif path.startswith(_JOBS) and path.endswith("/logs"):
            self._answer(HTTPStatus.OK, {"logs": "This job is simulated.\n"})
        elif path.startswith(_JOBS):
            job = self.ray.job(self._host, path.removeprefix(_JOBS))
            self._answer(HTTPStatus.OK if job else HTTPStatus.NOT_FOUND, job)
        else:
            self._answer(HTTPStatus.NOT_FOUND, {})

    def do_POST(self) -> None:
        """Submit or stop a job."""
        if not self._is_allowed():
            return
        body = self._body()
        is_new = self._path == _JOBS
        self._answer(
            HTTPStatus.OK, self.ray.submit(self._host, body) if is_new else {"stopped": True}
        )

    def do_PUT(self) -> None:
        """Deploy applications."""
        if self._is_allowed():
            self.ray.deploy(self._host, self._body())
            self._answer(HTTPStatus.OK, {})

    def do_DELETE(self) -> None:
        """Delete a job."""
        if self._is_allowed():
            self._answer(HTTPStatus.OK, {})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base
        """Say nothing: KubeRay asks every few seconds."""

    @property
    def _host(self) -> str:
        return urlsplit(self.path).hostname or ""

    @property
    def _path(self) -> str:
        return urlsplit(self.path).path

    def _is_allowed(self) -> bool:
        given = self.headers.get("Proxy-Authorization", "")
        if hmac.compare_digest(given.encode(), self.authorization.encode()):
            return True
        self._answer(HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, {})
        return False

    def _body(self) -> Json:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        document: Json = json.loads(content or "{}")
        return document

    def _answer(self, status: HTTPStatus, document: Json) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main(arguments: list[str]) -> None:
    """Serve until this process is ended."""
    port, url, authority, certificate, key, password_file = arguments
    password = Path(password_file).read_text()
    credentials = base64.b64encode(f"{USER}:{password}".encode()).decode()
    Handler.authorization = f"Basic {credentials}"
    Handler.ray = Ray(Cluster(url, authority, certificate, key))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    except OSError as error:
        sys.exit(str(error).lower())  # as the other servers say that their port is taken
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
