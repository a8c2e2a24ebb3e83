"""Shows which parameters change in which environment on a review's page, and who sets them."""

from collections.abc import Iterator, Sequence

from compiler.cli.report.review_page.anchors import environment_anchor
from compiler.cli.report.review_page.markup import Html, breakable, element, folded, lines
from compiler.cli.report.review_page.values import compared, fields_compared, left_out, readable
from compiler.cli.report.review_words import repository_file
from compiler.model.difference import Difference
from compiler.model.parameter import Setting
from compiler.model.review import EnvironmentReview, ParameterChange, Review, ReviewState
from compiler.stages.diff import field_changes
from compiler.stages.words import counted

_MAX_PARAMETERS = 300
_MAX_OPEN, _FEW = 30, 20  # rows


def parameters_table(review: Review) -> Iterator[Html]:
    """Yield the table: a row for each parameter that changes, a column for each environment."""
    known = [each for each in review.environments if each.state is not ReviewState.HEAD_BROKEN]
    changes = {(item.path, each.name): item for each in known for item in each.parameters}
    gone = _removed_components(known)
    paths = sorted({path for (path, _), item in changes.items() if item.component not in gone})
    columns = [each.name for each in known]
    rows = [_removed_row(component, known) for component in sorted(gone)]
    rows += [
        element(
            "tr",
            element("th", element("code", breakable(path)), scope="row"),
            *(_cell(review, name, changes.get((path, name))) for name in columns),
        )
        for path in paths[:_MAX_PARAMETERS]
    ]
    few = len(rows) if len(rows) <= _MAX_OPEN else _FEW
    if rows:
        yield _table(columns, rows[:few])
    if rows[few:]:
        title = counted(len(rows) - few, "more parameter")
        yield folded(title, _table(columns, rows[few:]), class_="folded")
    yield left_out(max(len(paths) - _MAX_PARAMETERS, 0), "parameter", "kuplet review -o json")


def _removed_components(environments: Sequence[EnvironmentReview]) -> set[str]:
    """Return the components of which nothing stays: their parameters are one row, not many."""
    gone: dict[str, set[bool]] = {}
    for each in environments:
        for change in each.parameters:
            gone.setdefault(change.component, set()).add(change.after is None)
        for item in each.objects:
            component = item.manifest.origin.component
            gone.setdefault(component, {False}).add(item.kind is Difference.REMOVED)
    with_objects = {
        item.manifest.origin.component for each in environments for item in each.objects
    }
    return {name for name, sides in gone.items() if sides == {True} and name in with_objects}


def _removed_row(component: str, environments: Sequence[EnvironmentReview]) -> Html:
    cells = (
        element("td", f"removed, with {counted(count, 'parameter')}")
        if (count := sum(item.component == component for item in each.parameters))
        else _unchanged()
        for each in environments
    )
    return element("tr", element("th", element("code", breakable(component)), scope="row"), *cells)


def _unchanged() -> Html:
    same = (
        element("span", "\N{EN DASH}", aria_hidden="true"),
        element("span", "unchanged", class_="hidden"),
    )
    return element("td", *same, class_="same")


def _table(columns: Sequence[str], rows: Sequence[Html]) -> Html:
    titles = (element("a", name, href=f"#{environment_anchor(name)}") for name in columns)
    cells = (element("th", each, scope="col") for each in ("parameter", *titles))
    head = element("thead", element("tr", *cells))
    table = element("table", head, "\n", element("tbody", lines(rows)), class_="parameters")
    about = {"role": "region", "aria_label": "Parameters"}
    return element("div", table, class_="scroll", tabindex="0", **about)


def _cell(review: Review, environment: str, change: ParameterChange | None) -> Html:
    if change is None:
        return _unchanged()
    label = element("span", environment, class_="column", aria_hidden="true")
    by = element("div", _who(review, change), class_="quiet by")
    return element("td", label, _values(change.before, change.after), by)


def _values(before: Setting | None, after: Setting | None) -> Html:
    """Return both values; of two large objects, the fields that differ."""
    sides = [readable(each.value) if each else None for each in (before, after)]
    if before and after and all(f"{side}".startswith("{\n") for side in sides):
        return fields_compared(tuple(field_changes(before.value, after.value)))
    return compared(*sides)


def _who(review: Review, change: ParameterChange) -> Html:
    """Return who sets a parameter now, and where; and who did, if it was somebody else."""
    now, was = change.after, change.before
    setting = now or was
    if setting is None:
        return Html("")
    place = breakable(f"{repository_file(review, setting.span)}:{setting.span.line}")
    verb = "set by" if now else "was set by"
    former = f"; before, by {was.layer}" if now and was and was.layer != now.layer else ""
    return lines([element("span", f"{verb} {setting.layer}{former}"), element("code", place)])
