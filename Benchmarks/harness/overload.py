"""What still arrives when a core is asked for more than it can do: 100, 150 and 50 % of its capacity in one run.

Four rooms, each with three publishers of simulcast video and audio and sixty subscribers of all of them: there is something to shed.
"""
import json
import subprocess
import sys
import threading
import time

from . import build
from .server import Millrace, metrics

ROOMS, PUBLISHERS, SUBSCRIBERS, MEASURED = 4, 3, 60, 24
AUDIO_PER_SECOND = 50
FIRST_KILOBITS, GROWTH, REFINEMENTS = 16000, 1.25, 1
SEARCH_SECONDS = 4
P99_MILLISECONDS_MAX = 20
RECOVERY_SECONDS_MAX = 1.0
GOODPUT_MIN = 0.9


class Watch:
    """The server's shed level and load, ten times a second."""

    def __init__(self, server):
        self.server, self.points, self.isOver = server, [], False
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.isOver:
            now = metrics(self.server.url)
            self.points.append({"time": time.monotonic(), "level": now.get("shard_shed_level", 0), "overBudget": now.get("shard_bursts_over_budget_total", 0)})
            time.sleep(0.1)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.isOver = True
        self.thread.join()

    def levelMax(self):
        return max((point["level"] for point in self.points), default=0)


def load(server, options, kilobits, report, *more):
    """One run of the generator, and what was seen of the server meanwhile."""
    command = [build.GENERATOR, "load", "--url", server.url, "--cpu", options.load_cpu, "--json", report, "--plot", report.with_suffix(".html"),
               "--rooms", ROOMS, "--publishers", PUBLISHERS, "--subscribers", SUBSCRIBERS, "--measured", MEASURED, "--simulcast",
               "--video-kbps", kilobits, "--srtp", "gcm", "--ramp", 200, "--warm-up", "2s", "--keyframes", "4s", "--sfu-pid", server.pid, *more]
    report.unlink(missing_ok=True)
    before = metrics(server.url)
    with open(report.with_suffix(".txt"), "wb") as log, Watch(server) as watch:
        status = subprocess.run([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT).returncode
    if status != 0 or not report.exists():
        raise SystemExit(f"the load generator ended with status {status}; see {report.with_suffix('.txt')}")
    after = metrics(server.url)
    document = json.loads(report.read_text())
    document["watch"] = {
        "shedLevelMax": watch.levelMax(), "points": watch.points,
        "drops": {name.split(":")[1]: after[name] - before.get(name, 0) for name in after
                  if name.startswith("shard_drops_total:") and after[name] > before.get(name, 0)}}
    return document


def holds(document):
    """All that is offered arrives in time, with nothing left out."""
    worst = max(document[kind]["latencyNanoseconds"]["p99"] for kind in ("audio", "video")) / 1e6
    lost = document["audio"]["lost"] + document["counted"]["missingAudio"] if document.get("counted") else document["audio"]["lost"]
    return document["watch"]["shedLevelMax"] == 0 and worst <= P99_MILLISECONDS_MAX and lost == 0


def capacity(server, options, folder):
    """The highest rate of video that holds: kbit/s of a publisher's highest layer."""
    def attempt(kilobits):
        document = load(server, options, kilobits, folder / f"search-{kilobits}.json", "--duration", f"{SEARCH_SECONDS}s")
        good = holds(document)
        print(f"  {kilobits} kbit/s: {document['packetsPerSecond']:.0f} packets/s, SFU {100 * document['sfu']['share']:.0f} %, "
              f"p99 {document['video']['latencyNanoseconds']['p99'] / 1e6:.1f} ms, shed level {document['watch']['shedLevelMax']:.0f}, "
              f"generator {100 * document['generatorBusy']:.0f} %" + ("" if good else ": too much"), file=sys.stderr)
        return good

    low, high = FIRST_KILOBITS, int(FIRST_KILOBITS * GROWTH)
    while not attempt(low):
        low, high = int(low / GROWTH), low
    while high == int(low * GROWTH) and attempt(high):
        low, high = high, int(high * GROWTH)
    for _ in range(REFINEMENTS):
        middle = (low + high) // 2
        low, high = (middle, high) if attempt(middle) else (low, middle)
    return low


def recovery(document):
    """Seconds from the beginning of the last level until audio and video of what is offered arrive again, window after window."""
    points = [point for point in document["series"] if point["isMeasured"]]
    last = [point for point in points if point.get("level") == document["levels"][-1]["percent"]]
    calm = sorted(point["receivedPerSecond"] for point in last[len(last) // 2:])
    settled = calm[len(calm) // 2]
    start = last[0]["seconds"]
    for place, point in enumerate(last):
        window = last[place:place + 5]
        if all(one["usefulPerSecond"] >= 0.9 * settled and one["audioLost"] == 0 for one in window):
            return max(0.0, point["seconds"] - start)
    return None


def word(options, save):
    folder = build.OUT / "overload"
    folder.mkdir(parents=True, exist_ok=True)
    with Millrace(folder / "server.log", cpus=(options.cpu,), more=options.serve) as server:
        kilobits = options.kbps or capacity(server, options, folder)
        # Audio stays as it is: video alone makes half as much again of all.
        whole = load(server, options, kilobits, folder / "calibration.json", "--duration", "3s")
        audio = ROOMS * PUBLISHERS * SUBSCRIBERS * AUDIO_PER_SECOND
        video = max(whole["packetsPerSecond"] - audio, 1)
        over, under = 1.5 + 0.5 * audio / video, max(0.05, 0.5 - 0.5 * audio / video)
        levels = f"100,{100 * over:.0f},{100 * under:.0f}"
        document = load(server, options, kilobits, folder / "overload.json", "--levels", levels, "--level-time", f"{options.seconds}s")
    result = judge(document, kilobits)
    save("overload", result)
    show(result)


def judge(document, kilobits):
    full, over, after = document["levels"]
    counted = document.get("counted") or {}
    return {
        "name": "overload", "kilobits": kilobits, "levels": document["levels"], "series": document["series"], "watch": document["watch"],
        "goodputRatio": over["usefulPerSecond"] / full["usefulPerSecond"],
        "audioLost": document["audio"]["lost"], "audioMissingAtCounted": counted.get("missingAudio"),
        "recoverySeconds": recovery(document), "generatorBusy": document["generatorBusy"], "generatorIsTheLimit": document["saturation"],
        "sfuBusy": document["sfu"]["share"],
    }


def show(result):
    for level in result["levels"]:
        print(f"  video at {level['percent']:.0f} %: {level['packetsPerSecond']:.0f} packets/s, useful {level['usefulPerSecond']:.0f}/s, audio lost {level['audioLost']}, "
              f"p50 {level['p50Nanoseconds'] / 1e6:.1f}, p99 {level['p99Nanoseconds'] / 1e6:.1f} ms")
    back = result["recoverySeconds"]
    rows = [(result["goodputRatio"] >= GOODPUT_MIN, f"goodput at 150 % is {100 * result['goodputRatio']:.0f} % of that at 100 %"),
            (result["audioLost"] == 0, f"audio lost in all: {result['audioLost']}"),
            (back is not None and back <= RECOVERY_SECONDS_MAX, f"recovered after {'never' if back is None else f'{back:.1f} s'}")]
    for holds_, sentence in rows:
        print(("  ok   " if holds_ else "  FAIL ") + sentence)
    print(f"  shed level up to {result['watch']['shedLevelMax']:.0f}; drops: {result['watch']['drops']}")
    for line in result["generatorIsTheLimit"]:
        print("  generator: " + line)
