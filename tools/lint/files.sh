# Sourced: which files the checks look at. Generated code is its generator's matter.

# Swift files, each ended by a zero byte.
swift_files() {
    git ls-files -z --cached --others --exclude-standard '*.swift' |
        grep -zvE '\.(pb|grpc)\.swift$|/Generated/' | existing
}

# All text of the project.
text_files() {
    git ls-files -z --cached --others --exclude-standard |
        grep -zvE '\.(pb|grpc)\.swift$|/Generated/|^Tests/Corpus/|^tools/e2e/scenarios/|^Package.resolved$|^LICENSE$|\.(png|ico|pcap|bin|svg)$' |
        existing
}

# A file that is deleted and not yet committed is listed by git and not there.
existing() {
    local file
    while IFS= read -r -d '' file; do [[ ! -f $file ]] || printf '%s\0' "$file"; done
}
