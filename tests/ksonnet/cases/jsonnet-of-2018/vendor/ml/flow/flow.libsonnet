{
  defaults:: { image:: "flow:" + + "latest" },
  parts(params):: {
    local all = $.defaults + params,
    image: if std.objectHas(all, "image") then all.image else "flow:none",
    label: +"text",
  },
}
