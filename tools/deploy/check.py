#!/usr/bin/env python3
"""Sees that rules, dashboards, runbooks and docs/metrics.md speak of what a server has. See README.md."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "tools/deploy/prometheus/rules.yml"
TESTS = ROOT / "tools/deploy/prometheus/rules.test.yml"
DASHBOARDS = ROOT / "tools/deploy/grafana"
RUNBOOKS = ROOT / "docs/runbooks"


class Known:
    """What a recorded /metrics has: families, series names, and the values of each label."""

    def __init__(self, text):
        kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
        self.families = set(kinds)
        self.series = {"up"}
        for name, kind in kinds.items():
            parts = ["_bucket", "_sum", "_count"] if kind == "histogram" else [""]
            self.series |= {name + part for part in parts}
        self.values = {}
        for label, value in re.findall(r'[{,](\w+)="([^"]*)"', text):
            self.values.setdefault(label, set()).add(value)


def strange(expression, known, recorded):
    """What an expression names that does not exist."""
    found = set(re.findall(r"\bmillrace_\w+", expression)) - known.series
    found |= set(re.findall(r"\bmillrace:[\w:]+", expression)) - recorded
    # Shards, bounds and members are numbers that depend on the host or are checked by their series.
    for label, values in re.findall(r'\b(reason|kind|le|members)[=!]~?"([^"$]*)"', expression):
        found |= {f"{label}={value}" for value in values.split("|")} - {
            f"{label}={value}" for value in known.values.get(label, ())
        }
    return found


def expressions(value):
    """All `expr`, `query` and `definition` of a dashboard."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("expr", "definition") and isinstance(inner, str):
                yield inner
            else:
                yield from expressions(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from expressions(inner)


def check_rules(known, recorded, complain):
    text = re.sub(r"(^|\s)#.*", r"\1", RULES.read_text())
    for rule in re.split(r"^\s+- (?=alert:|record:)", text, flags=re.M)[1:]:
        name = re.match(r"\w+: (\S+)", rule)[1]
        names = strange(rule.split("annotations:")[0], known, recorded | {name})
        if names:
            complain(f"rule {name} names what no server has: {', '.join(sorted(names))}")


def check_dashboards(known, recorded, complain):
    for path in sorted(DASHBOARDS.glob("*.json")):
        found = list(expressions(json.loads(path.read_text())))
        if not found:
            complain(f"{path.name} shows nothing")
        for expression in found:
            names = strange(expression, known, recorded)
            if names:
                complain(f"{path.name} names what no server has: {', '.join(sorted(names))}")


def check_alerts(complain):
    text = RULES.read_text()
    alerts = set(re.findall(r"- alert: (\w+)", text))
    books = set(re.findall(r"runbook_url: \S+/docs/runbooks/(\S+)", text))
    blocks = re.split(r"- alert: ", re.sub(r"\*slow", "&slow runbook_url:", text))[1:]
    for block in blocks:
        if "runbook_url:" not in block.split("- record:")[0]:
            complain(f"{block.split()[0]} has no runbook_url")
    files = {path.name for path in RUNBOOKS.glob("*.md")} - {"README.md"}
    for name in sorted(books - files):
        complain(f"docs/runbooks/{name} is linked and not there")
    for name in sorted(files - books):
        complain(f"docs/runbooks/{name} belongs to no alert")
    fired = {
        block.split()[0].rstrip(",")
        for block in re.split(r"alertname: ", TESTS.read_text())[1:]
        if "exp_labels" in block.split("eval_time")[0]
    }
    for name in sorted(alerts - fired):
        complain(f"no test fires {name}")


def check_page(known, complain):
    named = set(re.findall(r"^\| `(millrace_\w+)`", (ROOT / "docs/metrics.md").read_text(), re.M))
    for name in sorted(known.families - named):
        complain(f"docs/metrics.md does not name {name}")
    for name in sorted(named - known.families):
        complain(f"docs/metrics.md names {name}, which no server has")


def check_alarm(known, complain):
    """The alarm itself: each of these must be found."""
    for wrong in ("rate(millrace_no_such_total[5m])", "millrace:no_such:rate5m", 'x{reason="no_such"}', 'x{le="0.0123"}'):
        if not strange(wrong, known, set()):
            complain(f"the check does not see what is wrong with {wrong}")


def main():
    complaints = []
    known = Known((ROOT / "Tests/Recorded/now.txt").read_text())
    recorded = set(re.findall(r"- record: (\S+)", RULES.read_text()))
    check_alarm(known, complaints.append)
    check_rules(known, recorded, complaints.append)
    check_dashboards(known, recorded, complaints.append)
    check_alerts(complaints.append)
    check_page(known, complaints.append)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    if not complaints:
        print(f"{len(known.families)} metrics, rules, dashboards and runbooks agree")
    return 1 if complaints else 0


sys.exit(main())
