#!/usr/bin/env python3
"""One source offers five times its budget while twenty others send 20 requests a second each, over TLS to the real program.

Printed: errors and p99 of the others while the flood is away and while it is there, counted from the time at which each request was due;
then the same flood where the budget is absent, which must disturb them. One line per check; exit 1 when any failed. Ends by itself.
"""

import argparse
import collections
import json
import multiprocessing
import os
import random
import secrets
import shutil
import socket
import ssl
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import Rig  # noqa: E402

OTHERS = 20
PER_SECOND = 20
FACTOR = 5
PROCESSES = 4
FLOODERS = 24


def configure(rig, budget):
    names = ["flood"] + [f"shop{number}" for number in range(OTHERS)]
    for name in names:
        rig.secrets.setdefault(f"CHAOS_{name.upper()}", secrets.token_hex(16))
    # The flooding source is like every other: the same budget for all.
    per_source = {"per_second": budget} if budget else {"requests": None, "bytes": None, "per_second": None}
    rig.write("touchstone.yaml", {
        "listen": {"address": f"127.0.0.1:{rig.port}", "certificate": rig.path("certs/server.pem"), "private_key": rig.path("certs/server.key")},
        "admin": {"address": f"127.0.0.1:{rig.admin_port}", "token": "${CHAOS_ADMIN}"},
        "storage": {"url": rig.storage_url},
        "graph": {"base_url": "http://127.0.0.1:1", "version": "v26.0", "writes": "off"},
        "keys": {"current": "${CHAOS_KEY}"},
        "apps": [{"name": "main", "id": "1", "secrets": ["${CHAOS_APP_SECRET}"], "verify_token": "${CHAOS_VERIFY}"}],
        "workspaces": [{"name": "studio", "app": "main", "token": "${CHAOS_ADMIN}", "accounts": ["act_1"]}],
        "sources": [{"name": name, "workspace": "studio", "token": f"${{CHAOS_{name.upper()}}}", "datasets": [str(1000 + place)],
                     "consent": {"from": "custom_data.consent", "without": "send"}} for place, name in enumerate(names)],
        "limits": {"per_source": per_source}})
    return [(rig.secrets[f"CHAOS_{name.upper()}"], str(1000 + place)) for place, name in enumerate(names)]


class Sender:
    """One source on one kept-alive connection; a request is due at its time, whatever became of the one before."""

    def __init__(self, port, authority, source, events, salt):
        self.address, self.authority = ("127.0.0.1", port), authority
        self.token, self.dataset = source
        self.events, self.salt, self.number = events, salt, 0
        self.channel = None

    def request(self):
        self.number += 1
        now = int(time.time())
        events = ",".join(
            '{"event_name":"Purchase","event_time":%d,"event_id":"%s-%d-%d","action_source":"website","event_source_url":"https://shop.example/t",'
            '"user_data":{"em":["jane%d@shop.example"],"ph":"+48 600 700 800","client_user_agent":"Mozilla/5.0","client_ip_address":"203.0.113.7"},'
            '"custom_data":{"value":129.9,"currency":"EUR","consent":true}}' % (now, self.salt, self.number, place, place)
            for place in range(self.events))
        body = ('{"access_token":"%s","data":[%s]}' % (self.token, events)).encode()
        head = (f"POST /v26.0/{self.dataset}/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        return head + body

    def connect(self):
        context = ssl.create_default_context(cafile=self.authority)
        raw = socket.create_connection(self.address, timeout=10)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.channel = context.wrap_socket(raw, server_hostname="localhost")

    def send(self, request):
        """The status; 0 when none came."""
        try:
            if self.channel is None:
                self.connect()
            self.channel.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = self.channel.recv(16384)
                if not piece:
                    raise ConnectionError
                answer += piece
            head, _, body = answer.partition(b"\r\n\r\n")
            fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
            left = int(fields.get(b"content-length", b"0")) - len(body)
            while left > 0:
                left -= len(self.channel.recv(16384)) or left
            if fields.get(b"connection") == b"close":
                self.close()
            return int(head.split(b" ", 2)[1])
        except (OSError, ssl.SSLError, ValueError, IndexError):
            self.close()
            return 0

    def close(self):
        if self.channel is not None:
            self.channel.close()
            self.channel = None


def drive(sender, per_second, offset, start, seconds, take):
    sender.connect()
    for turn in range(int(per_second * seconds)):
        due = start + offset + turn / per_second
        request = sender.request()
        pause = due - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        elif -pause > seconds:
            break
        status = sender.send(request)
        take(status, time.monotonic() - due)
    sender.close()


def process(port, authority, plan, start, seconds, pipe):
    """One process with a thread for each (source, rate, offset, events)."""
    lock, found = threading.Lock(), []

    def take(status, took):
        with lock:
            found.append((status, took))

    threads = []
    for number, (source, rate, offset, events) in enumerate(plan):
        sender = Sender(port, authority, source, events, f"{secrets.token_hex(4)}{number}")
        threads.append(threading.Thread(target=drive, args=(sender, rate, offset, start, seconds, take)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pipe.send(found)
    pipe.close()


def cpu():
    """Busy and all ticks of the machine."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = [int(field) for field in file.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def own_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000 if values else float("nan")


def phase(rig, sources, seconds, flood, events, draw):
    """All processes at once; what the others saw, what the flood saw, and how busy the machine was."""
    start = time.monotonic() + 1.5
    plans = [[] for _ in range(PROCESSES)]
    for place, source in enumerate(sources[1:]):
        plans[place % PROCESSES].append((source, PER_SECOND, draw.random() / PER_SECOND, 1))
    if flood:
        plans.append([(sources[0], flood / FLOODERS, place / flood, events) for place in range(FLOODERS)])
    running = []
    for plan in plans:
        mine, theirs = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.Process(target=process, args=(rig.port, rig.path("certs/ca.pem"), plan, start, seconds, theirs), daemon=True)
        child.start()
        theirs.close()
        running.append((child, mine))
    time.sleep(max(0, start - time.monotonic()))
    before, own = cpu(), own_seconds(rig.gateway.pid)
    time.sleep(seconds)
    after, took = cpu(), own_seconds(rig.gateway.pid) - own
    found = [mine.recv() if mine.poll(15) else None for _, mine in running]
    for child, _ in running:
        child.join(1)
        child.kill()
    if None in found:
        raise SystemExit("a part of the load has not come back")
    others = [answer for part in found[:PROCESSES] for answer in part]
    result = {
        "sent": len(others), "errors": sum(status != 200 for status, _ in others), "p50": quantile([took for _, took in others], 0.5),
        "p99": quantile([took for _, took in others], 0.99), "max": quantile([took for _, took in others], 1),
        "cpu": 100 * (after[0] - before[0]) / max(1, after[1] - before[1]), "gateway": 100 * took / seconds,
        "flood": collections.Counter(status for part in found[PROCESSES:] for status, _ in part)}
    return result


def tell(name, result):
    flood = ", flood " + " ".join(f"{status or 'none'}:{count}" for status, count in sorted(result["flood"].items())) if result["flood"] else ""
    print(f"{name:<16} others: {result['sent']} sent, {result['errors']} errors, p50 {result['p50']:.1f} ms, p99 {result['p99']:.1f} ms, "
          f"max {result['max']:.0f} ms; machine {result['cpu']:.0f} % busy, gateway {result['gateway']:.0f} % of a core{flood}", flush=True)
    return result


def median(results):
    """Of several rounds: the median of what was measured, the sum of what was counted."""
    middle = {name: statistics.median(result[name] for result in results) for name in ("p50", "p99", "max", "cpu", "gateway")}
    return {**middle, "sent": sum(result["sent"] for result in results), "errors": sum(result["errors"] for result in results),
            "flood": sum((result["flood"] for result in results), collections.Counter())}


def fsyncs(folder, count=60):
    path = os.path.join(folder, "fsync")
    handle, took = os.open(path, os.O_WRONLY | os.O_CREAT), []
    for _ in range(count):
        os.write(handle, b"x" * 4096)
        begun = time.monotonic()
        os.fsync(handle)
        took.append(time.monotonic() - begun)
    os.close(handle)
    os.unlink(path)
    return f"fsync p50 {statistics.median(took) * 1000:.2f} ms, p99 {quantile(took, 0.99):.2f} ms"


def run(options):
    folder = options.keep or tempfile.mkdtemp(prefix="touchstone-flood-")
    rig = Rig(folder, options.program, log_level="warning")
    draw, failed = random.Random(1), []

    def check(name, holds):
        print(("ok   " if holds else "FAIL ") + name, flush=True)
        if not holds:
            failed.append(name)

    try:
        flood = options.budget * FACTOR
        print(f"{OTHERS} sources with {PER_SECOND}/s of one event each; one with {flood}/s of {options.events}, budget {options.budget}/s; "
              + fsyncs(folder), flush=True)
        sources = configure(rig, options.budget)
        rig.start_gateway()
        phase(rig, sources, 2, 0, options.events, draw)  # connections, caches and statements are warm from here on
        # Quiet and flooded by turns: what else the machine does comes and goes.
        turns = [(tell("quiet", phase(rig, sources, options.seconds, 0, options.events, draw)),
                  tell("flood", phase(rig, sources, options.seconds, flood, options.events, draw))) for _ in range(options.rounds)]
        quiet, under = (median(results) for results in zip(*turns))
        rig.stop(rig.gateway)
        configure(rig, None)
        rig.start_gateway()
        control = median([tell("without budget", phase(rig, sources, options.seconds, flood, options.events, draw))
                          for _ in range(options.rounds)])
        rig.stop(rig.gateway)
        check("the others have no error while one floods", under["errors"] == 0 and quiet["errors"] == 0)
        check(f"their p99 is under twice the quiet one ({under['p99'] / quiet['p99']:.2f})", under["p99"] < 2 * quiet["p99"])
        taken, offered = under["flood"][200], sum(under["flood"].values())
        check(f"the flood gets its budget and no more ({taken} of {offered}; budget {options.budget * options.seconds * options.rounds} and a second's worth a round)",
              0.7 * options.budget * options.seconds * options.rounds <= taken
              <= options.budget * (options.seconds + 2) * options.rounds and under["flood"][0] == 0)
        check(f"the machine is busy for less than 80 % ({under['cpu']:.0f} %)", under["cpu"] < 80)
        check(f"control: without the budget the flood disturbs them (p99 {control['p99'] / quiet['p99']:.1f} times, {control['errors']} errors)",
              control["p99"] >= 2 * quiet["p99"] or control["errors"] > 0)
    finally:
        rig.stop_all()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"ok": not failed, "quiet_p99_ms": round(quiet["p99"], 2), "flood_p99_ms": round(under["p99"], 2),
                      "control_p99_ms": round(control["p99"], 2), "errors": under["errors"]}))
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budget", type=int, default=60, help="requests per second that every source may send")
    parser.add_argument("--events", type=int, default=20, help="events in each request of the flood")
    parser.add_argument("--seconds", type=int, default=12, help="of each phase")
    parser.add_argument("--rounds", type=int, default=3, help="quiet and flooded by turns, so many times; the medians are compared")
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--keep")
    sys.exit(run(parser.parse_args()))
