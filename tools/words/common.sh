# Sourced by the words. They run in the project's root.

say() { printf '\n== %s\n' "$*"; }

die() {
    echo "tools/dev: $*" >&2
    exit 2
}

# Where a build finds Swift's optimised products.
release=.build/release

# Unit tests that use @testable need internal names in the release configuration.
test_flags() {
    if grep -rqs '^@testable' Tests --include='*.swift'; then echo "-Xswiftc -enable-testing"; fi
}
