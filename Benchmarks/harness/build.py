"""Builds what is measured."""
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / ".build/bench"
SCRATCH = ROOT / ".build/benchmarks"
PROGRAM = SCRATCH / "release/millrace-bench"
SERVER = Path(os.environ.get("BENCH_SERVER", ROOT / ".build/release/millrace"))
# The load generator may be of another build than the server: one of them is then the same for all that is compared.
GENERATOR = Path(os.environ.get("BENCH_GENERATOR", SERVER))
# Whose `plan` predicts for calibrate.
PLANNER = Path(os.environ.get("BENCH_PLANNER", SERVER))


def run(command, **more):
    subprocess.run([str(word) for word in command], check=True, cwd=ROOT, **more)


def build_programs():
    run(["swift", "build", "-c", "release", "--package-path", "Benchmarks", "--scratch-path", SCRATCH,
         "--product", "millrace-bench"], env=dict(os.environ, MILLRACE_PARTS="core"), stdout=subprocess.DEVNULL)


def build_server():
    environment = {name: value for name, value in os.environ.items() if name != "MILLRACE_PARTS"}
    run(["swift", "build", "-c", "release", "--product", "millrace"], env=environment, stdout=subprocess.DEVNULL)
