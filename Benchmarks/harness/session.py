"""Runs scenarios, interleaved with the floor."""
import sys

from . import build, floor, measure, saturation
from .scenarios import BY_NAME, SCENARIOS
from .server import Millrace


def run(options, save):
    chosen = [BY_NAME[name] for name in options.names] if options.names else SCENARIOS
    for scenario in chosen:
        result = (run_saturation if scenario.kind == "saturation" else run_one)(scenario, options)
        name = scenario.name + (f"-{options.label}" if options.label else "")
        save(f"scenario-{name}", result)
        print_result(scenario, result["median"])


def floors(scenario, options):
    """The floor with and without rests between bursts, at the fan-out of the scenario."""
    more = {"receivers": max(1, min(scenario.fan_out, 500)), "cpu": options.cpu, "receiver_cpu": options.load_cpu}
    if "--srtp" in scenario.more:
        more["srtp"] = scenario.more[scenario.more.index("--srtp") + 1]
    return (floor.measure(seconds=0.2, **more), floor.measure(seconds=0.4, pace=5.0, runs=[1, 2, 3, 6], **more))


def run_one(scenario, options):
    runs = []
    folder = build.OUT / scenario.name
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(options.repeat):
        print(f"{scenario.name}: run {number + 1} of {options.repeat}", file=sys.stderr)
        tight, paced = floors(scenario, options)
        with Millrace(folder / "server.log", cpus=(options.cpu,), more=options.serve) as server:
            load = measure.Run(
                server, scenario, folder / f"load-{number + 1}.json", load_cpu=options.load_cpu, seconds=options.seconds)
            result = measure.figures(scenario, *load.go())
        measure.against_floor(result, tight, paced)
        runs.append(result)
    return {"name": scenario.name, "title": scenario.title, "peers": scenario.peers, "runs": runs,
            "median": measure.median(runs)}


def run_saturation(scenario, options):
    folder = build.OUT / scenario.name
    folder.mkdir(parents=True, exist_ok=True)
    tight, paced = floors(scenario, options)
    with Millrace(folder / "server.log", cpus=(options.cpu,), more=options.serve) as server:
        tried = saturation.of_millrace(server, scenario, folder, options)
    for result in tried:
        measure.against_floor(result, tight, paced)
    best = saturation.best(tried) or tried[0]
    return {"name": scenario.name, "title": scenario.title, "peers": scenario.peers, "runs": tried, "median": best}


def print_result(scenario, result):
    if "timesFloor" not in result:
        print(f"{scenario.title}: {result.get('shardNanosecondsPerReceived', 0):.0f} ns of the shard a packet received ({result['receivedPerSecond']:.0f}/s), "
              f"{result['shardNanosecondsPerPeerSecond'] / 1000:.1f} us a peer and second, {result['residentBytesPerPeer'] / 1024:.1f} KiB a peer")
        return
    latency = result["latencyMilliseconds"]
    print(f"{scenario.title}: {result['forwardedPerSecond']:.0f} packets/s of {result['packetBytes']:.0f} bytes, shard busy {100 * result['shardBusy']:.0f} %")
    print(f"  {result['shardNanosecondsPerForward']:.0f} ns a packet (process {result['processNanosecondsPerForward']:.0f}), "
          f"{result['timesFloor']:.2f} x floor ({result['nanosecondsFloor']:.0f} ns), {result['timesPacedFloor']:.2f} x floor with rests ({result['nanosecondsPacedFloor']:.0f} ns)")
    print(f"  {result['packetsPerRun']:.2f} packets a run, {result['packetsPerEnter']:.1f} an enter, {result['burstsPerSecond']:.0f} bursts/s, {result['allocations']:.0f} allocations, "
          f"{result['residentBytesPerPeer'] / 1024:.1f} KiB a peer")
    print(f"  latency p50 {latency['p50']:.2f}, p99 {latency['p99']:.2f}, p99.9 {latency['p999']:.2f} ms"
          f" (fan-out of the floor {result['floorFanoutMilliseconds']['p50']:.2f}, {result['floorFanoutMilliseconds']['p99']:.2f}); loss {result['lossPercent']:.3f} %")
    for line in result["findings"]:
        print("  not so: " + line)
    for line in result["generatorIsTheLimit"]:
        print("  generator: " + line)
