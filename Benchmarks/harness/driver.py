"""The driver's choices, one by one: each measured beside what it could have been, in interleaved rounds."""
import json
import statistics
import subprocess

from . import build

# A device that throws everything away: what a send costs when nobody receives, as on a card that gathers and segments.
SINK = "10.9.1.9"
SINK_SETUP = ("ip link set lo up && ip link add sink0 type veth peer name sink1 && ip addr add 10.9.1.1/24 dev sink0 && ip link set sink0 up && "
              "ip link set sink1 up && ip neigh add 10.9.1.9 lladdr 02:00:00:00:00:09 dev sink0 && "
              "tc qdisc add dev sink0 root blackhole && exec \"$@\"")

RUNS = ["--runs", "1,3,6,11,15,29,58", "--sizes", "1100"]
SHORT = ["--runs", "1,3,12", "--sizes", "1100"]
COPY, ZERO = [], ["--zero-copy", "1"]
REGISTERED = ZERO + ["--registered-cells"]

# title: (program, common words, {name: words of its own}, into a sink)
TABLES = {
    "zero-copy on loopback": ("floor", RUNS, {"copied": COPY, "not copied": ZERO, "and registered": REGISTERED}, False),
    "zero-copy into a sink": ("floor", RUNS, {"copied": COPY, "not copied": ZERO, "and registered": REGISTERED}, True),
    "registrations": ("floor", SHORT, {"socket and ring": [], "without the socket": ["--plain-socket"],
                                       "without the ring": ["--plain-ring"],
                                       "an enter a run": ["--batch", "1"],
                                       "an enter a run, without the ring": ["--batch", "1", "--plain-ring"]}, False),
    "pages, 200 receivers": ("floor", SHORT, {"ordinary": [], "merged": ["--pages", "merged"], "reserved": ["--pages", "reserved"]}, False),
    "pages, 1000 receivers": ("floor", SHORT + ["--receivers", "1000"],
                              {"ordinary": [], "merged": ["--pages", "merged"], "reserved": ["--pages", "reserved"]}, False),
    "receive, datagrams by themselves": ("receive", ["--plain"], {"whole": [], "incremental": ["--kind", "incremental", "--buffer-bytes", "65536"]}, False),
    "receive, bursts of one": ("receive", ["--plain", "--burst", "1"], {"whole": []}, False),
    "receive, merged runs of 12": ("receive", ["--runs", "12"], {"whole": ["--buffer-bytes", "16384,65536"], "incremental": [
        "--kind", "incremental", "--buffer-bytes", "65536"]}, False),
    "receive, number of buffers": ("receive", ["--plain", "--buffer-bytes", "65536"],
                                   {str(count): ["--buffers", str(count)] for count in (16, 32, 128, 512)}, False),
}


def measure(title, repeat, cpu, other):
    program, common, variants, isolated = TABLES[title]
    sizes = {}
    for _ in range(repeat):
        for name, own in variants.items():
            for point in once(program, common + own, isolated, cpu, other):
                key = point["packetsPerRun"], point.get("bufferBytes", 0)
                sizes.setdefault(key, {}).setdefault(name, []).append(point)
    return [{"packetsPerRun": key[0], "bufferBytes": key[1],
             "variants": {name: summary(points) for name, points in by_name.items()}} for key, by_name in sorted(sizes.items())]


def once(program, words, isolated, cpu, other):
    role = "--receiver-cpu" if program == "floor" else "--sender-cpu"
    command = [str(build.PROGRAM), program, "--cpu", str(cpu), role, str(other), "--seconds", "0.2", *words]
    if isolated:
        command = ["unshare", "-n", "sh", "-c", SINK_SETUP, "sh", *command, "--sink", SINK]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    # A kind of page or ring that is not to be had here leaves a gap in the table.
    return [json.loads(line) for line in done.stdout.splitlines()]


def summary(points):
    last = points[-1]
    kept = ("zeroCopySends", "zeroCopySendsCopied", "zeroCopySendsRefused", "sendErrors", "truncated", "ends", "packetsPerCompletion")
    return {"nanosecondsPerPacket": statistics.median(point["nanosecondsPerPacket"] for point in points), "rounds": len(points),
            **{name: last[name] for name in kept if name in last}}


def word(options, save):
    titles = [title for title in TABLES if title.startswith(options.table)]
    document = {}
    for title in titles:
        rows = document[title] = measure(title, options.repeat, options.cpu, options.load_cpu)
        print(f"{title}: CPU nanoseconds per packet, medians of {options.repeat} rounds in turn")
        for row in rows:
            size = f", buffers of {row['bufferBytes']}" if row["bufferBytes"] else ""
            print(f"  {row['packetsPerRun']:2} a run{size}: " + ", ".join(
                f"{name} {variant['nanosecondsPerPacket']:.0f}" + note(variant) for name, variant in row["variants"].items()), flush=True)
    save("driver", {"tables": document})


def note(variant):
    parts = [f"{variant[name]} {told}" for name, told in (("zeroCopySends", "uncopied"), ("truncated", "truncated"), ("ends", "ends"),
                                                          ("sendErrors", "errors")) if variant.get(name)]
    return f" ({', '.join(parts)})" if parts else ""
