"""Property-based tests of an API from its OpenAPI document, by schemathesis."""
import asyncio
import pathlib
import sys

from .scenario import Failed, require

#: Beside the interpreter that runs the scenarios.
TOOL = pathlib.Path(sys.executable).parent / 'schemathesis'


async def properties(rig, server, headers: dict, examples: int, only=(), without=()) -> str:
    """Requests made of `/openapi.json`, right ones and wrong ones; fails for a 500 and for an answer that is not documented.

    `only` and `without` are operations by their ids. Returns how many there were.
    """
    # Slower than an address may ask. A schema counts characters and the API bytes, so that a schema may allow what is too long.
    words = [str(TOOL), 'run', f'{server.origin}/openapi.json', '--max-examples', str(examples), '--seed', str(rig.seed),
             '--rate-limit', '40/s', '--exclude-checks', 'positive_data_acceptance', '--no-color']
    for name, value in headers.items():
        words += ['--header', f'{name}: {value}']
    for flag, operations in (('--include-operation-id', only), ('--exclude-operation-id', without)):
        for operation in operations:
            words += [flag, operation]
    process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=rig.folder)
    text = (await process.communicate())[0].decode(errors='replace')
    (rig.folder / 'properties.txt').write_text(text)
    if process.returncode not in (0, 1):
        raise Failed(f'schemathesis ended with status {process.returncode}: {text[-500:]}')
    summary = text[text.rfind('= SUMMARY ='):]
    require(process.returncode == 0, f'answers against the document: {summary[:700]}')
    tested = next(line.strip() for line in summary.splitlines() if 'generated' in line)
    return tested
