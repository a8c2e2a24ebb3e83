"""Configuration of JupyterHub: notebooks run as pods, each user has a volume.

What differs between installations is in settings.json, next to this file. The database is in the
working directory, which is a volume.
"""  # noqa: INP001  JupyterHub reads this file; nobody imports it

import json
import os
from pathlib import Path

HERE = Path(__file__).parent

c = get_config()  # noqa: F821  JupyterHub puts it in scope
settings = json.loads((HERE / "settings.json").read_text())

# The proxy is a container of the same pod; notebooks reach the hub through its Service.
c.JupyterHub.hub_bind_url = "http://:8081"
c.JupyterHub.hub_connect_url = settings["hubUrl"]
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:8001"
c.JupyterHub.cleanup_servers = False  # notebooks outlive a restart of the hub

c.JupyterHub.authenticator_class = settings["authenticator"]
c.Authenticator.admin_users = set(settings["admins"])
if settings["authenticator"] == "shared-password":
    c.SharedPasswordAuthenticator.user_password = os.environ["USER_PASSWORD"]
    c.SharedPasswordAuthenticator.admin_password = os.environ["ADMIN_PASSWORD"]
    c.Authenticator.allow_all = True  # who knows the password

c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
for name, value in settings["spawner"].items():
    setattr(c.KubeSpawner, name, value)

load_subconfig(str(HERE / "extra_config.py"))  # noqa: F821  JupyterHub puts it in scope
