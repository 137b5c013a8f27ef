"""One run of one scenario against one server, and its figures."""
import json
import statistics
import subprocess
import time

from . import build, floor

WARM_UP = 2.0


class Run:
    """Starts the generator and looks at the server at the ends of the steady part."""

    def __init__(self, server, scenario, report, *, load_cpu=1, seconds=None, more=()):
        self.server, self.scenario, self.report = server, scenario, report
        self.seconds = seconds or scenario.seconds
        joins = min(200, max(20, scenario.peers))
        options = scenario.arguments()
        if "--srtp" not in options:
            options += ["--srtp", "gcm"]
        self.command = [build.GENERATOR, "load", "--url", server.url, "--cpu", load_cpu, "--json", report,
                        "--warm-up", f"{WARM_UP}s", "--duration", f"{self.seconds}s", "--ramp", joins, *options, *more]

    def go(self):
        before = self.server.sample()
        self.report.unlink(missing_ok=True)
        log = open(self.report.with_suffix(".txt"), "wb")
        load = subprocess.Popen([str(word) for word in self.command], stdout=log, stderr=subprocess.STDOUT)
        try:
            begin, end = self.window(load)
            load.wait(timeout=120)
        finally:
            if load.poll() is None:
                load.kill()
                load.wait()
            log.close()
        if load.returncode != 0 or not self.report.exists():
            raise SystemExit(f"the load generator ended with status {load.returncode}; see {log.name}")
        return before, begin, end, json.loads(self.report.read_text())

    def window(self, load):
        """Samples at the beginning and the end of what the generator measures, a little inside."""
        deadline = time.monotonic() + 60
        while load.poll() is None and time.monotonic() < deadline:
            sample = self.server.sample()
            if sample["metrics"]["shard_peers"] >= self.scenario.peers:
                break
            time.sleep(0.05)
        time.sleep(WARM_UP + 0.4)
        begin = self.server.sample()
        time.sleep(self.seconds - 0.9)
        return begin, self.server.sample()


def shard_cpu(sample):
    return sum(spent for name, spent in sample["threads"].values() if name.startswith("shard"))


def process_cpu(sample):
    return sum(spent for _, spent in sample["threads"].values())


def figures(scenario, before, begin, end, report):
    """Of the window between two samples."""
    def since(name):
        return end["metrics"].get(name, 0) - begin["metrics"].get(name, 0)

    seconds = end["time"] - begin["time"]
    forwarded, runs, segments = since("shard_forwarded_total"), since("shard_runs_sent_total"), since("shard_segments_sent_total")
    enters, received = since("shard_kernel_enters_total"), since("shard_datagrams_received_total")
    cpu, whole = shard_cpu(end) - shard_cpu(begin), process_cpu(end) - process_cpu(begin)
    if forwarded:
        # Everything else is told per packet that left: receiving, care for peers, idling.
        by_packet = {
            "shardNanosecondsPerForward": cpu / forwarded, "processNanosecondsPerForward": whole / forwarded,
            "packetsPerRun": segments / runs, "packetsPerEnter": segments / enters,
            "packetBytes": since("shard_bytes_forwarded_total") / forwarded}
    else:
        by_packet = {}
    if received:
        by_packet["shardNanosecondsPerReceived"] = cpu / received
    result = {
        **by_packet,
        "shardNanosecondsPerPeerSecond": cpu / scenario.peers / seconds,
        "seconds": seconds,
        "forwardedPerSecond": forwarded / seconds,
        "receivedPerSecond": received / seconds,
        "shardBusy": cpu / 1e9 / seconds,
        "burstsPerSecond": since("shard_bursts_total") / seconds,
        "entersPerSecond": enters / seconds,
        "allocations": since("shard_allocations_total"),
        "sendErrors": since("shard_send_errors_total"),
        "drops": {name.split(":")[1]: end["metrics"][name] - before["metrics"].get(name, 0)
                  for name in end["metrics"] if name.startswith("shard_drops_total:")
                  and end["metrics"][name] > before["metrics"].get(name, 0)},
        "residentBytesPerPeer": (begin["resident"][0] - before["resident"][0]) / scenario.peers,
    }
    result.update(generator_figures(report))
    return result


def generator_figures(report):
    """What the generator saw, whatever the server is."""
    kind = "video" if report["video"]["received"] else "audio"
    received = report["video"]["received"] + report["audio"]["received"]
    lost = report["video"]["lost"] + report["audio"]["lost"]
    return {
        "receivedByGeneratorPerSecond": report["packetsPerSecond"],
        "lossPercent": 100 * lost / max(1, received + lost),
        "latencyMilliseconds": {name: report[kind]["latencyNanoseconds"][name] / 1e6 for name in ("p50", "p99", "p999")},
        "audioLatencyMilliseconds": {name: report["audio"]["latencyNanoseconds"][name] / 1e6 for name in ("p50", "p99", "p999")},
        "joinMilliseconds": {name: report["connectNanoseconds"][name] / 1e6 for name in ("p50", "p99")},
        "generatorBusy": report["generatorBusy"],
        "generatorIsTheLimit": report["saturation"],
        "findings": [f"{one['name']}: {one['detail']}" for one in report["findings"] if not one["holds"]],
    }


def against_floor(result, tight, paced):
    """Adds how far above the floor a result lies, at the run length and packet size that it reached."""
    if "packetsPerRun" not in result:
        return result
    for name, points in (("Floor", tight), ("PacedFloor", paced)):
        if points:
            least = floor.cost(points, result["packetsPerRun"], result["packetBytes"])
            result["nanoseconds" + name] = least
            result["times" + name] = result["shardNanosecondsPerForward"] / least
    if paced and "packetsPerRun" in result:
        result["floorFanoutMilliseconds"] = {
            name: value / 1e6
            for name, value in floor.fan_out(paced, result["packetsPerRun"], result["packetBytes"]).items()}
    return result


def median(results):
    """Figure by figure; of lists and texts the last."""
    summary = {}
    for name, value in results[-1].items():
        if isinstance(value, dict):
            summary[name] = median([result[name] for result in results]) if value else value
        elif isinstance(value, (int, float)):
            values = [result[name] for result in results if name in result]
            summary[name] = statistics.median(values)
        else:
            summary[name] = value
    return summary
