local parse(text) = std.native("parseYaml")(text);
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "natives" },
  data: {
    documents: std.toString(parse("a: on\n---\n- 0x10\n")),
    json: std.toString(std.native("parseJson")('{"x": [1, null]}')),
    escaped: std.native("escapeStringRegex")("a.b-c"),
    matches: std.toString(std.native("regexMatch")("^v[0-9]+$", "v12")),
    swapped: std.native("regexSubst")("(\\w+)-(\\w+)", "left-right", "$2-${1}"),
  },
}
