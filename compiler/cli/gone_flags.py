"""Flags of ``ks`` that kuplet does not have, and what takes their place."""

import click

_CREDENTIALS = "users, certificates and tokens come from the kubeconfig; name a context: --context"
_VERBOSE = "kuplet writes no log; see the traceback of an error: kuplet --debug COMMAND"
_TLS = "put insecure-skip-tls-verify into the kubeconfig, better its certificate-authority"
_PRUNING = "kuplet knows its objects by their labels; it never deletes by a tag"
_CLUSTER = "choose the cluster once: kuplet env set ENVIRONMENT --context NAME"

_GONE = {
    "--as": _CREDENTIALS,
    "--as-group": _CREDENTIALS,
    "--certificate-authority": _CREDENTIALS,
    "--client-certificate": _CREDENTIALS,
    "--client-key": _CREDENTIALS,
    "--cluster": _CREDENTIALS,
    "--context": _CLUSTER,
    "--create": "to see what would be created before it is: kuplet diff, or apply --dry-run",
    "--dir": "it stands before the command: kuplet --dir DIRECTORY COMMAND",
    "--gc-tag": _PRUNING,
    "--insecure-skip-tls-verify": _TLS,
    "--kubeconfig": "set the variable KUBECONFIG",
    "--namespace": "choose it once: kuplet env set ENVIRONMENT --namespace NAME",
    "--password": _CREDENTIALS,
    "--request-timeout": "apply and delete take --timeout for all that they wait for",
    "--server": _CLUSTER,
    "--skip-gc": _PRUNING,
    "--tls-skip-verify": _TLS,
    "--token": _CREDENTIALS,
    "--user": _CREDENTIALS,
    "--username": _CREDENTIALS,
    "--verbose": _VERBOSE,
    "-n": "choose it once: kuplet env set ENVIRONMENT --namespace NAME",
    "-v": _VERBOSE,
}


def explained(error: click.ClickException) -> click.ClickException:
    """Return an error with what replaces a flag of ``ks``, if that is what is missing."""
    if not isinstance(error, click.NoSuchOption) or error.option_name not in _GONE:
        return error
    name = error.option_name
    return click.NoSuchOption(name, f"No such option: {name}; {_GONE[name]}", ctx=error.ctx)
