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
    figures = html.escape(json.dumps(run['figures']))
    return f'<section><h2>{html.escape(run["name"])}</h2><p>{html.escape(run["about"])}</p><p><code>{figures}</code></p>{body}</section>'


def points(rows, name: str, most: float = float('inf')) -> list:
    return [(round(at, 2), min(row[name], most)) for at, row in rows if row.get(name) is not None]


def smooth(rows, name: str, count: int = 5) -> list:
    """Means over half a second: single tenths show frames, not rates."""
    return [(at, {name: sum(row[name] for _, row in rows[max(0, index - count + 1):index + 1]) / min(count, index + 1)})
            for index, (at, _) in enumerate(rows)]
