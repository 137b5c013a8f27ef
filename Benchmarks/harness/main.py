"""The words of tools/dev bench."""
import argparse
import json
import os
import sys

from . import build, floor, host


def parser():
    top = argparse.ArgumentParser(
        prog="tools/dev bench", description="Measures the packet path. Results go to .build/bench.")
    words = top.add_subparsers(dest="word", metavar="WORD")
    one = words.add_parser("micro", help="every stage by itself: nanoseconds, instructions, allocations, system calls")
    one.add_argument("--case", default="", metavar="PREFIX", help="only cases whose names begin so")
    one.add_argument("--check", action="store_true", help="fail when a stored threshold is crossed")
    one.add_argument("--update", action="store_true", help="store what is measured as thresholds")
    one = words.add_parser("floor", help="encrypt and send, and nothing else: what a packet costs at least")
    one.add_argument("--receivers", type=int, default=200)
    one.add_argument("--seconds", type=float, default=0.4, help="for each point of the grid")
    one.add_argument("--all", action="store_true", help="also other ciphers, OpenSSL, recvmmsg's port, receivers without UDP_GRO")
    one = words.add_parser("driver", help="the driver's choices beside what they could have been: zero-copy, registrations, pages, receive buffers")
    one.add_argument("table", nargs="?", default="", metavar="TABLE", help="only tables whose titles begin so")
    one.add_argument("--repeat", type=int, default=5, help="rounds, in turn")
    one = words.add_parser("scenarios", help="the server on one core, millrace load on the other, beside the floor")
    one.add_argument("names", nargs="*", metavar="NAME", help="all unless told: " + ", ".join(names()))
    one.add_argument("--repeat", type=int, default=3, help="runs of each, interleaved with the floor")
    one.add_argument("--seconds", type=int, help="measured in each run")
    one.add_argument("--label", default="", help="appended to the names of the results, to compare two builds")
    one.add_argument("--serve", action="append", default=[], metavar="OPTION", help="passed on to millrace serve")
    one = words.add_parser("compare", help="the same load on Janus from Debian, as shipped and tuned: runs in turn, medians")
    one.add_argument("names", nargs="*", metavar="NAME", help="1-200, meeting-4, audio-1-300 and saturation unless told")
    one.add_argument("--against", default="millrace,janus,janus-tuned")
    one.add_argument("--add", action="store_true", help="to the runs that an earlier call has kept, for a session in several calls")
    one.add_argument("--repeat", type=int, default=3)
    one.add_argument("--seconds", type=int, help="measured in each run")
    one = words.add_parser("overload", help="what arrives of 100, 150 and 50 %% of what one core can do: rooms with simulcast and audio")
    one.add_argument("--kbps", type=int, help="the publishers' video at 100 %%; looked for unless told")
    one.add_argument("--seconds", type=int, default=6, help="for each level")
    one.add_argument("--serve", action="append", default=[], metavar="OPTION", help="passed on to millrace serve")
    one = words.add_parser("calibrate", help="what millrace plan is fitted on: calibration.json; and what it must predict")
    one.add_argument("names", nargs="*", metavar="NAME", help="what plan is fitted on unless told; also: " + ", ".join(tests()))
    one.add_argument("--add", action="store_true", help="to the runs that an earlier call has kept")
    one.add_argument("--predict", action="store_true", help="let plan say first what each run will show")
    one.add_argument("--serve", action="append", default=[], metavar="OPTION", help="passed on to millrace serve")
    words.add_parser("report", help="everything measured so far as Markdown, as an HTML page with plots, and as costs for planning")
    one = words.add_parser("all", help="all of this in turn; about half an hour")
    for one in words.choices.values():
        one.add_argument("--cpu", type=int, default=0, help="processor of what is measured")
        one.add_argument("--load-cpu", type=int, default=1, help="processor of the other end")
        one.add_argument("--nice", type=int, default=0, help="niceness of all that runs; below 0 on a host with other work")
        one.add_argument("--no-build", action="store_true", help="measure what is built already")
    return top


def names():
    from .scenarios import SCENARIOS
    return [scenario.name for scenario in SCENARIOS]


def tests():
    from .workloads import TEST
    return [load.name for load in TEST]


def save(name, document):
    build.OUT.mkdir(parents=True, exist_ok=True)
    path = build.OUT / f"{name}.json"
    path.write_text(json.dumps({"host": host.facts(), **document}, indent=1) + "\n")
    print(f"written: {path.relative_to(build.ROOT)}", file=sys.stderr)


def floor_word(options):
    more = {"receivers": options.receivers, "seconds": options.seconds, "cpu": options.cpu,
            "receiver_cpu": options.load_cpu}
    sets = [("one burst after the other", {}), ("a burst every 5 ms", {"pace": 5.0})]
    if options.all:
        sets += [("AES-256-GCM", {"srtp": "gcm256"}), ("AES-CM and HMAC-SHA1", {"srtp": "sha1"}),
                 ("AES-128-GCM by OpenSSL", {"library": "openssl"}), ("an enter for every run", {"batch": 1}), ("sendmmsg", {"backend": "mmsg"}),
                 ("AES-CM and HMAC-SHA1 by OpenSSL", {"srtp": "sha1", "library": "openssl"}),
                 ("receivers without UDP_GRO", {"plain": True})]
    document = []
    print(f"CPU nanoseconds per packet, {options.receivers} receivers; fan-out of a burst p50 p99 p99.9 in ms")
    for title, extra in sets:
        points = floor.measure(**{**more, **extra})
        document.append({"title": title, "points": points})
        print(title)
        for point in points:
            times = point["fanoutNanoseconds"]
            print(f"  {point['bytes']:5} bytes  {point['packetsPerRun']:3} a run  {point['nanosecondsPerPacket']:7.0f} ns   "
                  + "  ".join(f"{times[name] / 1e6:.2f}" for name in ("p50", "p99", "p999"))
                  + (f"   receivers lost {point['receiversDropped']}" if point["receiversDropped"] else ""))
    save("floor-all" if options.all else "floor", {"sets": document})


def everything(options):
    base = ["--cpu", str(options.cpu), "--load-cpu", str(options.load_cpu), "--no-build"]
    for words in (["micro"], ["floor", "--all"], ["scenarios"], ["compare"], ["overload"], ["report"]):
        print(f"\n== {' '.join(words)}", flush=True)
        run(parser().parse_args(words + base))


def run(options):
    if options.word == "micro":
        from . import micro
        micro.word(options, save)
    elif options.word == "driver":
        from . import driver
        driver.word(options, save)
    elif options.word == "floor":
        floor_word(options)
    elif options.word == "scenarios":
        from . import session
        session.run(options, save)
    elif options.word == "compare":
        from . import compare
        compare.word(options, save)
    elif options.word == "overload":
        from . import overload
        overload.word(options, save)
    elif options.word == "calibrate":
        from . import calibrate
        calibrate.word(options, save)
    elif options.word == "report":
        from . import report
        report.word(save)
    else:
        everything(options)


def main():
    options = parser().parse_args()
    if not options.word:
        parser().print_help()
        return
    if not options.no_build and options.word != "report":
        build.build_programs()
        if options.word in ("scenarios", "compare", "overload", "calibrate", "all"):
            build.build_server()
    if options.nice:
        os.nice(options.nice)
    run(options)
