"""Everything in .build/bench as Markdown, as one HTML page with plots, and as costs for a capacity planner."""
import json
from html import escape

from . import build, plots
from .scenarios import SCENARIOS


def read():
    """Results by file name without its ending."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(build.OUT.glob("*.json"))
            if path.stem not in ("costs",)}


class Section:
    """A heading with sentences, tables and plots, in the order in which they came."""

    def __init__(self, title, *sentences):
        self.title, self.parts = title, [("text", sentence) for sentence in sentences]

    def table(self, head, rows):
        self.parts.append(("table", (head, rows)))
        return self

    def plot(self, svg):
        self.parts.append(("plot", svg))
        return self

    def markdown(self):
        out = [f"## {self.title}", ""]
        for kind, part in self.parts:
            if kind == "text":
                out += [part, ""]
            elif kind == "table":
                head, rows = part
                out += ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
                out += ["| " + " | ".join(row) + " |" for row in rows] + [""]
        return "\n".join(out)

    def html(self):
        out = [f"<section><h2>{escape(self.title)}</h2>"]
        for kind, part in self.parts:
            if kind == "text":
                out.append(f"<p>{escape(part)}</p>")
            elif kind == "plot":
                out.append(part)
            else:
                head, rows = part
                cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
                body = "".join("<tr>" + "".join(f"<td{' class=remark' if len(cell) > 40 else ''}>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
                plain = "" if any(head) else ' class="plain"'
                out.append(f'<div class="wide"><table{plain}><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table></div>')
        return "".join(out) + "</section>"


def host_section(host):
    kind = "virtual machine" if host["isVirtual"] else "bare metal"
    return Section("Host").table(
        ["", ""],
        [["processor", f"{host['processor']}, {host['processors']} of them ({', '.join(host['flags'])}), {kind}"],
         ["kernel", host["kernel"]], ["IPsec-MB", host["ipsecMb"]], ["OpenSSL", host["openssl"]],
         ["Swift", host["swift"]], ["commit", f"{host['commit']}, {host['date']}"]])


FLOORS_SHOWN = ("one burst after the other", "a burst every 5 ms", "AES-CM and HMAC-SHA1", "AES-128-GCM by OpenSSL",
                "receivers without UDP_GRO")


def floor_section(results):
    document = results.get("floor-all") or results.get("floor")
    if not document:
        return None
    section = Section(
        "The floor",
        "CPU of one packet when it is encrypted into its run and sent, and nothing else, on loopback: the receiving side of "
        "the kernel is in it. A run leaves by one send with UDP_SEGMENT.")
    sets = document["sets"]
    for size in (1100, 120):
        series = [(one["title"], [(point["packetsPerRun"], point["nanosecondsPerPacket"]) for point in one["points"] if point["bytes"] == size])
                  for one in sets if one["title"] in FLOORS_SHOWN]
        section.plot(plots.lines(f"{size} bytes, {sets[0]['points'][0]['receivers']} receivers", series, "packets in a run", "ns CPU per packet", log_x=True))
    runs = sorted({point["packetsPerRun"] for point in sets[0]["points"]})
    rows = []
    for one in sets:
        for size in (1100, 120):
            points = {point["packetsPerRun"]: point for point in one["points"] if point["bytes"] == size}
            rows.append([one["title"], str(size)] + [f"{points[run]['nanosecondsPerPacket']:.0f}" if run in points else "" for run in runs])
    section.table(["ns per packet, by packets in a run", "bytes"] + [str(run) for run in runs], rows)
    rows = [[f"{point['bytes']}", f"{point['packetsPerRun']}"] + [f"{point['fanoutNanoseconds'][name] / 1e6:.2f}" for name in ("p50", "p99", "p999")]
            for point in sets[0]["points"]]
    return section.table(["fan-out of one burst: bytes", "packets in a run", "p50 ms", "p99 ms", "p99.9 ms"], rows)


def steady(results):
    """(name, document) of scenarios in their order, those with labels behind those without."""
    order = {scenario.name: place for place, scenario in enumerate(SCENARIOS)}
    found = [(name.removeprefix("scenario-"), document) for name, document in results.items() if name.startswith("scenario-")]
    return sorted(found, key=lambda pair: (order.get(pair[1]["name"], 99), pair[0]))


def scenario_section(results):
    found = [(name, document) for name, document in steady(results)
             if "timesFloor" in document["median"] and document["name"] != "saturation"]
    if not found:
        return None
    section = Section(
        "Scenarios",
        "The server's shard on one core, the load generator on the other; medians. Every run has the floor measured beside it: "
        "\"x floor\" is the shard's CPU per forwarded packet (receiving and everything else included) against what encrypting and "
        "sending alone cost at the run length and packet size that was reached, one burst after the other; \"with rests\" against bursts 5 ms apart.")
    section.plot(plots.bars(
        "CPU per forwarded packet", [(name, [document["median"]["shardNanosecondsPerForward"], document["median"]["nanosecondsFloor"], document["median"].get("nanosecondsPacedFloor")])
                                     for name, document in found], ["shard", "floor", "floor with rests"], "ns CPU per packet"))
    rows = []
    for name, document in found:
        one = document["median"]
        rows.append([name, f"{one['forwardedPerSecond']:.0f}", f"{100 * one['shardBusy']:.0f}", f"{one['shardNanosecondsPerForward']:.0f}",
                     f"{one['processNanosecondsPerForward']:.0f}", f"{one['timesFloor']:.2f}", f"{one.get('timesPacedFloor', 0):.2f}",
                     f"{one['packetsPerRun']:.2f}", f"{one['packetsPerEnter']:.1f}", f"{one['allocations']:.0f}", f"{one['residentBytesPerPeer'] / 1024:.1f}"])
    section.table(["scenario", "packets/s out", "shard busy %", "ns a packet", "whole process", "x floor", "x floor with rests",
                   "packets a run", "packets an enter", "allocations", "KiB a peer"], rows)
    section.plot(plots.bars(
        "Latency through the server", [(name, [document["median"]["latencyMilliseconds"][figure] for figure in ("p50", "p99", "p999")])
                                       for name, document in found], ["p50", "p99", "p99.9"], "ms"))
    rows = []
    for name, document in found:
        one = document["median"]
        rows.append([name] + [f"{one['latencyMilliseconds'][figure]:.2f}" for figure in ("p50", "p99", "p999")]
                    + [f"{one['floorFanoutMilliseconds'][figure]:.2f}" for figure in ("p50", "p99")]
                    + [f"{one['lossPercent']:.3f}", f"{100 * one['generatorBusy']:.0f}", "; ".join(one["generatorIsTheLimit"] + one["findings"]) or ""])
    return section.table(["scenario", "p50 ms", "p99 ms", "p99.9 ms", "floor's fan-out p50", "p99", "loss %", "generator busy %", "remarks"], rows)


def saturation_section(results):
    found = [(name, document) for name, document in steady(results) if document["name"] == "saturation"]
    if not found:
        return None
    section = Section("Saturation", "1 publisher to 200: the publisher's rate is raised until more than 0.1 % is lost or p99 exceeds 20 ms.")
    for name, document in found:
        points = sorted((run["receivedByGeneratorPerSecond"] / 1000, run) for run in document["runs"])
        section.plot(plots.lines(
            name + ": latency", [(label, [(rate, run["latencyMilliseconds"][figure]) for rate, run in points])
                                 for label, figure in (("p50", "p50"), ("p99", "p99"))], "thousand packets/s", "ms"))
        section.table(["kbit/s", "packets/s", "shard busy %", "ns a packet", "x floor", "packets a run", "p50 ms", "p99 ms", "loss %", "holds", "generator busy %"],
                      [[f"{run['videoKilobits']}", f"{run['receivedByGeneratorPerSecond']:.0f}", f"{100 * run['shardBusy']:.0f}", f"{run['shardNanosecondsPerForward']:.0f}",
                        f"{run['timesFloor']:.2f}", f"{run['packetsPerRun']:.2f}", f"{run['latencyMilliseconds']['p50']:.2f}", f"{run['latencyMilliseconds']['p99']:.1f}",
                        f"{run['lossPercent']:.3f}", ("yes" if run["holds"] else "no") + (", generator at its limit" if run.get("generatorLimits") else ""), f"{100 * run['generatorBusy']:.0f}"] for _, run in points])
    return section


def overload_section(results):
    document = results.get("overload")
    if not document:
        return None
    back = document["recoverySeconds"]
    section = Section(
        "Overload",
        "Four rooms of three publishers (simulcast video, audio) and sixty subscribers of all of them, on one core: what it can do, half as much "
        "again, and half of it. Useful is audio, and video of which nothing is missing since its keyframe; windows of 100 ms.",
        f"Goodput at 150 % is {100 * document['goodputRatio']:.0f} % of that at 100 %; {document['audioLost']} packets of audio were lost; "
        + ("it did not recover." if back is None else f"all was back {back:.1f} s after the end of the load."))
    points = [point for point in document["series"] if point["isMeasured"]]
    begin = points[0]["seconds"] if points else 0
    for title, unit, lines in (
            ("Packets", "thousand packets/s", [("received", lambda one: one["receivedPerSecond"] / 1000), ("useful", lambda one: one["usefulPerSecond"] / 1000)]),
            ("Latency", "ms", [("p50", lambda one: (one.get("p50Nanoseconds") or 0) / 1e6), ("p99", lambda one: (one.get("p99Nanoseconds") or 0) / 1e6)])):
        section.plot(plots.lines(title, [(name, [(one["seconds"] - begin, value(one)) for one in points]) for name, value in lines], "seconds", unit))
    return section.table(
        ["video", "packets/s", "useful/s", "audio lost", "p50 ms", "p99 ms"],
        [[f"{one['percent']:.0f} %", f"{one['packetsPerSecond']:.0f}", f"{one['usefulPerSecond']:.0f}", str(one["audioLost"]),
          f"{one['p50Nanoseconds'] / 1e6:.1f}", f"{one['p99Nanoseconds'] / 1e6:.1f}"] for one in document["levels"]])


def compare_section(results):
    found = {name.removeprefix("compare-"): document for name, document in results.items() if name.startswith("compare-")}
    if not found:
        return None
    section = Section("Beside Janus", "The same generator and load, runs in turn, medians. CPU of the whole process for each packet that arrived.")
    names = ["millrace", "janus", "janus-tuned"]
    section.plot(plots.bars(
        "CPU per forwarded packet",
        [(scenario, [document["results"].get(name, {}).get("median", {}).get("processNanosecondsPerForward") for name in names]) for scenario, document in found.items()],
        names, "ns CPU per packet"))
    rows = []
    for scenario, document in found.items():
        own = document["results"].get("millrace", {}).get("median")
        for name, result in document["results"].items():
            one = result["median"]
            latency = one["latencyMilliseconds"]
            rows.append([scenario, name, f"{one['processNanosecondsPerForward']:.0f}",
                         f"{one['processNanosecondsPerForward'] / own['processNanosecondsPerForward']:.1f}" if own else "",
                         f"{one['receivedByGeneratorPerSecond']:.0f}", f"{one['lossPercent']:.2f}"] + [f"{latency[figure]:.2f}" for figure in ("p50", "p99", "p999")]
                        + [f"{one['residentBytesPerPeer'] / 1024:.0f}"])
    return section.table(["scenario", "SFU", "ns a packet", "x Millrace", "packets/s", "loss %", "p50 ms", "p99 ms", "p99.9 ms", "KiB a peer"], rows)


def micro_section(results):
    document = results.get("micro")
    if not document:
        return None
    rows = []
    for name, one in document["cases"].items():
        calls = [format(one[key], ".3g") if key in one else "" for key in ("entersPerPacket", "sendsPerPacket")]
        rows.append([name, f"{one['nanoseconds']:.1f}", f"{one['instructions']:.0f}" if "instructions" in one else "", str(one["allocations"])] + calls)
    return Section(
        "Stages", "Each stage by itself, per packet, with warm caches. Instructions are callgrind's: on the AVX2 path of Intel's library, since valgrind "
        "knows nothing newer; nanoseconds are those of the processor's own path.").table(
        ["case", "ns", "instructions", "allocations", "enters", "sends"], rows)


def costs(results):
    """What a capacity planner needs, as plain numbers: nanoseconds of CPU."""
    document = {"unit": "nanoseconds of CPU", "out": [], "in": {}, "perPeerSecond": None, "scenarios": {}}
    floors = results.get("floor-all") or results.get("floor") or {"sets": []}
    for one in floors["sets"]:
        for point in one["points"]:
            document["out"].append({key: point[key] for key in ("bytes", "packetsPerRun", "srtp", "library", "paceMilliseconds", "mergingReceivers", "nanosecondsPerPacket")})
    for name, scenario in steady(results):
        median = scenario["median"]
        if name.startswith("intake") and "shardNanosecondsPerReceived" in median:
            document["in"][name] = median["shardNanosecondsPerReceived"]
        elif name == "idle":
            document["perPeerSecond"] = median["shardNanosecondsPerPeerSecond"]
        elif "timesFloor" in median:
            document["scenarios"][name] = {key: median[key] for key in (
                "shardNanosecondsPerForward", "processNanosecondsPerForward", "timesFloor", "packetsPerRun", "packetBytes", "residentBytesPerPeer")}
    for name, one in results.get("micro", {}).get("cases", {}).items():
        if name.startswith(("srtp.", "engine.")):
            document.setdefault("stages", {})[name] = one["nanoseconds"]
    return document


def costs_section(document):
    rows = [["a packet received, of video and audio", f"{document['in']['intake']:.0f} ns"]] if "intake" in document["in"] else []
    rows += [["a packet received, of audio alone", f"{document['in']['intake-audio']:.0f} ns"]] if "intake-audio" in document["in"] else []
    rows += [["a peer that neither sends nor gets media, a second", f"{document['perPeerSecond'] / 1000:.1f} us"]] if document["perPeerSecond"] else []
    return Section("Costs for planning", "Also in costs.json, with those of packets that leave, by size, cipher and run length.").table(["", "CPU"], rows) if rows else None


STYLE = """
:root{--ink:#1c2430;--soft:#5b6675;--paper:#fff;--rule:#e1e5ea;--c1:#2563a8;--c2:#d07c1f;--c3:#3b8a5a;--c4:#8457a6;--c5:#b8433f;--c6:#6b7480}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ee;--soft:#9aa5b3;--paper:#14181e;--rule:#2b323c;--c1:#6aa5e6;--c2:#e9a354;--c3:#6cc08d;--c4:#b890d8;--c5:#e27b77;--c6:#a0a9b5}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1060px;margin:32px auto;padding:0 20px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:40px 0 8px;border-bottom:1px solid var(--rule);padding-bottom:4px}
p{max-width:760px;color:var(--soft);margin:6px 0 12px}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums;margin:12px 0}
th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top}th:first-child,td:first-child{text-align:left;white-space:nowrap}.plain td{text-align:left}
th{font-weight:600;color:var(--soft);vertical-align:bottom}td.remark{text-align:left;max-width:320px}
figure{margin:18px 0;max-width:720px}figcaption{font-weight:600;margin-bottom:2px}svg{width:100%;height:auto;display:block}
.legend{font-size:13px;color:var(--soft)}.legend span{margin-right:14px;white-space:nowrap}.legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:5px}
.tick,.label,.axis{font-size:11px;fill:var(--soft)}.label{fill:var(--ink)}.grid{stroke:var(--rule);stroke-width:1}
details{margin:24px 0}pre{font-size:11px;overflow:auto;max-height:480px;background:color-mix(in srgb,var(--ink) 5%,transparent);padding:12px}
"""


def word(save):
    results = read()
    if not results:
        raise SystemExit(f"nothing is measured yet: {build.OUT} is empty")
    host = max(results.values(), key=lambda document: document["host"]["date"])["host"]
    plan = costs(results)
    sections = [host_section(host), scenario_section(results), saturation_section(results), overload_section(results), compare_section(results),
                floor_section(results), costs_section(plan), micro_section(results)]
    sections = [section for section in sections if section]
    (build.OUT / "report.md").write_text("# Millrace, measured\n\n" + "\n".join(section.markdown() for section in sections))
    raw = json.dumps(results).replace("</", "<\\/")
    (build.OUT / "report.html").write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Millrace, measured</title><style>{STYLE}</style>'
        f"<h1>Millrace, measured</h1><p>{escape(host['date'])}, commit {escape(host['commit'])}. Figures of one run are to be compared with each other, not with another day's.</p>"
        + "".join(section.html() for section in sections)
        + f'<details><summary>How to repeat this</summary><pre>tools/dev setup bench\ntools/dev bench all</pre></details>'
        + f'<script type="application/json" id="results">{raw}</script></html>\n')
    save("costs", plan)
    for name in ("report.md", "report.html"):
        print(f"written: {(build.OUT / name).relative_to(build.ROOT)}")
