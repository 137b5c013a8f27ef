/// The style sheet of all pages that a program of ours writes: light and dark, as the reader's system says.
public let pageStyle = """
    :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1c2430;--soft:#5d6878;--rule:#e3e7ec;
    --c1:#2f6fde;--c2:#e08a1e;--c3:#1f9d76;--c4:#d1435b;--band:#2f6fde12}
    @media(prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1b212a;--ink:#e6eaf0;--soft:#98a3b3;--rule:#2c3540;
    --c1:#6ea3ff;--c2:#f0b054;--c3:#4fcf9f;--c4:#ff7d90;--band:#6ea3ff1a}}
    *{box-sizing:border-box}
    body{margin:0 auto;padding:28px 24px 60px;max-width:1280px;background:var(--bg);color:var(--ink);
    font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums}
    h1{font-size:26px;margin:0 0 8px}
    h2{font-size:16px;margin:28px 0 8px}
    header code{display:block;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:10px 12px;
    overflow-x:auto;white-space:pre-wrap;font-size:13px}
    header p{color:var(--soft);margin:8px 0 0;font-size:13px}
    .note{border-radius:10px;padding:11px 16px;margin:14px 0 0;border:1px solid var(--rule);border-left:5px solid;
    background:var(--card)}
    .note ul{margin:6px 0 0;padding-left:20px}
    .clean{border-left-color:var(--c3)}.failed{border-left-color:var(--c4)}.limit{border-left-color:var(--c2)}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:12px;margin:16px 0}
    .tiles div{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:11px 14px}
    .tiles b{display:block;font-size:19px;white-space:nowrap}
    .tiles span{color:var(--soft);font-size:12.5px}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:16px}
    figure{margin:0;background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:14px 14px 8px}
    figcaption{display:flex;justify-content:space-between;gap:12px;flex-wrap:wrap;margin-bottom:6px}
    .legend span{margin-left:14px;color:var(--soft);font-size:13px}
    .legend i{display:inline-block;width:16px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle;
    background:var(--c)}
    .c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}.c4{--c:var(--c4)}
    svg{display:block;width:100%;height:auto}
    svg text{fill:var(--soft);font-size:12px}
    svg .x{text-anchor:middle}svg .y{text-anchor:end;dominant-baseline:middle}
    .grid{stroke:var(--rule)}.tick{stroke:var(--soft)}
    .band{fill:var(--band)}
    .line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}
    .area{fill:var(--c);opacity:.13}
    circle{fill:transparent}circle:hover{fill:var(--ink);opacity:.6}
    .none{color:var(--soft);text-align:center;padding:80px 0}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--rule);border-radius:10px}
    th,td{padding:6px 12px;text-align:right;border-bottom:1px solid var(--rule);font-size:14px}
    th{color:var(--soft);font-weight:500}
    th:first-child,td:first-child,tr:not(:has(th)) td:nth-child(n+2):where(.words){text-align:left}
    .tables h2:last-of-type+.scroll td{text-align:left}
    .fail{color:var(--c4);font-weight:600}
    """
