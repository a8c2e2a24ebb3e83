"""Links objects into a DAG: which object waits for which, and why."""
