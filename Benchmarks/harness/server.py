"""Servers under test, and what the host says of them."""
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from . import build

HTTP_PORT = int(os.environ.get("BENCH_PORT", "24080"))
MEDIA_PORT = int(os.environ.get("BENCH_MEDIA_PORT", str(HTTP_PORT + 620)))


def threads(pid):
    """Nanoseconds of CPU by thread id, with its name."""
    result = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            result[task.name] = ((task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[0]))
        except (OSError, IndexError):
            pass
    return result


def resident(pid):
    """Bytes of anonymous and of all resident memory."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(fields["RssAnon"].split()[0]) * 1024, int(fields["VmRSS"].split()[0]) * 1024


def metrics(url):
    """Sums over shards by name, and the drops by reason, histograms by bound."""
    sums = {}
    for line in urllib.request.urlopen(url + "/metrics", timeout=5).read().decode().splitlines():
        if line.startswith("#") or " " not in line:
            continue
        name, value = line.rsplit(" ", 1)
        family = name.split("{")[0]
        if "reason=" in name:
            family += ":" + name.split('reason="')[1].split('"')[0]
        elif "le=" in name:
            family += ":" + name.split('le="')[1].split('"')[0]
        sums[family.removeprefix("millrace_")] = sums.get(family.removeprefix("millrace_"), 0) + float(value)
    return sums


class Millrace:
    name = "millrace"

    def __init__(self, log, cpus=(0,), more=()):
        self.log = open(log, "wb")
        self.url = f"http://127.0.0.1:{HTTP_PORT}"
        self.process = subprocess.Popen(
            [str(build.SERVER), "serve", "--dev", "--shards", str(len(cpus)), "--cpus", ",".join(map(str, cpus)),
             "--port", str(HTTP_PORT), "--media-port", str(MEDIA_PORT), "--room-peers-max", "4000",
             "--log-level", "warning", *more], stdout=self.log, stderr=subprocess.STDOUT)
        self.pid = self.process.pid
        self.wait()

    def wait(self):
        for _ in range(100):
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with status {self.process.returncode}; see {self.log.name}")
            try:
                metrics(self.url)
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise SystemExit("the server does not answer within 10 s")

    def sample(self):
        return {"time": time.monotonic(), "threads": threads(self.pid), "resident": resident(self.pid),
                "metrics": metrics(self.url)}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
