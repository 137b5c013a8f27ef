"""The runner: see README.md. Meant to be started by tools/e2e/run, inside a namespace of its own."""
import argparse
import asyncio
import importlib
import json
import os
import pathlib
import pkgutil
import sys
import time
import traceback

import scenarios

from .chromium import Chromium
from .firefox import Firefox
from .scenario import REGISTRY, Broken, Failed, Scenario
from .server import Server

ROOT = pathlib.Path(__file__).resolve().parents[3]
#: How much longer a scenario may take in its full size.
FULL_TIMES = 10


class Rig:
    """What a scenario gets: a way to start servers and browsers whose logs go to the scenario's folder."""

    def __init__(self, binary: pathlib.Path, folder: pathlib.Path, seed: int, is_full: bool = False):
        self.binary, self.folder, self.seed, self.is_full = binary, folder, seed, is_full
        folder.mkdir(parents=True, exist_ok=True)

    def server(self, **options) -> Server:
        return Server(self.binary, self.folder / 'server.log', **options)

    def size(self, short: int, full: int) -> int:
        """How much of something: the first by default, the second with --full."""
        return full if self.is_full else short

    def tool(self, name: str) -> pathlib.Path:
        """Another executable of this package: from beside the server's, or the one built last."""
        places = [self.binary.parent / name] + [ROOT / f'.build/{kind}/{name}' for kind in ('release', 'debug', 'core/release')]
        found = [path for path in places if os.access(path, os.X_OK)]
        if not found:
            raise RuntimeError(f'{name} is not built: swift build -c release --product {name}')
        return found[0]

    def chromium(self, *arguments) -> Chromium:
        return Chromium(*arguments)

    def firefox(self, **preferences) -> Firefox:
        return Firefox(self.folder / 'firefox.log', **preferences)


async def attempt(scenario: Scenario, rig: Rig) -> dict:
    """Runs one scenario. {"name", "passed", "seconds", "figures" or "reason"}."""
    started, result = time.monotonic(), {'name': scenario.name, 'passed': False}
    seconds_max = scenario.timeout_seconds * (FULL_TIMES if rig.is_full else 1)
    try:
        async with asyncio.timeout(seconds_max):
            result |= {'passed': True, 'figures': await scenario.run(rig) or {}}
    except Failed as failure:
        result['reason'] = str(failure)
    except TimeoutError:
        result['reason'] = f'not done within {seconds_max:g} s'
        result['error'] = True
    except Broken as broken:
        result |= {'reason': str(broken), 'error': True}
    except Exception as error:
        result |= {'reason': f'{type(error).__name__}: {error}', 'error': True}
        (rig.folder / 'traceback.txt').write_text(traceback.format_exc())
    if scenario.must_fail:
        # Only a check that says no counts; a rig that breaks proves nothing.
        result['passed'] = not result['passed'] and not result.get('error')
        result['reason'] = f'failed as it must: {result["reason"]}' if result['passed'] else \
            f'did not fail as it must: {result.get("reason", result.get("figures"))}'
    result['seconds'] = round(time.monotonic() - started, 1)
    return result


def line(result: dict) -> str:
    told = result.get('reason') or ', '.join(f'{name} {value}' for name, value in result['figures'].items())
    return f'{"pass" if result["passed"] else "FAIL"}  {result["name"]:<28} {result["seconds"]:6.1f} s  {told}'


def built() -> pathlib.Path:
    """The release or debug build, whichever is newer."""
    places = [ROOT / f'.build/{kind}/millrace' for kind in ('release', 'debug')]
    return max(places, key=lambda path: path.stat().st_mtime if path.exists() else 0)


def arguments():
    parser = argparse.ArgumentParser(prog='tools/e2e/run', description='End-to-end scenarios with real clients.')
    parser.add_argument('names', nargs='*', help='scenarios, or beginnings of their names; all when none is given')
    parser.add_argument('--binary', type=pathlib.Path, default=built(), help='the server; the one built last by default')
    parser.add_argument('--quick', action='store_true', help='the short list for every change')
    parser.add_argument('--full', action='store_true', help='hostile and resource scenarios in their full size')
    parser.add_argument('--list', action='store_true', help='name the scenarios and end')
    parser.add_argument('--seed', type=int, default=1, help='for scenarios with chance in them')
    parser.add_argument('--results', type=pathlib.Path, default=ROOT / 'tools/e2e/results', help='folder for logs and JSON')
    return parser.parse_args()


def chosen(options) -> list[Scenario]:
    everything = list(REGISTRY.values())
    if options.quick:
        everything = [scenario for scenario in everything if scenario.is_quick]
    if not options.names:
        return everything
    found = [scenario for scenario in everything if any(scenario.name.startswith(name) for name in options.names)]
    if not found:
        sys.exit(f'no scenario begins with {" or ".join(options.names)}; see --list')
    return found


async def run_all(options) -> int:
    results = []
    for scenario in chosen(options):
        folder = options.results / scenario.name
        results.append(await attempt(scenario, Rig(options.binary, folder, options.seed, options.full)))
        print(line(results[-1]), flush=True)
    passed = sum(result['passed'] for result in results)
    summary = {'passed': passed, 'failed': len(results) - passed, 'seed': options.seed, 'scenarios': results}
    (options.results / 'results.json').write_text(json.dumps(summary, indent=1) + '\n')
    print(f'{passed} passed, {len(results) - passed} failed')
    return 0 if passed == len(results) else 1


def main():
    for module in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f'scenarios.{module.name}')
    options = arguments()
    if options.list:
        for scenario in REGISTRY.values():
            print(f'{scenario.name:<28} {"quick" if scenario.is_quick else "     "}  {scenario.about}')
        return
    options.binary, options.results = options.binary.resolve(), options.results.resolve()
    if not os.access(options.binary, os.X_OK):
        sys.exit(f'{options.binary} is not there: build it, or name another with --binary')
    options.results.mkdir(parents=True, exist_ok=True)
    status = asyncio.run(run_all(options))
    sys.stdout.flush()
    # libwebrtc's own threads may outlive the interpreter's teardown and crash it after all results are in.
    os._exit(status)


main()
