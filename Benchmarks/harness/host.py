"""What the figures depend on."""
import platform
import subprocess
from pathlib import Path

from . import build


def first(path, prefix):
    for line in Path(path).read_text().splitlines():
        if line.startswith(prefix):
            return line.split(":", 1)[1].strip()
    return ""


def text(*command):
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=build.ROOT).stdout.strip()
    except OSError:
        return ""


def facts():
    import os
    flags = first("/proc/cpuinfo", "flags").split()
    return {
        "processor": first("/proc/cpuinfo", "model name"),
        "processors": os.cpu_count(),
        "flags": [flag for flag in ("aes", "vaes", "avx2", "avx512f", "sha_ni") if flag in flags],
        "isVirtual": "hypervisor" in flags,
        "kernel": platform.release(),
        "ipsecMb": text("dpkg-query", "-W", "-f=${Version}", "libipsec-mb1"),
        "openssl": text("openssl", "version"),
        "swift": text("swift", "--version").splitlines()[0] if text("swift", "--version") else "",
        "commit": text("git", "rev-parse", "--short", "HEAD"),
        "date": text("date", "+%Y-%m-%d"),
    }
