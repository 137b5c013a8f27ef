"""Plots as inline SVG, for one self-contained page."""
from html import escape

COLOURS = ["var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)", "var(--c6)"]
WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 16, 44


def ticks(high, count=5):
    """Round numbers from 0 to at least `high`."""
    step = high / count
    power = 1
    while power * 10 <= step:
        power *= 10
    while power > step and power > 1e-6:
        power /= 10
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor * count >= high * 0.999)
    values = [0]
    while values[-1] < high * 0.999:
        values.append(values[-1] + step)
    return values


def number(value):
    if value >= 10000:
        return f"{value / 1000:.0f} k"
    return f"{value:g}" if value < 10 else f"{value:.0f}"


def text(x, y, words, anchor="middle", kind="tick"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def figure(body, legend, title, height=HEIGHT):
    keys = "".join(f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for name, colour in legend)
    return (f'<figure><figcaption>{escape(title)}</figcaption><div class="legend">{keys}</div>'
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">{body}</svg></figure>')


def lines(title, series, x_title, y_title, log_x=False, has_dots=True):
    """`series`: [(name, [(x, y)])]. A long record is better without dots."""
    from math import log
    place = (lambda value: log(value)) if log_x else (lambda value: value)
    xs = sorted({x for _, points in series for x, _ in points})
    shown = xs if log_x else ticks(xs[-1])
    low, high = place(shown[0]), place(shown[-1])
    y_ticks = ticks(max(y for _, points in series for _, y in points))

    def at(x, y):
        across = (place(x) - low) / ((high - low) or 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / y_ticks[-1] * (HEIGHT - TOP - BOTTOM)

    body = grid(y_ticks, y_title, HEIGHT)
    body += "".join(text(at(x, 0)[0], HEIGHT - BOTTOM + 16, number(x)) for x in shown)
    body += text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x_title, kind="axis")
    for (name, points), colour in zip(series, COLOURS):
        path = " ".join(f"{at(x, y)[0]:.1f},{at(x, y)[1]:.1f}" for x, y in sorted(points))
        body += f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in points if has_dots else ():
            cx, cy = at(x, y)
            body += (f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3.5" fill="{colour}"><title>{escape(name)}: '
                     f'{x:g}, {y:.4g}</title></circle>')
    return figure(body, [(name, colour) for (name, _), colour in zip(series, COLOURS)], title)


def grid(y_ticks, y_title, height):
    body = ""
    for value in y_ticks:
        y = height - BOTTOM - value / y_ticks[-1] * (height - TOP - BOTTOM)
        body += f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
        body += text(LEFT - 6, y + 4, number(value), "end")
    middle = (TOP + height - BOTTOM) / 2
    return body + f'<text transform="translate(14 {middle:.0f}) rotate(-90)" text-anchor="middle" class="axis">{escape(y_title)}</text>'


def bars(title, groups, names, x_title):
    """Horizontal bars. `groups`: [(label, [value or None, one for each of `names`])]."""
    bar, gap, left = 13, 12, 190
    height = TOP + BOTTOM + sum(bar * len(values) + gap for _, values in groups)
    x_ticks = ticks(max(value for _, values in groups for value in values if value is not None) * 1.05)
    span = WIDTH - left - 56

    def across(value):
        return left + value / x_ticks[-1] * span

    body = ""
    for value in x_ticks:
        body += f'<line x1="{across(value):.1f}" x2="{across(value):.1f}" y1="{TOP - 6}" y2="{height - BOTTOM}" class="grid"/>'
        body += text(across(value), height - BOTTOM + 16, number(value))
    y = TOP
    for label, values in groups:
        body += text(left - 8, y + bar * len(values) / 2 + 4, label, "end", "label")
        for value, colour, name in zip(values, COLOURS, names):
            if value is not None:
                body += (f'<rect x="{left}" y="{y:.1f}" width="{max(1, across(value) - left):.1f}" height="{bar - 2}" rx="2" fill="{colour}">'
                         f'<title>{escape(label)}, {escape(name)}: {value:.4g}</title></rect>')
                body += text(across(value) + 4, y + 9, f"{value:.3g}" if value < 100 else f"{value:.0f}", "start")
            y += bar
        y += gap
    body += text(left + span / 2, height - 8, x_title, kind="axis")
    return figure(body, list(zip(names, COLOURS)), title, height)
