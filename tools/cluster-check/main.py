"""Runs the checks one after the other on one stage."""
import argparse
import asyncio
import inspect
import json
import pathlib
import sys
import traceback

from rig.scenario import Broken, Failed
from checks import CHECKS, outage
from stage import stage

ROOT = pathlib.Path(__file__).resolve().parents[2]


async def main() -> int:
    parser = argparse.ArgumentParser(description='Three hosts, and what may happen to them.')
    parser.add_argument('--binary', default=str(ROOT / '.build/release/millrace'))
    parser.add_argument('--quick', action='store_true', help='Redis is gone for 10 s, not 60')
    parser.add_argument('--out', type=pathlib.Path, help='folder for logs and figures')
    parser.add_argument('checks', nargs='*', metavar='CHECK', help=', '.join([*CHECKS, 'operator', 'browsers', 'pictures']))
    options = parser.parse_args()
    from browsers import browsers, pictures
    from operator_view import operator
    known = {**CHECKS, 'operator': operator, 'browsers': browsers, 'pictures': pictures}
    wrong = [name for name in options.checks if name not in known]
    if wrong:
        parser.error(f'no such check: {", ".join(wrong)}')
    failures = 0
    async with stage(options.binary, options.out) as built:
        for name in options.checks or known:
            check = known[name]
            print(f'{name}: {inspect.getdoc(check)}', flush=True)
            try:
                await (check(built, 10) if check in (outage, pictures) and options.quick else check(built))
            except Exception as error:
                failures += 1
                print(f'  FAILED: {error}' if isinstance(error, (Failed, Broken)) else traceback.format_exc(), flush=True)
        if options.out:
            (options.out / 'figures.json').write_text(json.dumps(built.figures, indent=1))
    print('all checks passed' if not failures else f'{failures} checks failed')
    return 1 if failures else 0


sys.exit(asyncio.run(main()))
