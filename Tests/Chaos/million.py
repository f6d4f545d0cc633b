#!/usr/bin/env python3
"""One million stored events: how soon a gateway listens, and how long each list of the admin port takes while 500 deliveries/s come in.

    million.py --program .build/release [--folder DIR] [--postgres URL] [--events 1000000] [--seconds 60] [--rate 500]

Fills a database that `touchstone migrate` has made: a SQLite file, or the empty PostgreSQL database of URL, by COPY through `psql`.
The rows are as the gateway writes them, but for what is sealed, which is random here and of the usual size.
Prints a table; exit code 1 when listening took a second or a list's p99 is 100 ms or more (debug builds: only told).
"""
import argparse
import hashlib
import hmac
import http.client
import json
import os
import random
import secrets
import shutil
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

from rig import REPOSITORY, free_port

DAY = 86_400_000
WORKSPACES = [f"shop-{number}" for number in range(20)]
KINDS = [("ad_account", "subscriptions", "ad_account.subscriptions"), ("page", "leadgen", "page.leadgen"),
         ("page", "feed", "page.feed.comment.add"), ("instagram", "comments", "instagram.comments"),
         ("application", "ads_rules_engine", "application.ads_rules_engine"), ("ad_account", "field_changed", "ad_account.field_changed")]
REASONS = ["graph_100: Meta refused it.", "graph_190: The token was refused.", "http_410: The destination said it is gone.",
           "lead_unreadable: Meta shows no such lead.", "graph_server: Meta's server failed."]
GATES = ["token:shop-1", "account:17", "destination:crm"]
ADMIN = "million-" + secrets.token_hex(16)
SECRET = secrets.token_hex(16)


class Rows:
    """Deliveries with two events each, spread over three days up to now; the same numbers on both engines."""

    def __init__(self, count, shared):
        self.count, self.shared, self.chance = count, shared, random.Random(7)
        self.now = int(time.time() * 1000)
        self.since = self.now - 3 * DAY + 3_600_000
        self.numbers = {}
        self.leads, self.dead = [], 0

    def seq(self, number, at):
        if not self.shared:
            return number + 1
        day = at // DAY
        self.numbers[day] = self.numbers.get(day, 0) + 1
        return day << 29 | self.numbers[day]

    def tables(self):
        """For each delivery: rows by table."""
        blob = os.urandom(360)
        deliveries = self.count // 2
        for number in range(deliveries):
            at = self.since + (self.now - self.since) * number // deliveries
            seq = self.seq(number, at)
            yield "deliveries", (seq, at, "main", 1, 2, 0, None, "webhook", blob)
            for position in range(2):
                yield from self.event(seq, position, at, number * 2 + position)

    def event(self, seq, position, at, number):
        chance = self.chance
        event = seq * 4096 + position
        item = KINDS[chance.randrange(len(KINDS))]
        workspace = WORKSPACES[min(int(chance.expovariate(0.25)), 19)]
        ad, campaign, account = str(chance.randrange(10_000) + 120_000), str(chance.randrange(200) + 7_000), str(chance.randrange(40))
        order = None
        refs = {ad, campaign, account}
        if item[1] == "leadgen":
            order = f"lead:{44_000_000 + number}"
            refs.add(order[5:])
            if number % 97 == 1:
                self.leads.append(order[5:])
        routes = 0 if number % 101 == 0 else 1
        entities = json.dumps([["ad", ad], ["campaign", campaign]], separators=(",", ":"))
        yield "events", (event, seq, position, workspace, item[0], item[1], item[2], account, account, at - 900, at, entities, 0, order,
                         routes, "no object_id" if number % 5_003 == 0 else None)
        for ref in refs:
            yield "event_refs", (ref, event)
        if not routes:
            return
        state, due, reason, gate = "done", at, None, None
        if number % 200 == 3:
            state, reason = "dead", REASONS[chance.randrange(5)]
        elif number % 100 == 7:
            state, gate, reason = "held", GATES[chance.randrange(3)], REASONS[1]
        elif number % 400 == 9:
            state, due, reason = "open", self.now + DAY, REASONS[4]
        yield "jobs", (event * 64, event, workspace, "account", order and f"{workspace}|account|{order}", state, due, 1, 0, None, reason, gate)
        if number % 10 == 5:
            message = at * 4096 + number % 4096
            state, reason, gate = "done", None, None
            if number % 2_000 == 5:
                state, reason = "dead", REASONS[2]
            elif number % 1_000 == 15:
                state, reason, gate = "held", REASONS[4], GATES[2]
            yield "outbox", (message, workspace, "lead", f"m{number}", "{}", event, None, None, state, at, 1, 0, None, reason, gate, at,
                             at if state == "done" else None)


COLUMNS = {
    "deliveries": "seq,received_at,app,decoded,events,duplicates,reason,kind,blob",
    "events": "id,delivery_seq,position,workspace_id,object,field,kind,object_id,account_id,occurred_at,received_at,entities,metric_moved,"
              "order_key,routes,fault",
    "event_refs": "ref,event_id",
    "jobs": "id,event_id,workspace_id,route,order_key,state,due_at,attempt,uncounted,owner,reason,gate",
    "outbox": "id,workspace_id,kind,unique_key,reference,event_id,action_id,order_key,state,due_at,attempt,uncounted,owner,reason,gate,"
              "created_at,done_at",
}


def fill_file(path, rows):
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA synchronous=OFF")
    base.execute("BEGIN")
    inserts = {table: f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({','.join('?' * len(columns.split(',')))})"
               for table, columns in COLUMNS.items()}
    waiting = {table: [] for table in COLUMNS}
    for table, row in rows.tables():
        waiting[table].append(row)
        if len(waiting[table]) >= 20_000:
            base.executemany(inserts[table], waiting[table])
            waiting[table].clear()
    for table, left in waiting.items():
        base.executemany(inserts[table], left)
    for gate in GATES:
        base.execute("INSERT INTO gates VALUES (?, ?, ?, ?)", (gate, rows.now, REASONS[1], rows.now + DAY))
    base.execute("COMMIT")
    base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()


def text(value):
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def psql(url, command, given=None):
    done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", command], input=given, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"psql: {done.stderr}")
    return done.stdout


def fill_server(url, rows, folder):
    for day in range(rows.since // DAY, rows.now // DAY + 2):
        psql(url, f"SELECT touchstone_make_day({day})")
    files = {table: open(os.path.join(folder, table + ".tsv"), "w", encoding="utf-8") for table in COLUMNS}
    for table, row in rows.tables():
        files[table].write("\t".join(map(text, row)) + "\n")
    for table, file in files.items():
        file.close()
        psql(url, f"\\copy {table} ({COLUMNS[table]}) FROM '{file.name}'")
        os.unlink(file.name)
    for gate in GATES:
        psql(url, f"INSERT INTO gates VALUES ('{gate}', {rows.now}, 'graph_190: The token was refused.', {rows.now + DAY})")
    last = max(day << 29 | number for day, number in rows.numbers.items())
    psql(url, f"SELECT setval('deliveries_seq', {last})")
    psql(url, f"UPDATE writer_turn SET last_id = (SELECT MAX(id) FROM outbox)")
    psql(url, "VACUUM ANALYZE")  # as it is in a database that has lived for a day


class Gateway:
    def __init__(self, folder, program, storage):
        self.folder, self.program = folder, program
        subprocess.run(["/bin/sh", os.path.join(REPOSITORY, "certs/make-dev-certs.sh"), os.path.join(folder, "certs")], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.port, self.admin = free_port(), free_port()
        self.tls = ssl.create_default_context(cafile=os.path.join(folder, "certs/ca.pem"))
        document = {
            "listen": {"address": f"127.0.0.1:{self.port}", "certificate": "certs/server.pem", "private_key": "certs/server.key"},
            "admin": {"address": f"127.0.0.1:{self.admin}", "token": "${ADMIN}"}, "storage": {"url": storage},
            "graph": {"base_url": "http://127.0.0.1:9", "version": "v26.0", "writes": "off"}, "keys": {"current": "${KEY}"},
            "apps": [{"name": "main", "id": "123", "secrets": ["${SECRET}"], "verify_token": "${ADMIN}", "path": "/webhooks/meta"}],
            "workspaces": [{"name": name, "app": "main", "token": "${ADMIN}", "accounts": [f"act_{number + 1}"], "margin": 0.5}
                           for number, name in enumerate(WORKSPACES)],
            "routes": [{"name": "account", "match": {"object": ["ad_account"]}, "chain": ["touch"]}],
            "refresh": {"first": "gather", "gather": "1h", "floor": "2h", "follow_up": []}, "rules": [],
        }
        with open(os.path.join(folder, "touchstone.yaml"), "w", encoding="utf-8") as file:
            json.dump(document, file)
        self.environment = {**os.environ, "ADMIN": ADMIN, "SECRET": SECRET, "KEY": secrets.token_hex(32)}

    def migrate(self):
        subprocess.run([os.path.join(self.program, "touchstone"), "migrate", "--config", "touchstone.yaml"], check=True, cwd=self.folder,
                       env=self.environment, stdout=subprocess.DEVNULL)

    def start(self):
        """Seconds from the start of the process to the first answer of the public port, over a new TLS connection, and of the admin port."""
        self.log = open(os.path.join(self.folder, "serve.log"), "ab")
        begin = time.monotonic()
        self.process = subprocess.Popen([os.path.join(self.program, "touchstone"), "serve", "--config", "touchstone.yaml"],
                                        cwd=self.folder, env=self.environment, stdout=self.log, stderr=self.log)
        public = self.first_answer(lambda: http.client.HTTPSConnection("localhost", self.port, context=self.tls, timeout=5), "/healthz", begin)
        admin = self.first_answer(lambda: http.client.HTTPConnection("127.0.0.1", self.admin, timeout=5), "/v1/status", begin)
        return public, admin

    def first_answer(self, connect, path, begin):
        while True:
            if self.process.poll() is not None:
                sys.exit("the gateway ended; see " + self.log.name)
            try:
                connection = connect()
                connection.request("GET", path, headers={"authorization": "Bearer " + ADMIN})
                connection.getresponse().read()
                connection.close()
                return time.monotonic() - begin
            except OSError:
                if time.monotonic() - begin > 120:
                    sys.exit("the gateway does not listen; see " + self.log.name)
                time.sleep(0.005)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


class Load(threading.Thread):
    """A part of the deliveries, each at its time whether or not the one before was answered soon."""

    def __init__(self, gateway, rate, until):
        super().__init__(daemon=True)
        self.gateway, self.rate, self.until = gateway, rate, until
        self.times, self.refused = [], 0

    def run(self):
        connection = http.client.HTTPSConnection("localhost", self.gateway.port, context=self.gateway.tls, timeout=30)
        chance, number, start = random.Random(), 0, time.monotonic()
        while True:
            due = start + number / self.rate
            number += 1
            if due > self.until:
                return
            time.sleep(max(0, due - time.monotonic()))
            value = {"subscription_id": 7, "account_id": "1", "object_id": str(chance.randrange(200) + 7_000), "object_type": "campaign",
                     "field": "daily_budget", "current_value": secrets.token_hex(6)}
            body = json.dumps({"object": "ad_account", "entry": [{"id": "1", "time": int(time.time()),
                                                                  "changes": [{"field": "subscriptions", "value": value}]}]}).encode()
            sign = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            connection.request("POST", "/webhooks/meta", body, {"content-type": "application/json", "x-hub-signature-256": sign})
            answer = connection.getresponse()
            answer.read()
            self.refused += answer.status != 200
            self.times.append((time.monotonic() - due) * 1000)


def calls(rows):
    """Name and a maker of the address; `*`: counts and sums, told but not judged."""
    chance = random.Random(11)
    ad = lambda: str(chance.randrange(10_000) + 120_000)
    campaign = lambda: str(chance.randrange(200) + 7_000)
    moment = lambda: chance.randrange(rows.since, rows.now)
    word = lambda words: words[chance.randrange(len(words))]
    code = lambda: word(REASONS).split(":")[0]
    events = lambda **values: "/v1/events?" + urllib.parse.urlencode(values)
    made = {
        "newest": lambda: "/v1/events",
        "entity (ad, 100 of a million)": lambda: events(entity=ad()),
        "entity (campaign, 5 000)": lambda: events(entity=campaign()),
        "lead id": lambda: events(lead=word(rows.leads)),
        "state dead": lambda: events(state="dead"), "state held": lambda: events(state="held"), "state open": lambda: events(state="open"),
        "state done": lambda: events(state="done"), "state unrouted": lambda: events(state="unrouted"),
        "reason": lambda: events(reason=code()), "reason, rare (fault)": lambda: events(reason="no object_id"),
        "reason, none such": lambda: events(reason="nothing_of_this_kind"),
        "since": lambda: events(since=moment()), "until": lambda: events(until=moment()),
        "an hour": lambda: (lambda at: events(since=at, until=at + 3_600_000))(moment()),
        "workspace": lambda: events(workspace=word(WORKSPACES)), "kind": lambda: events(kind=word(KINDS)[2]),
        "kind, none such": lambda: events(kind="nothing"),
        "entity and state": lambda: events(entity=campaign(), state="dead"),
        "entity, state and time": lambda: events(entity=campaign(), state="held", until=moment()),
        "reason and workspace": lambda: events(reason=code(), workspace=word(WORKSPACES)),
        "state, kind and time": lambda: events(state="dead", kind=word(KINDS)[2], until=moment()),
        "workspace, object and field": lambda: events(workspace=word(WORKSPACES[10:]), object="page", field="leadgen"),
        "200 rows": lambda: events(limit=200), "follow": lambda: events(after=4096 * (rows.count // 2 - 100) if not rows.shared else 0),
        "deliveries": lambda: "/v1/deliveries", "deliveries of an hour": lambda: (lambda at: f"/v1/deliveries?since={at}&until={at + 3_600_000}")(moment()),
        "jobs dead": lambda: "/v1/jobs?state=dead", "jobs of a gate": lambda: "/v1/jobs?gate=" + word(GATES),
        "jobs by reason": lambda: "/v1/jobs?reason=" + code(), "jobs of a route": lambda: "/v1/jobs?route=account",
        "outbox dead": lambda: "/v1/outbox?state=dead", "outbox held": lambda: "/v1/outbox?state=held",
        "outbox by reason": lambda: "/v1/outbox?reason=http_410", "outbox until": lambda: f"/v1/outbox?until={moment()}",
        "actions": lambda: "/v1/actions", "one event": lambda: f"/v1/events/{(chance.randrange(rows.count // 2) + 1) * 4096}",
        "* gates": lambda: "/v1/gates", "* queues": lambda: "/v1/queues", "* facets": lambda: "/v1/facets", "* metrics": lambda: "/metrics",
    }
    return made


class Reader(threading.Thread):
    """Asks one call after the other, over one connection."""

    def __init__(self, gateway, made, order, until):
        super().__init__(daemon=True)
        self.gateway, self.made, self.order, self.until = gateway, made, order, until
        self.times = {name: [] for name in made}
        self.rows = {name: 0 for name in made}
        self.faults = []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.admin, timeout=60)
        while time.monotonic() < self.until:
            for name in self.order:
                path = self.made[name]()
                begin = time.monotonic()
                connection.request("GET", path, headers={"authorization": "Bearer " + ADMIN})
                answer = connection.getresponse()
                body = answer.read()
                self.times[name].append((time.monotonic() - begin) * 1000)
                if answer.status not in (200, 404):
                    self.faults.append(f"{path}: {answer.status}")
                elif body.startswith(b'{"data"'):
                    self.rows[name] += len(json.loads(body)["data"])


def at(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.path.join(REPOSITORY, ".build/debug"))
    parser.add_argument("--folder")
    parser.add_argument("--postgres")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=500)
    given = parser.parse_args()
    folder = os.path.abspath(given.folder or tempfile.mkdtemp(prefix="touchstone-million-"))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "touchstone.db")
    gateway = Gateway(folder, os.path.abspath(given.program), given.postgres or "sqlite:" + path)
    try:
        gateway.migrate()
        rows = Rows(given.events, bool(given.postgres))
        begin = time.monotonic()
        fill_server(given.postgres, rows, folder) if given.postgres else fill_file(path, rows)
        size = f", {os.path.getsize(path) / 1e6:.0f} MB" if not given.postgres else ""
        print(f"{given.events} events on {'PostgreSQL' if given.postgres else 'SQLite'}{size}, filled in {time.monotonic() - begin:.0f} s")
        starts = []
        for attempt in range(3):
            starts.append(gateway.start())
            if attempt < 2:
                gateway.stop()
        listening = sorted(start[0] for start in starts)
        print("start to listening (public port, three starts): " + ", ".join(f"{start[0] * 1000:.0f} ms" for start in starts)
              + "; admin port: " + ", ".join(f"{start[1] * 1000:.0f} ms" for start in starts))
        until = time.monotonic() + given.seconds
        loads = [Load(gateway, given.rate / 8, until) for _ in range(8)]
        made = calls(rows)
        names = list(made)
        readers = [Reader(gateway, made, names if turn == 0 else names[::-1], until) for turn in range(2)]
        for thread in loads + readers:
            thread.start()
        for thread in loads + readers:
            thread.join()
        times = [value for load in loads for value in load.times]
        print(f"meanwhile {len(times)} deliveries in {given.seconds} s ({len(times) / given.seconds:.0f}/s), "
              f"{sum(load.refused for load in loads)} refused, ack p50 {at(times, 0.5):.1f} ms, p99 {at(times, 0.99):.1f} ms")
        print(f"{'call':34}{'times':>7}{'rows':>8}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
        slow = []
        for name in names:
            values = sum((reader.times[name] for reader in readers), [])
            found = sum(reader.rows[name] for reader in readers) / len(values)
            print(f"{name:34}{len(values):7}{found:8.1f}{at(values, 0.5):9.1f}{at(values, 0.99):9.1f}{max(values):9.1f}")
            if at(values, 0.99) >= 100 and not name.startswith("*"):
                slow.append(name)
        faults = [fault for reader in readers for fault in reader.faults]
        print("faults: " + ("; ".join(faults[:5]) or "none"))
        gateway.stop()
        bad = bool(faults) or bool(slow) or listening[1] >= 1
        print("over 100 ms at p99: " + (", ".join(slow) or "none"))
        sys.exit(1 if bad and "debug" not in given.program else 0)
    finally:
        if getattr(gateway, "process", None) and gateway.process.poll() is None:
            gateway.process.kill()
        if not given.folder:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
