// @param size number It is read.
// @param ghost string Nothing reads it any more; a comment that names ghost changes nothing.
// @optionalParam unset string "" Nobody sets it.
// @optionalParam later string "" It is read in some cases.
// ghost was read here
{
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "board" },
  data: { size: "" + params.size, [if params.size > 1 then "later"]: params.later },
}
