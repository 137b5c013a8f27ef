"""Stages of the packet path by themselves, against stored thresholds.

Allocations and system calls are compared exactly, instructions (callgrind) within a tenth: these do not depend on the clock.
"""
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import build

THRESHOLDS = build.ROOT / "Benchmarks/thresholds.json"
TOLERANCE = 0.10
EXACT = ("allocations", "entersPerPacket", "sendsPerPacket")


def timed(prefix, cpu):
    command = [str(build.PROGRAM), "micro", "--cpu", str(cpu)] + (["--case", prefix] if prefix else [])
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {one.pop("case"): one for one in map(json.loads, output.splitlines())}


def instructions(prefix):
    """Instructions per packet by case.

    Valgrind 3.19 knows neither AVX-512 nor VAES nor SHA-NI and does not tell programs of them: Intel's library then takes its
    AVX2 path. Counts are those of that path, with the same Swift code around it.
    """
    if not shutil.which("valgrind"):
        raise SystemExit("valgrind is missing: tools/dev setup bench")
    with tempfile.TemporaryDirectory() as folder:
        # Valgrind 3.19 does not read this compiler's debug information.
        program = f"{folder}/program"
        subprocess.run(["strip", "-o", program, str(build.PROGRAM)], check=True)
        command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/out",
                   program, "micro"] + (["--case", prefix] if prefix else [])
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise SystemExit("callgrind: " + done.stderr[-2000:])
        return dict(filter(None, (read_dump(path) for path in Path(folder).glob("out*"))))


def read_dump(path):
    """The case and its instructions per packet out of one of callgrind's files."""
    text = path.read_text(errors="replace")
    trigger = re.search(r"^desc: Trigger: Client Request: (\S+) (\d+)$", text, re.MULTILINE)
    total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    if not trigger or not total or total.group(1) == "0":
        return None
    return trigger.group(1), int(total.group(1)) / int(trigger.group(2))


def measure(prefix="", cpu=0):
    results = timed(prefix, cpu)
    for name, count in instructions(prefix).items():
        # What the kernel does is not counted, and how often it is asked is told apart.
        if name in results and not name.startswith("port."):
            results[name]["instructions"] = round(count, 1)
    return results


def compare(results, stored):
    """A sentence for every threshold that was crossed."""
    crossed = []
    for name, limits in stored.items():
        result = results.get(name)
        if result is None:
            crossed.append(f"{name}: is not measured any more; --update when that is meant")
            continue
        for figure in EXACT:
            if figure in limits and result.get(figure, 0) > limits[figure] + 1e-9:
                crossed.append(f"{name}: {result.get(figure)} {figure}, stored {limits[figure]}")
        if "instructions" in limits:
            count = result.get("instructions")
            if count is None or count > limits["instructions"] * (1 + TOLERANCE):
                crossed.append(f"{name}: {count} instructions a packet, stored {limits['instructions']}")
    crossed += [f"{name}: has no stored threshold; --update" for name in results if name not in stored]
    return crossed


def thresholds(results):
    keys = EXACT + ("instructions",)
    return {name: {key: result[key] for key in keys if key in result} for name, result in sorted(results.items())}


def word(options, save):
    results = measure(options.case, options.cpu)
    width = max(map(len, results)) + 1
    columns = ("nanoseconds", "instructions", "allocations", "entersPerPacket", "sendsPerPacket")
    print("per packet; allocations of a whole round\n" + f"{'case':{width}}" + "".join(f"{name:>16}" for name in columns))
    for name, result in results.items():
        cells = (format(result[column], ".4g" if "Per" in column else ".1f") if column in result else "" for column in columns)
        print(f"{name:{width}}" + "".join(f"{cell:>16}" for cell in cells))
    save("micro", {"cases": results})
    stored = json.loads(THRESHOLDS.read_text()) if THRESHOLDS.exists() else {}
    if options.case:
        stored = {name: limits for name, limits in stored.items() if name.startswith(options.case)}
    if options.update:
        if options.case:
            raise SystemExit("--update measures all cases")
        THRESHOLDS.write_text(json.dumps(thresholds(results), indent=1) + "\n")
        print(f"written: {THRESHOLDS.relative_to(build.ROOT)}", file=sys.stderr)
    elif options.check:
        crossed = compare(results, stored)
        for line in crossed:
            print("crossed: " + line)
        if crossed:
            raise SystemExit(1)
        print(f"{len(results)} cases within their thresholds")
