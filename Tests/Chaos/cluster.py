#!/usr/bin/env python3
"""Three gateways on one PostgreSQL under load; every few seconds one of them is killed, stopped or cut off, and twice the database restarts.

    cluster.py [--rate 500] [--seconds 300] [--every 5] [--kills N] [--gateways 3] [--program .build/debug] [--binary PATH] [--keep DIR]

The senders reach the gateways over a balancer, each gateway reaches PostgreSQL over a wire of its own (relay.c). Blows:

    kill    SIGKILL; started again after 3 s
    stop    SIGSTOP for 20 s, longer than the lease of a duty; once for 75 s, longer than the lease of a job; then SIGCONT
    cut     every byte between the gateway and PostgreSQL is dropped for 20 s, and nobody is told; then the connections are reset
    base    PostgreSQL ends as in a crash (`pg_ctl stop -m immediate`), later once in order, and is started again

No more than one gateway is stopped or cut off at a time, and the last that is up is never struck. A sender repeats a delivery until it is answered 200, and tells the
next state of a comment only then. Afterwards everything must come to rest; then the database is copied into touchstone.db, check.py judges
it as after chaos.py, and the receiver of notices (edge.jsonl) must have seen the states of every comment in the order of their telling.
In the database itself, triggers watch that nobody completes work that another gateway has, that nothing is completed twice, and that only
the holder of the duty decodes. Printed besides: how long it took until somebody went on with what the struck gateway had leased. Exit 1 when any check failed. Ends by itself.

`--binary` runs another `touchstone`: one whose fences are taken out must fail here.
"""

import argparse
import collections
import http.client
import json
import os
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check  # noqa: E402
from crm import CRM  # noqa: E402
from load import AdNotices, CommentNotices, LeadNotices, Load, Shops  # noqa: E402
from postgres import PostgresRig, Unreachable  # noqa: E402
from rig import REPOSITORY, Journal, free_port, settle, wall_us  # noqa: E402
from world import PAGE, PRIVATE_REPLY, REPLY, TOKEN, configure_people, plan_people, plan_world, populate, scenario  # noqa: E402

PER_SECOND = {"ads": 8, "leads": 10, "comments": 20}
DOWN_SECONDS, HELD_SECONDS, LONG_SECONDS = 3.0, 20.0, 75.0
REQUESTS_PER_CONNECTION = 50
QUEUES = ("jobs", "outbox", "touched_entities")

# `application_name` tells which gateway a session belongs to, `audit.boots` which gateway a boot id does.
WITNESS = """
CREATE SCHEMA audit;
CREATE TABLE audit.boots (boot text COLLATE "C" PRIMARY KEY, place text NOT NULL);
CREATE TABLE audit.wrongs (at timestamptz NOT NULL, what text NOT NULL, place text, of text, queue text NOT NULL, id bigint NOT NULL);
CREATE FUNCTION audit.presence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit.boots VALUES (NEW.boot_id, current_setting('application_name')) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION audit.completion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place text := current_setting('application_name');
    mine text;
BEGIN
    IF OLD.state IN ('done', 'dead') AND TG_TABLE_NAME <> 'touched_entities' THEN
        INSERT INTO audit.wrongs VALUES (clock_timestamp(), 'changed after its end', place, OLD.owner, TG_TABLE_NAME, OLD.id);
    ELSIF TG_TABLE_NAME = 'touched_entities' AND NEW.owner IS NULL AND to_jsonb(NEW) -> 'last_read_at' = to_jsonb(OLD) -> 'last_read_at' THEN
        RETURN NULL;    -- a touch frees what nobody has leased any more
    ELSIF OLD.owner IS NOT NULL AND OLD.state = 'open' AND (NEW.owner IS NULL OR NEW.state <> 'open') THEN
        SELECT b.place INTO mine FROM audit.boots b WHERE b.boot = OLD.owner;
        IF mine <> place THEN
            INSERT INTO audit.wrongs VALUES (clock_timestamp(), 'completed for another', place, mine, TG_TABLE_NAME, OLD.id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION audit.decoding() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place text := current_setting('application_name');
    holder text;
BEGIN
    SELECT b.place INTO holder FROM public.duties d JOIN audit.boots b ON b.boot = d.owner WHERE d.duty = 'decoding';
    IF OLD.decoded = 1 THEN
        INSERT INTO audit.wrongs VALUES (clock_timestamp(), 'decoded again', place, holder, 'deliveries', OLD.seq);
    ELSIF NEW.decoded = 1 AND holder IS DISTINCT FROM place THEN
        INSERT INTO audit.wrongs VALUES (clock_timestamp(), 'decoded without the duty', place, holder, 'deliveries', OLD.seq);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER witness AFTER INSERT OR UPDATE ON gateways FOR EACH ROW EXECUTE FUNCTION audit.presence();
CREATE TRIGGER witness AFTER UPDATE ON deliveries FOR EACH ROW EXECUTE FUNCTION audit.decoding();
CREATE TRIGGER witness AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION audit.completion();
CREATE TRIGGER witness AFTER UPDATE ON outbox FOR EACH ROW EXECUTE FUNCTION audit.completion();
CREATE TRIGGER witness AFTER UPDATE ON touched_entities FOR EACH ROW EXECUTE FUNCTION audit.completion()
"""


# ---------------------------------------------------------------- the gateways and what is between them

class Connection(http.client.HTTPSConnection):
    """Asks to close now and then, so that a gateway that has come back gets its share again."""

    asked = 0

    def request(self, method, url, body=None, headers=None, **options):
        self.asked += 1
        last = self.asked % REQUESTS_PER_CONNECTION == 0
        super().request(method, url, body, (headers or {}) | ({"Connection": "close"} if last else {}), **options)


class Gateway:
    def __init__(self, rig, place):
        self.rig, self.place = rig, place
        self.port, self.admin_port, self.wire_port = free_port(), free_port(), free_port()
        self.wire, self.process, self.state, self.pids = f"wire{place}", None, "down", set()
        self.is_up = False

    # `configure` writes for one gateway: its own addresses and wire, and notices of comments to the edge

    def __getattr__(self, name):
        return getattr(self.rig, name)

    def write(self, name, document):
        if name != "touchstone.yaml":
            return self.rig.write(name, document)
        document["listen"]["address"] = f"127.0.0.1:{self.port}"
        document["admin"]["address"] = f"127.0.0.1:{self.admin_port}"
        document["storage"] = {"url": re.sub(r":\d+/", f":{self.wire_port}/", self.rig.url) + f"?application_name=gateway{self.place}"}
        document["destinations"].append({"name": "edge", "url": self.rig.edge_url, "secret": "${CHAOS_CRM_SECRET}", "per_second": 1000})
        for route in document["routes"]:
            if route["name"] == "comments":
                route["chain"].append({"notify": "edge"})
        return self.rig.write(f"gateway{self.place}.yaml", document)

    def start(self):
        rig = self.rig
        with open(rig.path(f"serve{self.place}.log"), "ab") as output:
            self.process = subprocess.Popen(
                [rig.binary, "serve", "--config", rig.path(f"gateway{self.place}.yaml"), "--log-level", rig.log_level],
                stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=rig.environment())
        rig.processes.append(self.process)
        self.pids.add(self.process.pid)
        self.state = "up"

    def is_healthy(self, timeout=1.0):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.rig.tls)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class ClusterRig(PostgresRig):
    """The rig with three gateways, a cluster of PostgreSQL that keeps what it says, and relay.c between all of them."""

    def __init__(self, folder, program, binary, gateways):
        super().__init__(folder, program)
        self.binary = os.path.abspath(binary or os.path.join(program, "touchstone"))
        self.gateways = [Gateway(self, place) for place in range(gateways)]
        self.edge_url = None
        self.relay_lock, self.ended = threading.Lock(), threading.Event()

    def start_relay(self):
        subprocess.run(["cc", "-O2", "-o", self.path("relay"), os.path.join(REPOSITORY, "Tests/Chaos/relay.c")], check=True, timeout=60)
        self.relay = subprocess.Popen([self.path("relay")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.processes.append(self.relay)
        base = re.search(r":(\d+)/", self.url).group(1)
        for gateway in self.gateways:
            self.tell("listen", gateway.wire, gateway.wire_port, base)
            self.tell("down", gateway.port)
        self.tell("listen", "balancer", self.port, *(gateway.port for gateway in self.gateways))
        for gateway in self.gateways:
            threading.Thread(target=self.look_after, args=(gateway,), daemon=True).start()

    def tell(self, *words):
        with self.relay_lock:
            self.relay.stdin.write(" ".join(map(str, words)) + "\n")
            self.relay.stdin.flush()
            if self.relay.stdout.readline() != "ok\n":
                raise SystemExit("the relay has ended")

    def look_after(self, gateway):
        """As a balancer does: two bad looks take a gateway out, a good one brings it back."""
        bad = 0
        self.tell("down", gateway.port)
        while not self.ended.is_set():
            good = gateway.is_healthy()
            bad = 0 if good else bad + 1
            if good != gateway.is_up and (good or bad >= 2):
                gateway.is_up = good
                self.tell("up" if good else "down", gateway.port)
            time.sleep(0.5)

    def witness(self):
        """From here on the database watches the gateways."""
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.url, "-c", WITNESS], check=True, timeout=60)
        while self.psql.ask("SELECT COUNT(*) FROM audit.boots")[0][0] < len(self.gateways):     # each reports its presence every few seconds
            time.sleep(0.1)

    def say_statements(self, deliveries):
        """What the database did, by statement; a delivery's share of it."""
        print(f"statements of {deliveries} deliveries: calls a delivery, ms a call, ms a delivery, rows a call")
        for calls, mean, total, rows, text in self.psql.ask(
                "SELECT calls, mean_exec_time::numeric(12,3)::text, total_exec_time::numeric(14,1)::text, rows, "
                "regexp_replace(left(query, 400), '\\s+', ' ', 'g') FROM pg_stat_statements ORDER BY pg_stat_statements.total_exec_time DESC LIMIT 150"):
            print(f"  {calls / deliveries:8.3f} {mean:>10} {float(total) / deliveries:8.3f} {rows / calls:8.1f}  {text[:170]}")

    def connection(self, timeout=10):
        return Connection("127.0.0.1", self.port, timeout=timeout, context=self.tls)

    def stop_all(self):
        self.ended.set()
        for gateway in self.gateways:
            if gateway.process and gateway.process.poll() is None:
                os.kill(gateway.process.pid, signal.SIGCONT)
        super().stop_all()


class ClusterLoad(Load):
    """Never gives up: what is not answered may still lie in a gateway that stands still, and must not be told after what came next."""

    attempts_max, gives_up = 10_000, 0.0


# ---------------------------------------------------------------- blows, and who goes on

class Watch:
    """What a gateway had in hand when it was struck, and when somebody went on with it."""

    def __init__(self, kind, gateway, psql):
        self.kind, self.at, self.struck_us = kind, time.monotonic(), wall_us()
        self.left, self.taken, self.duty = {}, [], None
        pids = ", ".join(map(str, gateway.pids)) or "0"
        owners = psql.ask(f"SELECT boot_id FROM gateways WHERE pid IN ({pids}) ORDER BY since DESC LIMIT 1")
        self.owner = owners[0][0] if owners else ""
        now = time.time_ns() // 1_000_000
        for queue in QUEUES:
            for identity, attempt in psql.ask(
                    f"SELECT id, attempt FROM {queue} WHERE state = 'open' AND owner = '{self.owner}' AND due_at > {now} LIMIT 400"):
                self.left[queue, identity] = attempt
        self.leased = len(self.left)
        self.has_duty = bool(psql.ask(f"SELECT 1 FROM duties WHERE duty = 'decoding' AND owner = '{self.owner}' AND until > {now}"))

    @property
    def is_over(self):
        return not self.left and (not self.has_duty or self.duty is not None)

    def look(self, psql):
        for queue in QUEUES:
            mine = {identity: attempt for (one, identity), attempt in self.left.items() if one == queue}
            if not mine:
                continue
            values = ", ".join(f"({identity}, {attempt})" for identity, attempt in mine.items())
            still = {row[0] for row in psql.ask(
                f"SELECT q.id FROM {queue} q JOIN (VALUES {values}) v (id, attempt) ON v.id = q.id AND v.attempt = q.attempt "
                f"WHERE q.state = 'open' AND q.owner = '{self.owner}'")}
            after = time.monotonic() - self.at
            for identity in mine.keys() - still:
                self.taken.append(after)
                del self.left[queue, identity]
        if self.has_duty and self.duty is None:
            if not psql.ask(f"SELECT 1 FROM duties WHERE duty = 'decoding' AND owner = '{self.owner}'"):
                self.duty = time.monotonic() - self.at

    @property
    def first(self):
        return min(self.taken + ([self.duty] if self.duty is not None else []), default=None)


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


class Blows:
    """Who is struck, when, and by what."""

    def __init__(self, rig, journal, draw, options):
        self.rig, self.journal, self.draw, self.options = rig, journal, draw, options
        self.counts, self.passed, self.ended_alone = collections.Counter(), 0, []
        self.watches, self.timers = [], []
        self.holds = ["stop", "cut"] * int(options.seconds / HELD_SECONDS)
        draw.shuffle(self.holds)
        self.base = [] if options.kills else [options.seconds * 0.35, options.seconds * 0.7]
        self.long_at = options.seconds * 0.15

    def later(self, seconds, action):
        self.timers.append((time.monotonic() + seconds, action))

    def tick(self):
        now = time.monotonic()
        due = [timer for timer in self.timers if timer[0] <= now]
        self.timers = [timer for timer in self.timers if timer[0] > now]
        for _, action in due:
            action()
        for gateway in self.rig.gateways:
            if gateway.state != "down" and gateway.process.poll() is not None:
                self.ended_alone.append((gateway.place, gateway.process.returncode))
                gateway.start()
        try:
            for watch in self.watches:
                if not watch.is_over:
                    watch.look(self.rig.psql)
        except Unreachable:
            pass

    def strike(self, after):
        """One blow, `after` seconds from the beginning."""
        if self.base and after >= self.base[0]:
            self.base.pop(0)
            return self.restart_base(["--immediate"] if len(self.base) == 1 else [])
        up = [gateway for gateway in self.rig.gateways if gateway.state == "up"]
        if len(up) < 2:
            self.passed += 1
            return None
        try:
            getattr(self, self.next_kind(after))(self.draw.choice([gateway for gateway in up if gateway.is_up] or up))
        except Unreachable:
            self.passed += 1
        return None

    def next_kind(self, after):
        if self.options.kills or any(gateway.state in ("stopped", "cut") for gateway in self.rig.gateways) or self.draw.random() < 0.25:
            return "kill"
        if self.long_at is not None and after >= self.long_at:
            self.long_at = None
            return "stop_long"
        return self.holds.pop()

    def note(self, kind, gateway=None):
        self.counts[kind] += 1
        self.journal.add(k="kill", wall_us=wall_us(), aim=kind, gateway=gateway.place if gateway else None)
        if gateway:
            self.watches.append(Watch(kind, gateway, self.rig.psql))

    def kill(self, gateway):
        os.kill(gateway.process.pid, signal.SIGKILL)
        gateway.process.wait(10)
        gateway.state = "down"
        self.later(DOWN_SECONDS, gateway.start)
        self.note("kill", gateway)

    def stop(self, gateway, seconds=HELD_SECONDS, kind="stop"):
        def go_on():
            os.kill(gateway.process.pid, signal.SIGCONT)
            gateway.state = "up"

        os.kill(gateway.process.pid, signal.SIGSTOP)
        gateway.state = "stopped"
        self.later(seconds, go_on)
        self.note(kind, gateway)

    def stop_long(self, gateway):
        self.stop(gateway, LONG_SECONDS, "long stop")

    def cut(self, gateway):
        def mend():
            self.rig.tell("mend", gateway.wire)
            gateway.state = "up"

        self.rig.tell("cut", gateway.wire)
        gateway.state = "cut"
        self.later(HELD_SECONDS, mend)
        self.note("cut", gateway)

    def restart_base(self, how):
        self.rig.cluster("stop", *how)
        self.rig.cluster("start", "--durable")
        self.note("base, as in a crash" if how else "base, in order")

    def report(self):
        print(f"blows: {dict(self.counts)}, {self.passed} left out because too few gateways were up")
        print("take-over, seconds from the blow       blows  with work  first progress p50/p99   pieces  each p50/p99/max         "
              "duty of decoding  p50/p99")
        for kind in ("kill", "stop", "long stop", "cut", "all"):
            watches = [watch for watch in self.watches if kind in ("all", watch.kind)]
            firsts = [watch.first for watch in watches if watch.first is not None]
            pieces = [after for watch in watches for after in watch.taken]
            duties = [watch.duty for watch in watches if watch.duty is not None]
            print(f"  {kind:<36} {len(watches):>5} {sum(watch.leased > 0 for watch in watches):>10}  "
                  f"{quantile(firsts, 0.5):>13.2f} / {quantile(firsts, 0.99):.2f} {len(pieces):>10} {quantile(pieces, 0.5):>8.2f} / "
                  f"{quantile(pieces, 0.99):.2f} / {max(pieces, default=float('nan')):.2f} {len(duties):>10} times "
                  f"{quantile(duties, 0.5):>10.2f} / {quantile(duties, 0.99):.2f}")


# ---------------------------------------------------------------- the run

class Run:
    def __init__(self, options):
        self.options = options
        self.folder = options.keep or tempfile.mkdtemp(prefix="touchstone-cluster-")
        self.seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(3), "big")
        self.draw = random.Random(self.seed)
        self.rig = ClusterRig(self.folder, options.program, options.binary, options.gateways)
        self.rig.counts_statements = options.statements
        self.rig.secrets |= {"CHAOS_TOKEN": TOKEN, "CHAOS_CRM_SECRET": "whsec_" + secrets.token_hex(16)}
        for name in ("CHAOS_SHOP_TOKEN", "CHAOS_SHOP_SECRET", "CHAOS_TILL_TOKEN", "CHAOS_TILL_SECRET"):
            self.rig.secrets[name] = secrets.token_hex(16)
        self.journal = Journal(self.rig.path("journal.jsonl"))
        self.receivers = []

    def receiver(self, name):
        port = free_port()
        receiver = CRM(port, self.rig.secrets["CHAOS_CRM_SECRET"], Journal(self.rig.path(f"{name}.jsonl")), self.seed)
        receiver.start()
        self.receivers.append(receiver)
        return f"http://127.0.0.1:{port}/{name}"

    def start(self):
        rig, draw, options = self.rig, self.draw, self.options
        seconds = options.seconds + 20
        accounts, entities, insights = plan_world(draw, int(PER_SECOND["ads"] * seconds))
        people = plan_people(draw, accounts, 2 * int(PER_SECOND["leads"] * seconds), int(PER_SECOND["comments"] * seconds))
        rig.write("plan.json", {"entities": entities, "people": people, "workspace": "studio", "page": PAGE, "reply": REPLY,
                                "private_reply": PRIVATE_REPLY, "crm_secret": rig.secrets["CHAOS_CRM_SECRET"]})
        started = time.time()
        self.load = ClusterLoad(
            rig, self.journal, random.Random(self.seed + 1), options.rate, fresh=PER_SECOND, ads=AdNotices(draw, entities, started),
            leads=LeadNotices(draw, people["leads"], started), comments=CommentNotices(draw, people["comments"], started),
            shops=Shops(draw, people["ads"], rig.secrets, started))
        version, fsync, commit = rig.start_database()
        print(f"seed {self.seed}, {options.rate} deliveries/s for {options.seconds} s, a blow every {options.every} s, folder {self.folder}\n"
              f"PostgreSQL {version}, fsync {fsync}, synchronous_commit {commit}; {rig.binary}", flush=True)
        rig.start_emulator(scenario(accounts, insights, rig.secrets["CHAOS_APP_SECRET"], people))
        populate(rig, people)
        crm_url, rig.edge_url = self.receiver("crm"), self.receiver("edge")
        rig.start_relay()
        for gateway in rig.gateways:
            configure_people(gateway, accounts, crm_url)
            gateway.start()
        end = time.monotonic() + 60
        while not all(gateway.is_up for gateway in rig.gateways):
            if time.monotonic() > end or any(gateway.process.poll() is not None for gateway in rig.gateways):
                raise SystemExit(f"the gateways do not come up; see {rig.path('serve0.log')}")
            time.sleep(0.1)
        rig.witness()

    def run(self):
        options, rig, load = self.options, self.rig, self.load
        blows = Blows(rig, self.journal, random.Random(self.seed + 2), options)
        load.start()
        load.up.set()
        began = time.monotonic()
        next_blow, next_word = began + options.every, began + 10
        while (now := time.monotonic()) < began + options.seconds and not 0 < options.kills <= blows.counts["kill"]:
            blows.tick()
            if now >= next_blow and not options.quiet:
                next_blow += options.every
                blows.strike(now - began)
            if now >= next_word:
                next_word += 10
                self.say(now - began)
            if not all(thread.is_alive() for thread in load.threads):
                raise SystemExit("a thread of the load has ended early")
            time.sleep(0.1)
        lasted, under_fire = time.monotonic() - began, (load.deliveries, load.answered, load.acknowledged)
        load.making = False
        while blows.timers:
            blows.tick()
            time.sleep(0.1)
        unsent = load.finish(180)
        resting = time.monotonic()
        left = self.settle(blows)
        print(f"at rest {time.monotonic() - resting:.0f} s after the last was sent", flush=True)
        for _ in range(8):
            blows.tick()
        rig.write("state.json", json.loads(rig.control("GET", "state")))
        rig.write("conversions.json", json.loads(rig.control("GET", "events")))
        if rig.counts_statements:
            rig.say_statements(load.deliveries)
        for gateway in rig.gateways:
            rig.stop(gateway.process)
        self.journal.add(k="end", unsent=unsent, left=left, kills=sum(blows.counts.values()))
        self.journal.sync()
        rig.keep_database()
        self.wrongs = rig.psql.ask("SELECT what, queue, id, place, of, at::text FROM audit.wrongs ORDER BY at")
        print(f"{lasted:.0f} s: {under_fire[0] / lasted:.0f} deliveries a second made, {under_fire[2] / lasted:.0f} acknowledged; in all "
              f"{load.deliveries} {dict(load.by_kind)}, {load.attempts} attempts, {load.acknowledged} acknowledged, {unsent} not sent; "
              f"refused {dict(load.refused)}; left unfinished: {left or 'nothing'}")
        blows.report()
        return self.judge(blows)

    def settle(self, blows):
        """Until nothing waits; the watches go on."""
        left, end = {"not": "looked"}, time.monotonic() + self.options.patience
        while left and time.monotonic() < end:
            left = settle(self.rig, 1.5)
            blows.tick()
        return left

    def say(self, after):
        load = self.load
        states = " ".join(gateway.state for gateway in self.rig.gateways)
        try:
            waiting = self.rig.psql.ask(
                "SELECT (SELECT COUNT(*) FROM deliveries WHERE decoded = 0), (SELECT COUNT(*) FROM jobs WHERE state IN ('open', 'held')), "
                "(SELECT COUNT(*) FROM outbox WHERE state IN ('open', 'held')), (SELECT number FROM duties WHERE duty = 'decoding')")[0]
        except Unreachable:
            waiting = "no database"
        print(f"  {after:4.0f} s: {load.acknowledged} acknowledged of {load.deliveries}, {len(load.queue)} queued here; undecoded, jobs, "
              f"messages, term {waiting}; {states}", flush=True)

    def judge(self, blows):
        failed = check.main(self.folder)
        report, evidence = check.Report(), check.Evidence(self.folder)
        report.check("no gateway ended by itself", blows.ended_alone)
        for what in ("completed for another", "changed after its end", "decoded without the duty", "decoded again"):
            report.check(f"fence: nothing was {what}", [wrong[1:] for wrong in self.wrongs if wrong[0] == what])
        report.check("all that a struck gateway had in hand was taken up",
                     [(watch.kind, len(watch.left), watch.has_duty) for watch in blows.watches if not watch.is_over and watch.left])
        order(evidence, report, check.lines(self.rig.path("edge.jsonl")))
        print(f"     {report.failed} check(s) of the cluster failed")
        return 1 if failed or report.failed else 0

    def stop(self):
        self.load.ended.set()
        self.rig.stop_all()
        for receiver in self.receivers:
            receiver.stop()
            receiver.journal.close()
        self.journal.close()


def order(evidence, report, receipts):
    """What the edge saw of every comment, by the order in which it saw it first."""
    taken = [receipt for receipt in receipts if receipt["verdict"] in ("new", "repeat")]
    told = {evidence.keys[key]: key for key, event in evidence.may.items()
            if key in evidence.keys and (event.object == "instagram" or event.field == "feed")}
    must = {evidence.keys[key] for key in evidence.must if evidence.keys.get(key) in told}
    ids = collections.defaultdict(set)
    first = {}
    for place, receipt in enumerate(taken):
        event = int(receipt["body"]["id"])
        ids[event].add(receipt["id"])
        first.setdefault(event, place)
    report.check("edge: everything was signed", [receipt for receipt in receipts if receipt["verdict"] == "forged"])
    report.check("edge: every acknowledged state of a comment is there", must - ids.keys())
    report.check("edge: nothing that was not told", ids.keys() - told.keys())
    report.check("edge: each under one webhook-id for life, so that it is there once",
                 [(event, sorted(found)) for event, found in ids.items() if len(found) != 1])
    sent, acknowledged = {}, {}
    for record in check.lines(evidence.path("journal.jsonl")):
        attempt = (record.get("d"), record.get("attempt"))
        if record["k"] == "send":
            for event in evidence.told[attempt]:
                sent.setdefault(event.key, record["wall_us"])
        elif record["k"] == "answer" and record["status"] == 200:
            for event in evidence.told[attempt]:
                acknowledged.setdefault(event.key, record["wall_us"])
    by_key, pairs, turned = collections.defaultdict(list), 0, []
    for event in sorted(first, key=first.get):
        if event in told:
            by_key[evidence.events[event]["order_key"]].append(event)
    for key, events in by_key.items():
        for place, later in enumerate(events):
            for earlier in events[:place]:              # seen before `later`
                pairs += 1
                if acknowledged.get(told[later], float("inf")) < sent[told[earlier]]:
                    turned.append((key, earlier, later))
    report.check("edge: per key in the order of telling", turned)
    print(f"     {len(taken)} receipts at the edge, {len(ids)} different of {len(by_key)} keys, {pairs} pairs of one key compared, "
          f"{len(turned)} the wrong way round")


def main(options):
    run = Run(options)
    try:
        run.start()
        return run.run()
    finally:
        run.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=500, help="deliveries a second")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--every", type=float, default=5, help="seconds between two blows")
    parser.add_argument("--kills", type=int, default=0, help="no other blows, until there were so many or the seconds are over")
    parser.add_argument("--quiet", action="store_true", help="no blows: what the machine can do")
    parser.add_argument("--statements", action="store_true", help="print what the database did, by statement")
    parser.add_argument("--gateways", type=int, default=3)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--patience", type=int, default=300, help="seconds that what is left may take in the end")
    parser.add_argument("--program", default=os.path.join(REPOSITORY, ".build/debug"))
    parser.add_argument("--binary", help="another touchstone than that of --program")
    parser.add_argument("--keep", help="the folder to work in; it must be new")
    sys.exit(main(parser.parse_args()))
