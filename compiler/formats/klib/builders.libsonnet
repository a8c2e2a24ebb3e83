// What every builder of the generated library is made of. A definition answers
//   constructors(header): functions that give a new object beginning with `header`,
//   setters(into): one or two functions a field; `into` puts a patch where the definition belongs,
//   parts(into): the definitions of its fields.
// All of it is evaluated only when somebody asks for it, so a library of hundreds of definitions
// costs a program only what it uses.
local plain = {
  constructors(header):: { new():: header },
  setters(into):: {},
  parts(into):: {},
};
local here(patch) = patch;
local object(header, definition) =
  local full = plain + definition;
  full.constructors(header) + full.setters(here) + { mixin:: full.parts(here) };

{
  list(value):: if std.type(value) == 'array' then value else [value],

  // The builders of a field: patches go below it, and results can be chained.
  part(into, field, definition)::
    local full = plain + definition;
    local inner(patch) = into({ [field]+: patch });
    full.setters(inner) + full.parts(inner) + { mixinInstance(value):: inner(value) },

  // The builders of something that is no object of its own, such as a container.
  type(definition):: object({}, definition),

  // The builders of an object that has an apiVersion and a kind.
  kind(apiVersion, kind, definition):: object({ apiVersion: apiVersion, kind: kind }, definition),

  // Functions for objects that hold a pod template; `into` puts a patch into the pod's spec.
  podTemplate(into):: {
    mapContainers(f):: into({ containers: std.map(f, super.containers) }),
    mapContainersWithName(names, f)::
      local wanted = $.list(names);
      local named(container) = std.objectHas(container, 'name') && std.member(wanted, container.name);
      self.mapContainers(function(container) if named(container) then f(container) else container),
  },
}
