"""What a process uses, as the kernel counts it."""
import os
import pathlib


def resident_bytes(pid: int) -> int:
    return int(pathlib.Path(f'/proc/{pid}/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def cpu_seconds(pid: int) -> float:
    """In user mode and in the kernel, of all threads."""
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
