"""ksonnet's pseudo-imports are text, wherever they stand."""

import pytest

from compiler.stages.render import without_pseudo_imports


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{ a: import 'param://name' }", "{ a: params.name }"),
        ('{ a: import "env://namespace" }', "{ a: env.namespace }"),
        ("{ a: import 'param://a-b' }", "{ a: params['a-b'] }"),
        ("{ a: import 'param://local' }", "{ a: params['local'] }"),
        ("{ a: import // why\n  // and how\n 'param://a', b: c }", "{ a: \n\nparams.a, b: c }"),
        ("{ a: import\n'env://server' }", "{ a: \nenv.server }"),
        ("{ a: |||\n  import 'param://a'\n||| }", "{ a: |||\n  params.a\n||| }"),
        ("{ a: importstr 'param://a' }", "{ a: importstr 'param://a' }"),
        # ksonnet/parts, nodejs-nonpersistent
        ("{ namespace: \"import 'param://namespace'\" }", '{ namespace: "params.namespace" }'),
        ("{ a: \"import 'param://a-b'\" }", "{ a: \"params['a-b']\" }"),
        ("{ a: 'import \"param://a-b\"' }", "{ a: 'params[\"a-b\"]' }"),
    ],
)
def test_a_pseudo_import_fits_where_it_stands(source: str, expected: str) -> None:
    assert without_pseudo_imports(source) == expected
