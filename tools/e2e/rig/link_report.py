"""Plots of what a link carried and what a page showed meanwhile: one HTML file for all runs."""
import html
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / 'Benchmarks'))
from harness import plots  # noqa: E402

STYLE = '''
:root { --c1: #888; --c2: #2a78d6; --c3: #1baa70; --c4: #d6452a; --c5: #8a4bd0; --c6: #b58900; --ink: #222; --paper: #fff; --line: #ddd }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --paper: #1b1b1b; --line: #3a3a3a } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1400px; margin: 2em auto; padding: 0 1em }
section { display: grid; grid-template-columns: repeat(auto-fit, minmax(520px, 1fr)); gap: 0 2em }
h2 { grid-column: 1 / -1; margin-bottom: 0 } p { grid-column: 1 / -1; margin: .2em 0 }
figure { margin: 1em 0 } figcaption { font-weight: 600 } svg { width: 100% }
.grid { stroke: var(--line) } text { fill: var(--ink) } .tick, .label { font-size: 11px } .axis { font-size: 12px }
.tables { grid-column: 1 / -1; display: flex; gap: 3em; flex-wrap: wrap } table { border-collapse: collapse; font-size: 14px }
th { font-weight: normal; text-align: left } tr:first-child th { font-weight: 600 } th, td { padding: .1em 1.2em .1em 0; border-bottom: 1px solid var(--line) }
td { text-align: right; font-variant-numeric: tabular-nums }
.legend span { margin-right: 1em; font-size: 13px } .legend i { display: inline-block; width: 12px; height: 3px; margin-right: 4px; vertical-align: middle }
'''


def write(path: pathlib.Path, runs: list[dict]):
    """`runs`: what `links.py` recorded, each with name, about, figures, link (lines of the relay) and looks."""
    sections = ''.join(section(run) for run in runs)
    path.write_text(f'<!doctype html><meta charset="utf-8"><title>Links that change</title><style>{STYLE}</style>'
                    f'<h1>Links that change</h1><p>What the relay let through, what the server believed and sent, and what the page decoded.</p>'
                    f'{sections}')


def section(run: dict) -> str:
    start = run['link'][0]['clock']
    link = [(line['clock'] - start, line) for line in run['link']]
    looks = [(look['clock'] - start, look) for look in run['looks'] if look['clock'] >= start]
    top = max(line['link_kbit'] for _, line in link) * 1.5
    rates = [
        ('link', points(link, 'link_kbit', top)), ('sent by the server', points(smooth(link, 'offered_kbit'), 'offered_kbit', top)),
        ('through the link', points(smooth(link, 'passed_kbit'), 'passed_kbit', top)), ('estimate', points(looks, 'estimate_kbit', top)),
    ]
    body = plots.lines('Rates', [each for each in rates if each[1]], 'seconds', 'kbit/s', has_dots=False)
    for title, name, unit, rows in (
            ('Decoded picture', 'height', 'lines', looks), ('Pictures a second', 'fps', '', looks),
            ('Longest wait in the queue', 'queue_ms', 'ms', link)):
        if any(row.get(name) for _, row in rows):
            body += plots.lines(title, [(title.lower(), points(rows, name))], 'seconds', unit, has_dots=False)
    return f'<section><h2>{html.escape(run["name"])}</h2><p>{html.escape(run["about"])}</p>{table(run["figures"])}{body}</section>'


#: What a row of the table is of, and the figure's name in each part of a run.
ROWS = (('picture, lines', 'height'), ('sent at the end, kbit/s', 'sent_kbit'), ('pictures a second', 'fps'), ('freezes', 'freezes'), ('longest stall, s', 'stall_s'),
        ('wait in the queue, p95 ms', 'queue_p95_ms'))
PARTS = {'wide': '3 Mbit/s', 'narrow': '500 kbit/s', 'again': '3 Mbit/s again'}
TIMES = (('sent rate under the narrow link', 'down_s', 2), ('smaller picture', 'smaller_s', 2), ('picture as large as before', 'up_s', 12))


def table(figures: dict) -> str:
    def row(name, values, cell='td'):
        return f'<tr><th>{html.escape(name)}</th>' + ''.join(f'<{cell}>{html.escape(str(value))}</{cell}>' for value in values) + '</tr>'
    steady = row(f'{figures["codec"]}, in steady parts', PARTS.values(), 'th') + ''.join(
        row(title, [figures.get(f'{name}_{part}', '') for part in PARTS]) for title, name in ROWS)
    times = row('after a change of the link', ['s', 'at most'], 'th') + ''.join(
        row(title, [figures.get(name), most]) for title, name, most in TIMES)
    return f'<div class="tables"><table>{steady}</table><table>{times}</table></div>'


def points(rows, name: str, most: float = float('inf')) -> list:
    return [(round(at, 2), min(row[name], most)) for at, row in rows if row.get(name) is not None]


def smooth(rows, name: str, count: int = 5) -> list:
    """Means over half a second: single tenths show frames, not rates."""
    return [(at, {name: sum(row[name] for _, row in rows[max(0, index - count + 1):index + 1]) / min(count, index + 1)})
            for index, (at, _) in enumerate(rows)]
