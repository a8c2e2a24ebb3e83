"""What is known of the environments of an app without compiling them."""

from compiler.errors import AppError
from compiler.formats.choice import format_of
from compiler.formats.format import AnyApp
from compiler.formats.kuplet.imported_files import SourceTree
from compiler.formats.kuplet.inputs import digest
from compiler.stages.review.declared import Declared


def inputs_key(app: AnyApp, tree: SourceTree, name: str) -> str | None:
    """Return a digest of all that an environment reads; ``None`` if it cannot be resolved."""
    try:
        return digest(format_of(app).review.inputs(tree, name))
    except AppError:
        return None


def declared_in(app: AnyApp) -> dict[str, Declared]:
    """Return what is known of an app's environments without compiling them."""
    review = format_of(app).review
    found: dict[str, Declared] = {}
    for name in app.environment_names:
        try:
            found[name] = review.declared(name)
        except AppError:  # its own review says why
            continue
    return found
