"""What the chaos scripts share: a folder, the two programs as processes, a signing client over keep-alive TLS."""

import hashlib
import hmac
import http.client
import json
import os
import secrets
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def wall_us():
    return time.time_ns() // 1000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def midday_zone():
    """A time zone where no midnight is near: a new day would change every figure in the middle of a run."""
    zones = ["Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "Asia/Tokyo", "America/Los_Angeles", "Pacific/Auckland"]
    now = datetime.now(timezone.utc)
    return min(zones, key=lambda name: abs(now.astimezone(ZoneInfo(name)).hour - 11))


def signature(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Journal:
    """JSON lines, each written whole and at once; survives whatever happens to the writer."""

    def __init__(self, path):
        self.handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.lock = threading.Lock()

    def add(self, **record):
        line = (json.dumps(record, ensure_ascii=True) + "\n").encode()
        with self.lock:
            os.write(self.handle, line)

    def sync(self):
        os.fsync(self.handle)

    def close(self):
        self.sync()
        os.close(self.handle)


class FsyncProbe(threading.Thread):
    """What a write of 4 KiB to the disk takes meanwhile, in ms, ten times a second: a disk that others use explains much."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.path, self.ended, self.times = os.path.join(folder, "fsync.probe"), threading.Event(), []
        self.start()

    def run(self):
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o600)
        while not self.ended.wait(0.1):
            began = time.monotonic()
            os.pwrite(handle, bytes(4096), 0)
            os.fsync(handle)
            self.times.append((time.monotonic() - began) * 1_000)
        os.close(handle)

    def __str__(self):
        self.ended.set()
        self.join()
        times = sorted(self.times) or [float("nan")]
        return f"fsync p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms, max {times[-1]:.1f} ms"


class Rig:
    """One folder with certificates, configuration, the emulator and the gateway; ends only what it started."""

    def __init__(self, folder, program, log_level="notice"):
        self.folder = os.path.abspath(folder)
        self.program = os.path.abspath(program)
        self.log_level = log_level
        self.processes = []
        self.gateway = None
        self.emulator = None
        self.serve_options = []
        self.process_options = {}
        self.secrets = {
            "CHAOS_APP_SECRET": secrets.token_hex(16),
            "CHAOS_KEY": secrets.token_hex(32),
            "CHAOS_ADMIN": secrets.token_hex(24),
            "CHAOS_VERIFY": secrets.token_hex(12),
        }
        os.makedirs(self.path("rules"), exist_ok=True)
        if os.path.exists(self.path("touchstone.db")):
            sys.exit(f"{self.folder} holds an earlier run; give another folder.")
        subprocess.run(["/bin/sh", os.path.join(REPOSITORY, "certs/make-dev-certs.sh"), self.path("certs")],
                       check=True, timeout=30, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.port = free_port()
        self.admin_port = free_port()
        self.tls = ssl.create_default_context(cafile=self.path("certs/ca.pem"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, document):
        with open(self.path(name), "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1)

    # processes

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "TZ", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return {**kept, **self.secrets}

    def start_emulator(self, scenario):
        self.write("scenario.yaml", scenario)
        port_file = self.path("emulator.port")
        with open(self.path("emulator.out"), "ab") as output:
            self.emulator = subprocess.Popen(
                [os.path.join(self.program, "graph-emulator"), "--scenario", self.path("scenario.yaml"), "--log",
                 self.path("emulator.log"), "--port-file", port_file],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=self.environment())
        self.processes.append(self.emulator)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if self.emulator.poll() is not None:
                raise SystemExit(f"graph-emulator ended at once; see {self.path('emulator.out')}")
            try:
                with open(port_file, encoding="ascii") as file:
                    self.graph_port = int(file.read().strip())
                    return
            except (FileNotFoundError, ValueError):
                time.sleep(0.02)
        raise SystemExit("graph-emulator did not open its port")

    def start_gateway(self, within=30.0):
        self.killed_us = None
        with open(self.path("serve.log"), "ab") as output:
            self.gateway = subprocess.Popen(
                [os.path.join(self.program, "touchstone"), "serve", "--config", self.path("touchstone.yaml"), "--log-level",
                 self.log_level, *self.serve_options],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=self.environment(), **self.process_options)
        self.processes.append(self.gateway)
        end = time.monotonic() + within
        while time.monotonic() < end:
            if self.gateway.poll() is not None:
                raise SystemExit(f"touchstone serve ended with {self.gateway.returncode}; see {self.path('serve.log')}")
            if self.is_healthy():
                return
            time.sleep(0.02)
        raise SystemExit(f"touchstone serve is not healthy; see {self.path('serve.log')}")

    def is_healthy(self):
        connection = self.connection(timeout=2)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill_gateway(self):
        if self.gateway.returncode is None:
            self.killed_us = self.killed_us or wall_us()
            os.kill(self.gateway.pid, signal.SIGKILL)

    def stop(self, process, grace=15.0):
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)

    def stop_all(self):
        for process in reversed(self.processes):
            self.stop(process)

    def command(self, *arguments, timeout=60):
        """A command of the product with the configuration; (exit code, what it printed)."""
        done = subprocess.run(
            [os.path.join(self.program, "touchstone"), *arguments, "--config", self.path("touchstone.yaml")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self.environment(), timeout=timeout)
        return done.returncode, done.stdout

    # the emulator's control

    def control(self, method, path, document=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.graph_port, timeout=120)
        try:
            connection.request(method, "/_emulator/" + path, json.dumps(document, ensure_ascii=False).encode() if document is not None else None,
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise SystemExit(f"emulator {method} {path}: {answer.status} {text[:300]!r}")
            return text
        finally:
            connection.close()

    def emulator_log(self):
        with open(self.path("emulator.log"), "rb") as file:
            data = file.read()
        return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]

    # the client

    def connection(self, timeout=10):
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.tls)

    def send(self, connection, body, path="/webhooks/meta"):
        """One signed delivery over a kept-alive connection; the status."""
        connection.request("POST", path, body, {
            "Content-Type": "application/json", "User-Agent": "Webhooks/1.0 (https://fb.me/webhooks)",
            "X-Hub-Signature-256": signature(self.secrets["CHAOS_APP_SECRET"], body)})
        answer = connection.getresponse()
        answer.read()
        return answer.status

    @property
    def storage_url(self):
        return "sqlite:" + self.path("touchstone.db")

    def database(self):
        return sqlite3.connect(f"file:{self.path('touchstone.db')}?mode=ro", uri=True, timeout=10)


def rows(database, statement, *binds):
    return database.execute(statement, binds).fetchall()


def waiting(database, within_ms=1_000):
    """What is not finished: by name, how many. Follow-ups that are due later don't count."""
    soon = time.time_ns() // 1_000_000 + within_ms
    found = {
        "undecoded": rows(database, "SELECT COUNT(*) FROM deliveries WHERE decoded = 0")[0][0],
        "jobs": rows(database, "SELECT COUNT(*) FROM jobs WHERE state IN ('open', 'held')")[0][0],
        "outbox": rows(database, "SELECT COUNT(*) FROM outbox WHERE state IN ('open', 'held')")[0][0],
        # a leased row has an owner, and is under way however late its lease ends
        "touched": rows(database, "SELECT COUNT(*) FROM touched_entities WHERE state = 'open' AND (due_at <= ? OR last_read_at IS NULL)",
                        soon)[0][0],
    }
    return {name: count for name, count in found.items() if count}


def settle(rig, bound, quiet=4):
    """Waits until nothing waits, several looks in a row; what was left otherwise."""
    end = time.monotonic() + bound
    calm, left = 0, {}
    while time.monotonic() < end:
        database = rig.database()
        try:
            left = waiting(database)
        finally:
            database.close()
        calm = 0 if left else calm + 1
        if calm >= quiet:
            return {}
        time.sleep(0.25)
    return left
