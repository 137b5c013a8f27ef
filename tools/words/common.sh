# Sourced by the words. They run in the project's root.

say() { printf '\n== %s\n' "$*"; }

die() {
    echo "tools/dev: $*" >&2
    exit 2
}

# Builds that would undo each other's work have folders of their own:
#   .build         the server as it ships
#   .build/core    the packet path as it ships, without the control plane: simulator, benchmarks, hotcheck
#   .build/test    everything with -enable-testing, for tests that use @testable; what CI builds, once
server=.build/release/millrace
core=.build/core
tests=.build/test

build_core() {
    MILLRACE_PARTS=core swift build -c release --scratch-path "$core" "$@"
}
