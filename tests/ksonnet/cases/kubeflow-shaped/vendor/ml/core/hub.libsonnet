{ all(params, env):: error "the copy without a version was used" }
