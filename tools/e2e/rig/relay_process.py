"""A link in a process of its own, between clients and the server's media port. `relay.py` starts it.

    python -m rig.relay_process LISTEN_PORT SERVER_PORT LOG

Each client's address has a socket of its own towards the server. Lines of JSON on standard input set the link of a
flow, named by the order in which flows were first seen, or of all that appear from now on:

    {"flow": 1, "kbit": 500, "queue_ms": 200, "delay_ms": 20, "loss": 0.05}

The rate and its drop-tail queue are those of the way down, delay and loss are of both ways. LOG gets a line of JSON for
each flow ten times a second: what came down the link, what was dropped, how long the queue was.
"""
import dataclasses
import heapq
import json
import os
import random
import select
import socket
import sys
import time

LOG_SECONDS = 0.1
BUFFER_BYTES = 4 << 20


@dataclasses.dataclass
class Link:
    kbit: float = 0
    queue_ms: float = 200
    delay_ms: float = 0
    loss: float = 0


class Flow:
    """One client."""

    def __init__(self, client, number: int, link: Link):
        self.client, self.number, self.link = client, number, link
        self.socket = bound_socket(0)
        #: When the last byte that was taken in will have left the bottleneck.
        self.busy_until = 0.0
        self.forget()

    def forget(self):
        self.offered_bytes = self.passed_bytes = self.dropped = self.lost = 0
        self.queue_ms_most = 0.0


def bound_socket(port: int):
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    made.bind(('127.0.0.1', port))
    made.setblocking(False)
    return made


class Relay:
    def __init__(self, port: int, server_port: int, log):
        self.server, self.log = ('127.0.0.1', server_port), log
        self.front = bound_socket(port)
        self.flows, self.by_descriptor = {}, {}
        self.links, self.standard = {}, Link()
        self.departures, self.count = [], 0
        self.dice = random.Random(1)
        self.poll = select.epoll()
        self.poll.register(self.front, select.EPOLLIN)
        self.poll.register(sys.stdin, select.EPOLLIN)
        self.started = time.monotonic()

    def command(self, line: str):
        order = json.loads(line)
        flow = order.pop('flow', None)
        if flow is None:
            self.standard = dataclasses.replace(self.standard, **order)
            return
        self.links[flow] = dataclasses.replace(self.links.get(flow, self.standard), **order)
        for known in self.flows.values():
            if known.number == flow:
                known.link = self.links[flow]

    def flow_of(self, client) -> Flow:
        flow = self.flows.get(client)
        if not flow:
            number = len(self.flows)
            flow = self.flows[client] = Flow(client, number, self.links.get(number, self.standard))
            self.by_descriptor[flow.socket.fileno()] = flow
            self.poll.register(flow.socket, select.EPOLLIN)
        return flow

    def later(self, at: float, sender, data: bytes, to):
        self.count += 1
        heapq.heappush(self.departures, (at, self.count, sender, data, to))

    def up(self, data: bytes, client):
        flow, now = self.flow_of(client), time.monotonic()
        if self.dice.random() >= flow.link.loss:
            self.later(now + flow.link.delay_ms / 1e3, flow.socket, data, self.server)

    def down(self, flow: Flow, data: bytes):
        now, link = time.monotonic(), flow.link
        flow.offered_bytes += len(data)
        leaves = now
        if link.kbit:
            waits = max(0.0, flow.busy_until - now)
            flow.queue_ms_most = max(flow.queue_ms_most, waits * 1e3)
            if waits * 1e3 > link.queue_ms:
                flow.dropped += 1
                return
            flow.busy_until = leaves = now + waits + len(data) * 8 / (link.kbit * 1e3)
        if self.dice.random() < link.loss:
            flow.lost += 1
            return
        flow.passed_bytes += len(data)
        self.later(leaves + link.delay_ms / 1e3, self.front, data, flow.client)

    def take(self, descriptor: int):
        flow = self.by_descriptor.get(descriptor)
        for _ in range(64):
            try:
                if flow:
                    self.down(flow, flow.socket.recv(65535))
                else:
                    self.up(*self.front.recvfrom(65535))
            except BlockingIOError:
                return
            except ConnectionRefusedError:
                continue

    def depart(self):
        while self.departures and self.departures[0][0] <= time.monotonic():
            _, _, sender, data, to = heapq.heappop(self.departures)
            try:
                sender.sendto(data, to)
            except OSError:
                pass  # a client that has gone

    def write_log(self):
        at = round(time.monotonic() - self.started, 2)
        for flow in self.flows.values():
            self.log.write(json.dumps({
                'at': at, 'clock': round(time.time(), 3), 'flow': flow.number, 'link_kbit': flow.link.kbit,
                'offered_kbit': round(flow.offered_bytes * 8 / LOG_SECONDS / 1e3),
                'passed_kbit': round(flow.passed_bytes * 8 / LOG_SECONDS / 1e3),
                'dropped': flow.dropped, 'lost': flow.lost, 'queue_ms': round(flow.queue_ms_most, 1)}) + '\n')
            flow.forget()
        self.log.flush()

    def run(self):
        next_log = time.monotonic() + LOG_SECONDS
        while True:
            due = min(next_log, self.departures[0][0] if self.departures else next_log)
            for descriptor, _ in self.poll.poll(max(0.0, due - time.monotonic())):
                if descriptor != sys.stdin.fileno():
                    self.take(descriptor)
                elif text := os.read(descriptor, 1 << 16):
                    for line in text.splitlines():
                        self.command(line)
                else:
                    return
            self.depart()
            if time.monotonic() >= next_log:
                self.write_log()
                next_log += LOG_SECONDS


if __name__ == '__main__':
    with open(sys.argv[3], 'w') as log_file:
        relay = Relay(int(sys.argv[1]), int(sys.argv[2]), log_file)
        print('ready', flush=True)
        relay.run()
