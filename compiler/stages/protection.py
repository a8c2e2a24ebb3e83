"""What an environment says that nothing may delete it."""

from compiler.model.finding import Finding
from compiler.model.source import SourceSpan


def protected(environment: str, span: SourceSpan, what: str) -> Finding:
    """Return the error for what a protected environment does not allow.

    Args:
        span: Where it is said that it is protected.
        what: What was asked for.
    """
    return Finding(
        rule="environment-protected",
        message=f'"{environment}" is protected: {what} is refused',
        environment=environment,
        span=span,
        hint=f"if that is meant, take protect away there: {span.file}",
    )
