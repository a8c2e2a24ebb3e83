{ shared:: + "lib" }
