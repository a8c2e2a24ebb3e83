import pytest

from compiler.errors import AppError
from compiler.model.parameter import ParameterType
from compiler.stages.declaration import parse_prototype

HEADER = """\
// @apiVersion 0.1
// @name io.example.pkg.web
// @description First line
//   second line
//
// not part of it
// @shortDescription A web server
// @param image string Image to run
// @optionalParam replicas integer 2 How many
// @optionalParam note string  Two spaces declare an empty default
// @optionalParam nothing string null ksonnet's way to say "not set"
// @optionalParam kind enum(small,large) small Size
// @optionalParam port numberOrString http Port
// @optionalParam limits object {"cpu":1} Limits
{}
"""


def test_a_header_declares_name_descriptions_and_parameters() -> None:
    prototype = parse_prototype(HEADER, "kuplet/web/prototypes/web.jsonnet", "kuplet/web")
    assert prototype.name == "io.example.pkg.web"
    assert prototype.short_name == "kuplet/web"
    assert prototype.description == "First line\nsecond line"
    assert prototype.short_description == "A web server"
    assert list(prototype.parameters) == [
        "image", "replicas", "note", "nothing", "kind", "port", "limits",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kind", "default", "description"),
    [
        ("replicas", ParameterType.INTEGER, 2, "How many"),
        ("note", ParameterType.STRING, "", "Two spaces declare an empty default"),
        ("nothing", ParameterType.STRING, "null", 'ksonnet\'s way to say "not set"'),
        ("kind", ParameterType.ENUM, "small", "Size"),
        ("port", ParameterType.NUMBER_OR_STRING, "http", "Port"),
        ("limits", ParameterType.OBJECT, {"cpu": 1}, "Limits"),
    ],
)
def test_optional_parameters_have_typed_defaults(
    name: str, kind: ParameterType, default: object, description: str
) -> None:
    spec = parse_prototype(HEADER, "f").parameters[name]
    assert (spec.type, spec.default, spec.description) == (kind, default, description)
    assert not spec.is_required


def test_required_parameters_know_where_they_are_declared() -> None:
    spec = parse_prototype(HEADER, "web.jsonnet").parameters["image"]
    assert spec.is_required
    assert str(spec.span) == "web.jsonnet:8:4"


def test_an_enum_lists_its_choices() -> None:
    spec = parse_prototype(HEADER, "f").parameters["kind"]
    assert spec.choices == ("small", "large")
    assert spec.type_text == "enum(small,large)"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("// @parm x string y", 'unknown directive "@parm"'),
        ("// @param x strin y", 'unknown parameter type "strin"'),
        ("// @param x", "@param must read: NAME TYPE DESCRIPTION"),
        ("// @optionalParam x integer", "@optionalParam must read: NAME TYPE DEFAULT DESCRIPTION"),
        ("// @optionalParam x integer two y", 'the default "two" is no integer'),
    ],
)
def test_malformed_directives_are_named_with_their_line(line: str, message: str) -> None:
    with pytest.raises(AppError) as caught:
        parse_prototype(f"\n{line}\n{{}}\n", "web.jsonnet")
    finding = caught.value.findings[0]
    assert (finding.message, finding.span and finding.span.line) == (message, 2)


def test_a_source_without_header_takes_any_parameter() -> None:
    assert not parse_prototype("{}", "components/web.jsonnet").is_closed
    assert parse_prototype(HEADER, "components/web.jsonnet").is_closed


def test_a_directive_without_a_blank_is_refused_and_not_passed_over() -> None:
    with pytest.raises(AppError) as caught:
        parse_prototype("// @apiVersion 1\n  //@name io.x.web\n{}\n", "web.jsonnet", "x/web")
    finding = caught.value.findings[0]
    assert finding.message == 'a blank is missing between "//" and "@name"'
    assert str(finding.span) == "web.jsonnet:2:3"
    assert not parse_prototype("//@see the manual\n{}\n", "web.jsonnet").parameters


def test_a_prototype_of_a_package_needs_a_name() -> None:
    with pytest.raises(AppError) as caught:
        parse_prototype("// @shortDescription Web\n{}\n", "prototypes/web.jsonnet", "x/web")
    assert caught.value.findings[0].message == "a prototype of a package needs a name"
