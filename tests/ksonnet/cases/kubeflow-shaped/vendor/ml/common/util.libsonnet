{
  onlyIf(condition, items):: if condition then items else [],
  toArray(text):: if text == "null" || text == "" then [] else std.split(text, ","),
}
