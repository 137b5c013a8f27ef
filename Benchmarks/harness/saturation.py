"""How many packets a second leave one core before loss exceeds 0.1 % or p99 20 ms."""
import sys

from . import measure

SECONDS = 4
FIRST_KILOBITS = 20000
GROWTH = 1.4
REFINEMENTS = 1
# Receivers that take and check every packet; the kernel counts for the others, or the generator would be full long before a server.
MEASURED = 20
ATTEMPTS = 2
# Past this the generator is what is measured: the search ends, and says so.
GENERATOR_BUSY_MAX = 0.9
LOSS_PERCENT_MAX = 0.1
P99_MILLISECONDS_MAX = 20


def holds(result):
    worst = max(result["latencyMilliseconds"]["p99"], result["audioLatencyMilliseconds"]["p99"])
    return result["lossPercent"] <= LOSS_PERCENT_MAX and worst <= P99_MILLISECONDS_MAX


def steps(try_rate, first=FIRST_KILOBITS):
    """Calls `try_rate(kilobits)` with rising rates until one does not hold, then in between. All results in order."""
    tried = []

    def attempt(kilobits):
        # One hiccup of the host is no limit of the server: only what fails twice does not hold.
        for _ in range(ATTEMPTS):
            result = try_rate(kilobits)
            result["videoKilobits"], result["holds"] = kilobits, holds(result)
            if result["holds"] or result["generatorBusy"] > GENERATOR_BUSY_MAX:
                break
            print(f"  {kilobits} kbit/s did not hold, p99 {result['latencyMilliseconds']['p99']:.1f} ms, loss {result['lossPercent']:.2f} %", file=sys.stderr)
        result["generatorLimits"] = result["generatorBusy"] > GENERATOR_BUSY_MAX
        tried.append(result)
        print(f"  {kilobits} kbit/s: {result['receivedByGeneratorPerSecond']:.0f} packets/s, loss {result['lossPercent']:.3f} %, "
              f"p99 {result['latencyMilliseconds']['p99']:.1f} ms, generator {100 * result['generatorBusy']:.0f} %"
              + ("" if result["holds"] else ": too much") + (", the generator is the limit" if result["generatorLimits"] else ""), file=sys.stderr)
        return result["holds"]

    low, high = 0, first
    while attempt(high):
        if tried[-1]["generatorLimits"]:
            return tried
        low, high = high, int(high * GROWTH)
    for _ in range(REFINEMENTS):
        if tried[-1]["generatorLimits"]:
            break
        middle = (low + high) // 2
        if attempt(middle):
            low = middle
        else:
            high = middle
    return tried


def arguments(kilobits):
    return ["--video-kbps", kilobits, "--measured", MEASURED]


def best(tried):
    """The step with the most packets that held; None when none did."""
    good = [result for result in tried if result["holds"]]
    return max(good, key=lambda result: result["receivedByGeneratorPerSecond"]) if good else None


def of_millrace(server, scenario, folder, options):
    def try_rate(kilobits):
        run = measure.Run(
            server, scenario, folder / f"load-{kilobits}.json", load_cpu=options.load_cpu,
            seconds=options.seconds or SECONDS, more=arguments(kilobits))
        return measure.figures(scenario, *run.go())
    return steps(try_rate)
