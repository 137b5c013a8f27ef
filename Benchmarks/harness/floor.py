"""The floor: encrypt and send, and nothing else; and where a run of the server lies above it."""
import json
import subprocess

from . import build

RUNS = [1, 2, 3, 6, 12]
SIZES = [1100, 120]


def measure(*, receivers=200, cpu=0, receiver_cpu=1, runs=RUNS, sizes=SIZES, srtp="gcm", library="ipsec-mb",
            seconds=0.4, pace=0.0, plain=False, backend="io_uring", batch=0):
    """The points of the grid, a dictionary each."""
    command = [str(build.PROGRAM), "floor", "--cpu", cpu, "--receiver-cpu", receiver_cpu, "--receivers", receivers,
               "--runs", ",".join(map(str, runs)), "--sizes", ",".join(map(str, sizes)), "--srtp", srtp,
               "--library", library, "--seconds", seconds, "--pace", pace, "--backend", backend, "--batch", batch]
    command += ["--plain-receivers"] if plain else []
    lines = subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def between(points, at):
    """Linear between the two points of [(x, y)] around `at`, and beyond the ends by the outermost two."""
    points = sorted(points)
    if len(points) == 1:
        return points[0][1]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if at <= x1 or (x1, y1) == points[-1]:
            return y0 + (y1 - y0) * (at - x0) / (x1 - x0)


def cost(points, packets_per_run, packet_bytes, figure="nanosecondsPerPacket"):
    """What one packet costs at least. Each run has a price, so that cost is linear in runs per packet."""
    by_size = []
    for size in sorted({point["bytes"] for point in points}):
        row = [(1 / point["packetsPerRun"], point[figure]) for point in points if point["bytes"] == size]
        by_size.append((size, between(row, 1 / packets_per_run)))
    return between(by_size, packet_bytes)


def fan_out(points, packets_per_run, packet_bytes):
    """Nanoseconds from the first packet of a burst to the last, at least: p50, p99 and p99.9."""
    result = {}
    for name in ("p50", "p99", "p999"):
        by_size = []
        for size in sorted({point["bytes"] for point in points}):
            row = [(point["packetsPerRun"], point["fanoutNanoseconds"][name]) for point in points if point["bytes"] == size]
            by_size.append((size, between(row, packets_per_run)))
        result[name] = between(by_size, packet_bytes)
    return result
