"""What `millrace plan` is fitted on: runs whose work differs, with what the shard counted and spent; and others that it must predict."""
import json
import subprocess
import sys
import time

from . import build, host
from .measure import process_cpu, shard_cpu
from .server import Millrace
from .workloads import FIT, TEST

WARM_UP = 1.5
# Of each measured part, so that what begins or ends a little late is not in it.
LEAD, TAIL = 0.5, 0.3
COUNTERS = {
    "wakeups": "shard_bursts_total", "datagramsIn": "shard_datagrams_received_total", "bytesIn": "shard_bytes_received_total",
    "mediaIn": "shard_rtp_accepted_total", "rtcpIn": "shard_rtcp_handled_total", "stunIn": "shard_stun_handled_total",
    "runs": "shard_runs_sent_total", "segments": "shard_segments_sent_total", "forwarded": "shard_forwarded_total",
    "bytesOut": "shard_bytes_forwarded_total", "enters": "shard_kernel_enters_total", "joins": "control_joins_total",
}


def word(options, save):
    path = build.OUT / "calibration.json"
    document = json.loads(path.read_text()) if options.add and path.exists() else {"runs": []}
    document["machine"] = host.facts()
    chosen = [one for one in FIT + TEST if (one.name in options.names if options.names else one.role == "fit")]
    if options.predict:
        print_predictions(chosen, path, options)
    for one in chosen:
        for level, run in enumerate(measure(one, options)):
            document["runs"].append({"scenario": one.name, "role": one.role, "level": level, "workload": one.workload(level), **run})
            print_run(document["runs"][-1])
            if options.predict:
                print_verdict(document["runs"][-1], path, options)
        save("calibration", {name: value for name, value in document.items() if name != "host"})


def measure(one, options):
    """A run for each level."""
    folder = build.OUT / "calibrate"
    folder.mkdir(parents=True, exist_ok=True)
    with Millrace(folder / f"{one.name}.log", cpus=(options.cpu,), more=options.serve) as server:
        empty = server.sample()
        loads = start(one, server, folder, options)
        try:
            marks = [(server_seconds(begin, end), begin, end) for begin, end in windows(one, server, loads)]
            reports = [finish(load, report) for load, report in loads]
        finally:
            for load, _ in loads:
                if load.poll() is None:
                    load.kill()
                    load.wait()
    return [figures(empty, begin, end, [latency(one, part, report, level) for part, report in zip(one.parts, reports)])
            for level, (_, begin, end) in enumerate(marks)]


def start(one, server, folder, options):
    loads = []
    for number, part in enumerate(one.parts):
        report = folder / f"{one.name}-{number}.json"
        report.unlink(missing_ok=True)
        command = [build.GENERATOR, "load", "--url", server.url, "--room", part.name, "--cpu", options.load_cpu, "--json", report,
                   "--warm-up", f"{WARM_UP}s", "--ramp", 200, *part.arguments(), *one.times(part)]
        log = open(report.with_suffix(".txt"), "wb")
        loads.append((subprocess.Popen([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT), report))
        log.close()
    return loads


def windows(one, server, loads):
    """Samples around each level, once all peers are there."""
    deadline = time.monotonic() + 40
    while server.sample()["metrics"]["shard_peers"] < one.peers:
        if time.monotonic() > deadline or any(load.poll() is not None for load, _ in loads):
            raise SystemExit(f"{one.name}: not all {one.peers} peers came; see {build.OUT}/calibrate")
        time.sleep(0.05)
    begin = time.monotonic() + WARM_UP
    result = []
    for level in range(len(one.levels)):
        sleep_until(begin + level * one.seconds + LEAD)
        first = server.sample()
        sleep_until(begin + (level + 1) * one.seconds - TAIL)
        result.append((first, server.sample()))
    return result


def sleep_until(moment):
    time.sleep(max(0, moment - time.monotonic()))


def server_seconds(begin, end):
    return end["time"] - begin["time"]


def finish(load, report):
    load.wait(timeout=60)
    if load.returncode != 0 or not report.exists():
        raise SystemExit(f"the load generator ended with status {load.returncode}; see {report.with_suffix('.txt')}")
    return json.loads(report.read_text())


def figures(empty, begin, end, latencies):
    seconds = server_seconds(begin, end)

    def since(name):
        return end["metrics"].get(name, 0) - begin["metrics"].get(name, 0)

    drops = sum(since(name) for name in end["metrics"] if name.startswith("shard_drops_total:"))
    return {
        "seconds": seconds,
        "shardNanoseconds": (shard_cpu(end) - shard_cpu(begin)) / seconds,
        "otherNanoseconds": (process_cpu(end) - process_cpu(begin) - shard_cpu(end) + shard_cpu(begin)) / seconds,
        "perSecond": {name: since(metric) / seconds for name, metric in COUNTERS.items()},
        "drops": drops,
        "peers": (begin["metrics"]["shard_peers"] + end["metrics"]["shard_peers"]) / 2,
        "emptyBytes": empty["resident"][0],
        "residentBytes": end["resident"][0],
        "forwardMilliseconds": {name: forward_time(begin, end, share) for name, share in (("p50", 0.5), ("p99", 0.99))},
        "rooms": latencies,
    }


def forward_time(begin, end, share):
    """From the histogram of /metrics, interpolated within its bucket."""
    prefix = "shard_forward_seconds_bucket:"
    points = sorted((float(name.removeprefix(prefix).replace("+Inf", "inf")), end["metrics"][name] - begin["metrics"].get(name, 0))
                    for name in end["metrics"] if name.startswith(prefix))
    if not points or points[-1][1] <= 0:
        return 0
    rank, lower, below = share * points[-1][1], 0.0, 0.0
    for bound, count in points:
        if count >= rank:
            return 1e3 * (lower if bound == float("inf") else lower + (bound - lower) * (rank - below) / max(count - below, 1))
        lower, below = bound, count
    return 1e3 * lower


def latency(one, part, report, level):
    """One way through the server, of all that a part's receivers took; nothing for who gets no media."""
    if len(one.levels) > 1:
        row = report["levels"][level]
        times = {"p50": row["p50Nanoseconds"], "p99": row["p99Nanoseconds"]}
    else:
        times = report["latencyNanoseconds"] if "latencyNanoseconds" in report else report["video" if report["video"]["received"] else "audio"]["latencyNanoseconds"]
    return {"name": part.name, "p50Milliseconds": (times.get("p50") or 0) / 1e6, "p99Milliseconds": (times.get("p99") or 0) / 1e6,
            "limited": report["saturation"]}


def print_run(run):
    rates = run["perSecond"]
    print(f"{run['scenario']:10} {run['level']}  shard {run['shardNanoseconds'] / 1e7:6.2f} %  wake-ups {rates['wakeups']:7.0f}  in {rates['mediaIn']:7.0f}  "
          f"runs {rates['runs']:7.0f}  out {rates['segments']:8.0f}  rtcp {rates['rtcpIn']:6.0f}  "
          + "  ".join(f"{room['name']} p50 {room['p50Milliseconds']:.2f} p99 {room['p99Milliseconds']:.2f} ms" for room in run["rooms"])
          + (f"  drops {run['drops']:.0f}" if run["drops"] else "") + "".join("  " + line for room in run["rooms"] for line in room["limited"]), flush=True)


def predict(run_workload, path, options):
    """What `millrace plan` says of one shard that has all of it, before anything is measured."""
    file = build.OUT / "calibrate" / "workload.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(run_workload))
    told = subprocess.run([str(build.PLANNER), "plan", "--bench", str(path), "--workload", str(file), "--one-shard", "--json"],
                          check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout)


def print_predictions(chosen, path, options):
    predicted = {(one.name, level): predict(one.workload(level), path, options) for one in chosen for level in range(len(one.levels))}
    options.predicted = predicted
    for (name, level), told in predicted.items():
        print(f"predicted: {name:10} {level}  shard {100 * told['busy']:6.2f} %  wake-ups {told['wakeups']:7.0f}  runs {told['runs']:7.0f}  "
              + "  ".join(f"{room['name']} p50 {room['p50Milliseconds']:.2f} p99 {room['p99Milliseconds']:.2f} ms" for room in told["rooms"]), flush=True)


def print_verdict(run, path, options):
    told = options.predicted[run["scenario"], run["level"]]
    run["predicted"] = {"busy": told["busy"], "rooms": told["rooms"]}
    busy = run["shardNanoseconds"] / 1e9
    tails = [f"p99 {name['name']} x {name['p99Milliseconds'] / room['p99Milliseconds']:.2f}"
             for name, room in zip(told["rooms"], run["rooms"]) if room["p99Milliseconds"]]
    print(f"  predicted / measured: CPU x {told['busy'] / busy:.3f}  " + "  ".join(tails), flush=True)
