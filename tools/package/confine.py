"""Starts a unit's ExecStart as systemd would where there is no systemd: in a root of its own, under the unit's user, with its
capabilities, limits, and system call filter. Not done: namespaces of mounts and devices (ProtectSystem= and the like)."""
import ctypes
import os
import pathlib
import platform
import re
import resource
import shlex
import struct
import subprocess

LIMITS = {'LimitNOFILE': resource.RLIMIT_NOFILE, 'LimitMEMLOCK': resource.RLIMIT_MEMLOCK,
          'LimitCORE': resource.RLIMIT_CORE, 'LimitRTPRIO': resource.RLIMIT_RTPRIO}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO_EPERM = 0x7FFF0000, 0x00050000 | 1


def read(unit: pathlib.Path) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for line in unit.read_text().splitlines():
        if match := re.match(r'(\w+)=(.*)', line):
            values.setdefault(match[1], []).append(match[2])
    return values


def environment(text: str) -> dict[str, str]:
    found = {}
    for line in text.splitlines():
        if match := re.match(r'\s*([A-Z_0-9]+)\s*=\s*(.*?)\s*$', line):
            found[match[1]] = match[2].strip('"\'')
    return found


def groups() -> dict[str, list[str]]:
    """systemd's sets of system calls."""
    text = subprocess.run(['systemd-analyze', 'syscall-filter', '--no-pager'], check=True, capture_output=True, text=True).stdout
    found, current = {}, None
    for line in text.splitlines():
        if line.startswith('@'):
            current = found.setdefault(line.strip(), [])
        elif current is not None and line.startswith('    ') and not line.strip().startswith('#'):
            current.append(line.strip())
    return found


def allowed(lines: list[str]) -> set[str]:
    """What SystemCallFilter= lines leave: the first says whether it is a list of what may or of what may not be called."""
    known = groups()

    def expand(name: str) -> set[str]:
        return set().union(*(expand(part) for part in known[name])) if name.startswith('@') else {name}

    calls: set[str] = set()
    for line in lines:
        names = set().union(*(expand(name) for name in line.lstrip('~').split()))
        calls = calls - names if line.startswith('~') else calls | names
    # systemd allows these by itself, so that the program can be started at all.
    return calls | expand('@default') | {'execve'}


def numbers(names: set[str]) -> list[int]:
    kind = {'x86_64': 'asm/unistd_64.h', 'aarch64': 'asm-generic/unistd.h'}[platform.machine()]
    text = subprocess.run(['gcc', '-E', '-dM', '-'], input=f'#include <{kind}>', check=True, capture_output=True, text=True).stdout
    table = {name: int(number) for name, number in re.findall(r'#define __NR_(\w+) (\d+)$', text, re.M)}
    # A set names calls of every architecture.
    return sorted(table[name] for name in names if name in table)


def program(calls: list[int]) -> bytes:
    """Classic BPF: everything that is not in the list fails with EPERM. A jump reaches 255 lines: so each has its own return."""
    lines = [(LOAD, 0, 0, 0)]
    for number in calls:
        lines += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    lines.append((RETURN, 0, 0, ERRNO_EPERM))
    return b''.join(struct.pack('HBBI', *line) for line in lines)


def forbid(code: bytes):
    libc = ctypes.CDLL(None, use_errno=True)
    memory = ctypes.create_string_buffer(code, len(code))
    filter_ = ctypes.create_string_buffer(struct.pack('HxxxxxxP', len(code) // 8, ctypes.addressof(memory)))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0):
        raise OSError(ctypes.get_errno(), 'seccomp')


def possible(kind: int, wanted: int) -> int:
    """The limit, or what this process's own hard limit leaves of it: raising that takes CAP_SYS_RESOURCE."""
    hard = resource.getrlimit(kind)[1]
    bounded = hard if wanted == resource.RLIM_INFINITY else min(wanted, hard)
    capabilities = int(re.search(r'CapEff:\t(\w+)', pathlib.Path('/proc/self/status').read_text())[1], 16)
    return wanted if capabilities >> 24 & 1 or hard == resource.RLIM_INFINITY else bounded


def start(root: pathlib.Path, unit: pathlib.Path, extra: dict[str, str], command: list[str] | None = None, **options):
    """A Popen of the unit's command (or of another one, in the same bonds)."""
    values = read(unit)
    settings = environment((root / values['EnvironmentFile'][0].lstrip('/')).read_text())
    capabilities = [name.removeprefix('CAP_').lower() for line in values['AmbientCapabilities'] for name in line.split()]
    names = ','.join('+' + name for name in capabilities)
    setpriv = ['/usr/bin/setpriv', '--reuid', values['User'][0], '--regid', values['Group'][0], '--init-groups',
               '--bounding-set', '-all,' + names, '--inh-caps', names, '--ambient-caps', names, '--no-new-privs', '--']
    words = [*setpriv, *(command or shlex.split(values['ExecStart'][0]))]
    limits = [(kind, possible(kind, resource.RLIM_INFINITY if value == 'infinity' else int(value)))
              for name, kind in LIMITS.items() for value in values.get(name, [])]
    code = program(numbers(allowed(values['SystemCallFilter'])))

    def confine():
        os.chroot(root)
        os.chdir('/')
        os.umask(int(values['UMask'][0], 8))
        for kind, number in limits:
            resource.setrlimit(kind, (number, number))
        forbid(code)

    return subprocess.Popen(words, preexec_fn=confine, env={'PATH': '/usr/bin:/bin', **settings, **extra}, **options)
