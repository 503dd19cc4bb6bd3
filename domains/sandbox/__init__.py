"""A domain registry to try things with: an EPP server over TLS (RFC 5730-5734) with its own state.

``make run`` starts it and the tests talk to it; it validates what it receives as strictly as registries do. It answers
for several endings, has a competitor whose domains can be transferred, and can be told to misbehave
(:mod:`domains.sandbox.faults`). Local and test use only: it knows no customer and moves no money.
"""
