"""The same load on Janus as Debian ships it, on Janus tuned, and on Millrace: runs in turn, medians."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import build, measure, saturation, server
from .scenarios import BY_NAME

SCENARIOS = ["1-200", "meeting-4", "audio-1-300", "saturation"]
# What Janus is asked for first when its limit is looked for; it does not reach Millrace's first step.
JANUS_FIRST_KILOBITS = 1200


class Janus:
    """Started by its script; ended by its process id."""

    def __init__(self, name, cpus):
        self.name = name
        command = [str(build.ROOT / "Benchmarks/janus/start"), "--port", str(server.HTTP_PORT + 8),
                   "--rtp-ports", f"{server.HTTP_PORT + 20}-{server.HTTP_PORT + 919}" if narrow() else "20000-40000",
                   "--cpus", ",".join(map(str, cpus))]
        command += ["--tuned"] if name == "janus-tuned" else []
        line = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        found = dict(re.findall(r"(\w+)=(\S+)", line))
        self.pid, self.url = int(found["pid"]), found["url"]

    def stop(self):
        os.kill(self.pid, signal.SIGTERM)
        for _ in range(100):
            if self.is_gone():
                return
            time.sleep(0.1)
        os.kill(self.pid, signal.SIGKILL)

    def is_gone(self):
        """Its parent is not this process, so that it may stay as a zombie."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
        except OSError:
            return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def narrow():
    """BENCH_NARROW_PORTS keeps Janus' media within 900 ports, for hosts that others use too."""
    return os.environ.get("BENCH_NARROW_PORTS") == "1"


def start(name, folder, options):
    if name == "millrace":
        return server.Millrace(folder / "server.log", cpus=(options.cpu,))
    return Janus(name, (options.cpu,))


def load(target, scenario, report, options, more=(), seconds=None):
    """One run of the generator; what it saw, and what the SFU's process spent."""
    command = [build.GENERATOR, "load", "--url", target.url, "--cpu", options.load_cpu, "--json", report,
               "--warm-up", "2s", "--duration", f"{seconds or options.seconds or scenario.seconds}s",
               "--ramp", 50 if target.name.startswith("janus") else 200, "--sfu-pid", target.pid, *scenario.arguments(), *more]
    command += [] if "--srtp" in command else ["--srtp", "gcm"]
    command += ["--against", "janus"] if target.name.startswith("janus") else []
    report.unlink(missing_ok=True)
    with open(report.with_suffix(".txt"), "wb") as log:
        status = subprocess.run([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT).returncode
    if status != 0 or not report.exists():
        raise SystemExit(f"the load generator ended with status {status}; see {report.with_suffix('.txt')}")
    document = json.loads(report.read_text())
    return {
        "processNanosecondsPerForward": document["sfu"]["nanosecondsPerPacket"], "processBusy": document["sfu"]["share"],
        "residentBytesPerPeer": document["sfu"]["residentBytesPerPeer"], **measure.generator_figures(document),
    }


def compare(scenario, options):
    folder = build.OUT / f"compare-{scenario.name}"
    folder.mkdir(parents=True, exist_ok=True)
    names = options.against.split(",")
    earlier = (kept(f"compare-{scenario.name}") or {}).get("results", {}) if options.add else {}
    runs = {name: list(earlier.get(name, {}).get("runs", [])) for name in names}
    for number in range(options.repeat):
        for name in names:
            print(f"{scenario.name}: {name}, run {number + 1} of {options.repeat}", file=sys.stderr)
            with start(name, folder, options) as target:
                runs[name].append(load(target, scenario, folder / f"{name}-{number + 1}.json", options))
    return {**earlier, **{name: {"runs": runs[name], "median": measure.median(runs[name])} for name in names}}


def kept(name):
    """What an earlier call has saved under this name."""
    path = build.OUT / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None


def compare_saturation(scenario, options):
    """Whole searches in turn; the median is of the best steps."""
    folder = build.OUT / "compare-saturation"
    folder.mkdir(parents=True, exist_ok=True)
    results = (kept("compare-saturation") or {}).get("results", {}) if options.add else {}
    for number in range(options.repeat):
        for name in options.against.split(","):
            print(f"saturation: {name}, search {number + 1} of {options.repeat}", file=sys.stderr)
            result = results.setdefault(name, {"runs": [], "searches": []})
            tried = search(name, scenario, folder, options)
            result["runs"] += tried
            result["searches"].append(saturation.best(tried) or tried[0])
            result["median"] = measure.median(result["searches"])
    return results


def search(name, scenario, folder, options):
    with start(name, folder, options) as target:
        def try_rate(kilobits):
            return load(target, scenario, folder / f"{name}-{kilobits}.json", options,
                        saturation.arguments(kilobits), saturation.SECONDS)
        first = saturation.FIRST_KILOBITS if name == "millrace" else JANUS_FIRST_KILOBITS
        return saturation.steps(try_rate, first)


def word(options, save):
    if "--sfu-pid" not in subprocess.run([str(build.GENERATOR), "load", "--help"], stdout=subprocess.PIPE, text=True).stdout:
        raise SystemExit(f"{build.GENERATOR} load does not know --sfu-pid, by which SFUs are compared; BENCH_GENERATOR names another build")
    for name in options.names or SCENARIOS:
        scenario = BY_NAME[name]
        do = compare_saturation if scenario.kind == "saturation" else compare
        results = do(scenario, options)
        save(f"compare-{name}", {"name": name, "title": scenario.title, "results": results})
        print_results(scenario, results)


def print_results(scenario, results):
    print(scenario.title)
    own = results.get("millrace", {}).get("median")
    for name, result in results.items():
        median = result["median"]
        latency = median["latencyMilliseconds"]
        ratio = f", {median['processNanosecondsPerForward'] / own['processNanosecondsPerForward']:.1f} x Millrace" if own else ""
        print(f"  {name:12} {median['processNanosecondsPerForward']:7.0f} ns a packet{ratio}; {median['receivedByGeneratorPerSecond']:.0f} packets/s, "
              f"loss {median['lossPercent']:.2f} %, p50 {latency['p50']:.2f}, p99 {latency['p99']:.2f}, p99.9 {latency['p999']:.2f} ms")
