"""What is known of Kubernetes' kinds: a module a family, a row a kind.

`kind.Kind` says what a row can hold, `table.KINDS` puts the rows together. Whatever differs between
kinds is a field of the row; nothing outside this package lists kinds.
"""
