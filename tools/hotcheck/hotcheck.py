#!/usr/bin/env python3
"""Reads object files and reports what hot functions call.

usage: hotcheck.py LIST OBJECT-OR-FOLDER...

Each function that LIST calls hot is followed through everything it calls in the given objects. On the way there must
be no allocation, reference counting, lock, exclusivity check, lazy global, or copy of a large state by memcpy.
"""
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field

COPY_BYTES_MAX = 512

FORBIDDEN = [
    ("allocation", r"^(malloc|calloc|realloc|free|posix_memalign|aligned_alloc|_Znwm|_ZdlPv)$"),
    ("allocation", r"^swift_(allocObject|slowAlloc|slowDealloc|dealloc\w*|allocBox|initStackObject|allocEmptyBox)$"),
    ("reference counting", r"^swift_(bridgeObject|unknownObject|weak|unowned)?[rR](etain|elease)(_n|_x\d+)?$"),
    ("reference counting", r"^swift_(is(Unique|EscapingClosure)\w*|setDeallocating|retain\w*|release\w*)$"),
    ("exclusivity check", r"^swift_(begin|end)Access$"),
    ("lazy global", r"^swift_once$"),
    ("lock", r"^(pthread_(mutex|rwlock|cond|spin|once)\w*|sem_\w+|__lll_lock\w*|futex)$"),
    ("error box", r"^swift_(allocError|willThrow\w*|errorRelease|errorRetain)$"),
    ("runtime", r"^swift_(get\w*Metadata\w*|getWitnessTable|getTypeByMangledName\w*|getGenericMetadata|dynamicCast\w*"
                r"|conformsToProtocol\w*|project\w*|allocateGeneric\w*|instantiate\w*|task_\w+)$"),
    ("sleep", r"^(sleep|usleep|nanosleep|poll|select|epoll_wait)$"),
]
FORBIDDEN = [(kind, re.compile(pattern)) for kind, pattern in FORBIDDEN]


@dataclass
class Function:
    calls: set = field(default_factory=set)
    # (bytes copied, callee) where the size is a constant.
    copies: list = field(default_factory=list)
    has_indirect: bool = False


@dataclass
class Rules:
    hot: list = field(default_factory=list)
    cold: list = field(default_factory=list)
    allow: list = field(default_factory=list)
    guilty: list = field(default_factory=list)
    innocent: list = field(default_factory=list)


def read_rules(path):
    rules = Rules()
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        text = line.split(" # ")[0].strip()
        if not text or text.startswith("#"):
            continue
        word, _, rest = text.partition(" ")
        if word in ("cold", "allow") and " # " not in line:
            sys.exit(f"{path}:{number}: {word} needs a reason behind ' # '")
        if word == "allow":
            function, _, callee = rest.strip().partition(" -> ")
            rules.allow.append((re.compile(function.strip()), re.compile(callee.strip())))
        elif word in ("hot", "cold", "guilty", "innocent"):
            getattr(rules, word).append(re.compile(rest.strip()))
        else:
            sys.exit(f"{path}:{number}: unknown word {word!r}")
    return rules


def objects(paths):
    for path in paths:
        if os.path.isfile(path):
            yield path
        elif not path.rstrip("/").endswith("Tests.build"):
            for folder, _, names in os.walk(path):
                yield from (os.path.join(folder, name) for name in names if name.endswith(".o"))


HEAD = re.compile(r"^([0-9a-f]+) <(.+)>:$")
SYMBOL = re.compile(r"^[0-9a-f]+ .* F \S+\t([0-9a-f]+)\s+(?:\.hidden )?(\S+)$")
ADDRESS = re.compile(r"^\s*([0-9a-f]+):")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\t(\S+)\s*(.*)$")
RELOCATION = re.compile(r"^\s*[0-9a-f]+: R_\w+\s+(\S+)")
TARGET = re.compile(r"<([^>+]+)(\+0x[0-9a-f]+)?>")
SIZE_IMMEDIATE = re.compile(r"^\$0x([0-9a-f]+),%[er]?dx$|^[wx]2, #0x([0-9a-f]+)")


def symbol_of(relocation):
    name = re.sub(r"[-+]0x[0-9a-f]+$", "", relocation)
    for prefix in (".text.unlikely.", ".text."):
        if name.startswith(prefix):
            return name[len(prefix):]
    return name.split("@")[0]


def function_sizes(path):
    listing = subprocess.run(["objdump", "-t", path], capture_output=True, text=True, check=True).stdout
    return {found[2]: int(found[1], 16) for found in map(SYMBOL.match, listing.splitlines()) if found}


def read_object(path, functions):
    sizes = function_sizes(path)
    listing = subprocess.run(
        ["objdump", "-dr", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    function = name = last_size = None
    pending = None
    for line in listing.splitlines():
        if head := HEAD.match(line):
            name, pending, last_size = head[2], None, None
            function = functions.setdefault(name, Function())
            end = int(head[1], 16) + sizes[name] if name in sizes else None
        elif function is None:
            continue
        elif end is not None and (address := ADDRESS.match(line)) and int(address[1], 16) >= end:
            # What follows has no name (a type's value witnesses): it is not this function's.
            continue
        elif relocation := RELOCATION.match(line):
            if pending:
                target = symbol_of(relocation[1])
                if target != name:
                    function.calls.add(target)
                if target in ("memcpy", "memmove") and last_size:
                    function.copies.append((last_size, target))
                pending = None
        elif instruction := INSTRUCTION.match(line):
            operation, operands = instruction[1], instruction[2]
            pending = None
            if size := SIZE_IMMEDIATE.match(operands):
                last_size = int(size[1] or size[2], 16) if operation.startswith("mov") else None
            elif re.search(r",%[er]?dx$", operands):
                last_size = None
            if operation.startswith(("call", "jmp")) or operation in ("bl", "b"):
                pending = operation
                if operands.startswith("*") and "(%rip)" not in operands and operation.startswith("call"):
                    function.has_indirect = True
                target = TARGET.search(operands)
                # A jump within the function is no call; a relocation on the next line knows better than the operand.
                if target and target[1] != name and not target[2]:
                    function.calls.add(target[1])


def demangle(names):
    names = list(names)
    swift = subprocess.run(
        ["swift", "demangle", "--compact"], input="\n".join(names), capture_output=True, text=True, check=True)
    return dict(zip(names, swift.stdout.splitlines()))


def any_match(patterns, text):
    return any(pattern.search(text) for pattern in patterns)


class Check:
    def __init__(self, functions, rules):
        self.functions = functions
        self.rules = rules
        names = set(functions)
        for function in functions.values():
            names |= function.calls
        self.plain = demangle(sorted(names))

    def is_allowed(self, function, callee):
        return any(
            left.search(self.plain[function]) and right.search(self.plain.get(callee, callee))
            for left, right in self.rules.allow)

    def sins(self, name):
        function = self.functions[name]
        for callee in sorted(function.calls):
            for kind, pattern in FORBIDDEN:
                if pattern.match(callee) and not self.is_allowed(name, callee):
                    yield f"{kind}: {callee}"
                    break
        for size, callee in function.copies:
            if size > COPY_BYTES_MAX and not self.is_allowed(name, f"{callee} {size}"):
                yield f"copy of {size} bytes: {callee}"
        if function.has_indirect and not self.is_allowed(name, "indirect"):
            yield "indirect call: indirect"

    def walk(self, root):
        """Yields (path of names, sin) for all that `root` reaches."""
        seen, waiting = {root}, [(root,)]
        while waiting:
            path = waiting.pop()
            for sin in self.sins(path[-1]):
                yield path, sin
            for callee in sorted(self.functions[path[-1]].calls):
                if callee in self.functions and callee not in seen and not any_match(
                        self.rules.cold, self.plain[callee]):
                    seen.add(callee)
                    waiting.append(path + (callee,))

    def matching(self, pattern):
        return [name for name in self.functions if pattern.search(self.plain[name])]


def main():
    rules = read_rules(sys.argv[1])
    functions = {}
    for path in objects(sys.argv[2:]):
        read_object(path, functions)
    check = Check(functions, rules)
    failures = 0

    def fail(text):
        nonlocal failures
        failures += 1
        print(text)

    for pattern in rules.guilty:
        for name in check.matching(pattern) or [None]:
            if name is None or not list(check.walk(name)):
                fail(f"the alarm does not work: {pattern.pattern} was found innocent")
    for pattern in rules.innocent:
        for name in check.matching(pattern) or [None]:
            if name is None or list(check.walk(name)):
                fail(f"the alarm always rings: {pattern.pattern} was found guilty")

    roots, reported = set(), set()
    for pattern in rules.hot:
        matching = check.matching(pattern)
        roots.update(matching)
        if not matching:
            fail(f"no such function in the objects: hot {pattern.pattern}")
    for root in sorted(roots):
        for path, sin in check.walk(root):
            if (path[-1], sin) in reported:
                continue
            reported.add((path[-1], sin))
            way = "\n    by ".join(check.plain[name] for name in reversed(path))
            fail(f"{sin}\n    in {way}")
    print(f"hotcheck: {len(roots)} hot functions, {len(functions)} functions read, {failures} findings")
    sys.exit(1 if failures else 0)


main()
