c.JupyterHub.ip = "0.0.0.0"
