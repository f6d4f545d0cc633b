#!/usr/bin/env python3
"""Rotates what senders prove themselves with while they send, over TLS to the real program: token and secret of a source, the app's secret, the
admin token, the certificate.

The old ones first, then both (SIGHUP), then every sender moves to the new ones in its turn, then the new ones alone (SIGHUP); a faulty file in
between changes nothing. Printed: how many requests were refused, which must be none, with some under way at every reload, and whether the old
ones are good for nothing afterwards; then the same without the time in which both count, which must refuse some. One line per check; exit 1
when any failed. Ends by itself.
"""

import argparse
import hashlib
import hmac
import http.client
import json
import os
import secrets
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from flood import Sender  # noqa: E402
from rig import REPOSITORY, Rig, rows, signature  # noqa: E402

SHOPS, HOOKS, SLOW = 6, 2, 2
PER_SECOND = 25
DATASET = "900100200300401"
FAULTY = '{"listen": {"address": "127.0.0.1:1"}, "sources": [{"name": "shop", "tokn": "x"}]'


class Keys:
    """Everything that is rotated, old and new; each value in a file of its own, as a mounted secret is."""

    def __init__(self, rig):
        self.rig = rig
        self.values = {}
        for name in ("token", "secret", "app", "admin"):
            for age in ("old", "new"):
                self.values[name, age] = secrets.token_hex(16)
                with open(rig.path(f"{name}-{age}"), "w", encoding="ascii") as file:
                    file.write(self.values[name, age] + "\n")
        self.certificates = {"old": "certs"}
        subprocess.run(["/bin/sh", os.path.join(REPOSITORY, "certs/make-dev-certs.sh"), rig.path("certs-new")],
                       check=True, timeout=30, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.certificates["new"] = "certs-new"
        # A client that trusts both: what it sees is compared by the certificate itself.
        with open(rig.path("both.pem"), "wb") as both:
            for folder in self.certificates.values():
                with open(rig.path(f"{folder}/ca.pem"), "rb") as file:
                    both.write(file.read())

    def __getitem__(self, key):
        return self.values[key]

    def configure(self, *ages):
        """In force from the next start or SIGHUP on; the newest first."""
        def files(name):
            return [f"${{file:{self.rig.path(f'{name}-{age}')}}}" for age in ages]

        folder = self.certificates[ages[0]]
        self.rig.write("touchstone.yaml", {
            "listen": {"address": f"127.0.0.1:{self.rig.port}", "certificate": self.rig.path(f"{folder}/server.pem"),
                       "private_key": self.rig.path(f"{folder}/server.key")},
            "admin": {"address": f"127.0.0.1:{self.rig.admin_port}", "token": files("admin")[0]},
            "storage": {"url": self.rig.storage_url},
            "graph": {"base_url": "http://127.0.0.1:1", "version": "v26.0", "writes": "off"},
            "keys": {"current": "${CHAOS_KEY}"},
            "apps": [{"name": "main", "id": "1", "secrets": files("app"), "verify_token": "${CHAOS_VERIFY}"}],
            "workspaces": [{"name": "studio", "app": "main", "token": "${CHAOS_ADMIN}", "accounts": ["act_1"]}],
            "sources": [{"name": "shop", "workspace": "studio", "tokens": files("token"), "secrets": files("secret"),
                         "datasets": [DATASET], "consent": {"from": "custom_data.consent", "without": "send"}}]})


class Proven(Sender):
    """A sender that proves itself with the old or the new ones, whichever it has been told to use."""

    def __init__(self, rig, keys, number):
        super().__init__(rig.port, rig.path("both.pem"), (None, DATASET), 3, f"{secrets.token_hex(4)}{number}")
        self.keys, self.age = keys, "old"

    def request(self):
        token, secret = self.keys["token", self.age], self.keys["secret", self.age]
        self.token = token + '","appsecret_proof":"' + hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        return super().request()


class Hook(Proven):
    def request(self):
        self.number += 1
        body = json.dumps({"object": "ad_account", "entry": [{"id": "1", "time": int(time.time()), "changes": [
            {"field": "subscriptions", "value": {"account_id": "1", "object_id": f"{self.salt}-{self.number}", "object_type": "campaign"}}]}]}).encode()
        return (f"POST /webhooks/meta HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                f"X-Hub-Signature-256: {signature(self.keys['app', self.age], body)}\r\n\r\n").encode() + body


class Slow(Proven):
    """Takes most of a second for a request, so that one is under way at every reload."""

    def send(self, request):
        self.begin(request)
        time.sleep(0.8)
        return self.finish()

    def begin(self, request):
        if self.channel is None:
            self.connect()
        self.channel.sendall(request[:-40])
        self.rest = request[-40:]

    def finish(self):
        return super().send(self.rest)


class Load:
    def __init__(self, rig, keys):
        self.senders = [kind(rig, keys, number) for number, kind in enumerate([Proven] * SHOPS + [Hook] * HOOKS + [Slow] * SLOW)]
        self.ended, self.lock = threading.Event(), threading.Lock()
        self.statuses, self.under_way, self.connections = {}, 0, 0
        self.threads = [threading.Thread(target=self.drive, args=(sender,)) for sender in self.senders]
        for thread in self.threads:
            thread.start()

    def drive(self, sender):
        while not self.ended.is_set():
            began = time.monotonic()
            with self.lock:
                self.under_way += 1
                self.connections += sender.channel is None
            status = sender.send(sender.request())
            with self.lock:
                self.under_way -= 1
                self.statuses[status] = self.statuses.get(status, 0) + 1
            self.ended.wait(max(0, 1 / PER_SECOND - (time.monotonic() - began)))
        sender.close()

    def move(self, seconds):
        """Every sender to the new ones, one by one."""
        for sender in self.senders:
            sender.age = "new"
            time.sleep(seconds / len(self.senders))

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(20)

    @property
    def taken(self):
        return self.statuses.get(200, 0)

    @property
    def refused(self):
        return sum(count for status, count in self.statuses.items() if status != 200)


class Run:
    def __init__(self, options, name):
        self.folder = os.path.join(options.keep, name) if options.keep else tempfile.mkdtemp(prefix="touchstone-rotation-")
        rig = self.rig = Rig(self.folder, options.program)
        self.keys = Keys(rig)
        self.keys.configure("old")
        rig.tls.load_verify_locations(rig.path("both.pem"))
        self.under_way = []

    def log(self, text):
        with open(self.rig.path("serve.log"), encoding="utf-8", errors="replace") as file:
            return file.read().count(text)

    def hang_up(self, load, answer="Read the configuration again."):
        """SIGHUP, and until the gateway has said what it made of it."""
        before = self.log(answer)
        with load.lock:
            self.under_way.append(load.under_way)
        os.kill(self.rig.gateway.pid, signal.SIGHUP)
        end = time.monotonic() + 10
        while self.log(answer) == before:
            if time.monotonic() > end or self.rig.gateway.poll() is not None:
                raise SystemExit(f"no answer to SIGHUP; see {self.rig.path('serve.log')}")
            time.sleep(0.01)

    def certificate(self):
        """Which one a new connection is shown."""
        connection = self.rig.connection()
        try:
            connection.connect()
            shown = connection.sock.getpeercert(binary_form=True)
        finally:
            connection.close()

        for age, folder in self.keys.certificates.items():
            with open(self.rig.path(f"{folder}/server.pem"), encoding="ascii") as file:
                text = file.read()
            first = text[: text.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")] + "\n"
            if ssl.PEM_cert_to_DER_cert(first) == shown:
                return age
        return "neither"

    def ask(self, kind, age, secret_age=None):
        """Status and Graph code of one request with these."""
        sender = kind(self.rig, self.keys, 99)
        sender.age = age
        if secret_age:
            values = dict(self.keys.values)
            values["secret", age] = values["secret", secret_age]
            sender.keys = values
        head, _, body = sender.request().partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        connection = self.rig.connection()
        try:
            connection.request("POST", head.decode().split(" ")[1], body, fields)
            answer = connection.getresponse()
            text = answer.read()
            code = json.loads(text).get("error", {}).get("code") if text.startswith(b"{") else None
            return answer.status, code
        finally:
            connection.close()

    def admin(self, age):
        connection = http.client.HTTPConnection("127.0.0.1", self.rig.admin_port, timeout=5)
        try:
            connection.request("GET", "/v1/status", headers={"Authorization": "Bearer " + self.keys["admin", age]})
            return connection.getresponse().status
        finally:
            connection.close()

    def stored(self):
        database = self.rig.database()
        try:
            return rows(database, "SELECT COUNT(*) FROM deliveries")[0][0]
        finally:
            database.close()


def rotate(options, check):
    run = Run(options, "overlap")
    rig, keys = run.rig, run.keys
    try:
        rig.start_gateway()
        load = Load(rig, keys)
        try:
            time.sleep(1.5)
            keys.configure("new", "old")
            run.hang_up(load)
            check(run.certificate() == "new", "a new connection is shown the new certificate")
            check((run.admin("old"), run.admin("new")) == (401, 200), "the admin port takes the new token and no longer the old one")
            load.move(3)
            with open(rig.path("touchstone.yaml"), encoding="utf-8") as file:
                good = file.read()
            with open(rig.path("touchstone.yaml"), "w", encoding="utf-8") as file:
                file.write(FAULTY)
            run.hang_up(load, "The configuration is faulty; the one before stays in force.")
            with open(rig.path("touchstone.yaml"), "w", encoding="utf-8") as file:
                file.write(good.replace(f"127.0.0.1:{rig.port}", "127.0.0.1:1"))
            run.hang_up(load, "A part of the configuration needs a restart and stays as it was.")
            time.sleep(1)
            keys.configure("new")
            late = Slow(rig, keys, 98)
            late.begin(late.request())
            time.sleep(0.3)
            run.hang_up(load)
            late = late.finish()
            time.sleep(1.5)
        finally:
            load.stop()
        check(load.refused == 0 and load.taken > 500,
              f"none of {load.taken + load.refused} requests was refused over four reloads, {run.under_way} under way at each: {load.statuses}")
        check(min(run.under_way) > 0, "some were under way at every reload")
        check(load.connections == len(load.senders), f"no connection was given up: {load.connections} for {len(load.senders)} senders")
        check(late == 200, f"a request that began while the old ones counted is taken, though it ends when they don't: {late}")
        check(run.stored() == load.taken + 1, f"each of them is stored: {run.stored()}")
        check(run.ask(Proven, "old") == (401, 190), f"the old token is refused: {run.ask(Proven, 'old')}")
        check(run.ask(Proven, "new", "old")[0] == 400, f"the old secret proves nothing: {run.ask(Proven, 'new', 'old')}")
        check(run.ask(Hook, "old")[0] == 401, f"the app's old secret signs nothing: {run.ask(Hook, 'old')}")
        check((run.ask(Proven, "new")[0], run.ask(Hook, "new")[0]) == (200, 200), "the new ones are taken")
        with open(rig.path("serve.log"), encoding="utf-8") as file:
            log = file.read()
        check("listen.address" in log, "what needs a restart is named in the log")
        check(not any(value in log for value in keys.values.values()), "no token and no secret stands in the log")
    finally:
        rig.stop_all()
    if not options.keep:
        shutil.rmtree(run.folder)


def control(options, check):
    run = Run(options, "control")
    rig, keys = run.rig, run.keys
    try:
        rig.start_gateway()
        load = Load(rig, keys)
        try:
            time.sleep(1)
            keys.configure("new")
            run.hang_up(load)
            load.move(2)
            time.sleep(0.5)
        finally:
            load.stop()
        check(load.refused > 0, f"control: without a time in which both count, requests are refused: {load.statuses}")
    finally:
        rig.stop_all()
    if not options.keep:
        shutil.rmtree(run.folder)


def main(options):
    failures = []

    def check(is_good, text):
        print(f"{'ok  ' if is_good else 'FAIL'} {text}", flush=True)
        if not is_good:
            failures.append(text)

    rotate(options, check)
    control(options, check)
    return 1 if failures else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=os.path.join(REPOSITORY, ".build/debug"))
    parser.add_argument("--keep", help="a folder for what is left, to look into")
    sys.exit(main(parser.parse_args()))
