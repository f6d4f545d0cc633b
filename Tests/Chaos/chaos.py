#!/usr/bin/env python3
"""Kills `touchstone serve` with SIGKILL under load, again and again, at every stage of an event's way.

Leaves everything that check.py needs in the folder: plan.json (which entity calls for which action), journal.jsonl (every attempt with its
bytes, every answer, every kill), emulator.log, state.json (the emulator's entities at the end) and touchstone.db. Prints a count of kills
per stage, from what the database held and the emulator's log showed right after each kill. Ends by itself.
"""

import argparse
import base64
import collections
import http.client
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import Journal, Rig, midday_zone, rows, settle, wall_us  # noqa: E402

STAGES = ["accept", "commit", "decode", "chain", "effects", "refresh", "before send", "after send", "read-back"]
AIMS = ["random", "accept", "commit", "decode", "chain", "effects", "refresh", "before send", "after send", "read-back"]
SENDERS = 10
ACCOUNTS = 60
APP_ID = "100200300400500"


# ---------------------------------------------------------------- the world and what it calls for

def plan_world(draw, count):
    """Accounts with campaigns (each calls for +20 % or nothing) of two ad sets (each calls for a pause or nothing)."""
    accounts, entities, insights = [], [], []
    for index in range(ACCOUNTS):
        accounts.append({"id": str(700_000_000_000 + index * 7_919), "name": f"Chaos {index}", "currency": "EUR",
                         "timezone": midday_zone(), "min_daily_budget": 100, "account_status": 1, "campaigns": []})
    number = 0
    while number < count:
        account = accounts[(number // 3) % ACCOUNTS]
        campaign_id = str(238_000_000_000_000_000 + number * 1_009)
        budget = draw.randrange(500, 90_000)
        raises = draw.random() < 0.8
        campaign = {"id": campaign_id, "name": f"C {number}", "status": "ACTIVE", "daily_budget": budget, "adsets": []}
        account["campaigns"].append(campaign)
        entities.append({"id": campaign_id, "level": "campaign", "account": account["id"], "campaign": campaign_id,
                         "field": "daily_budget", "old": str(budget), "expected": "raise" if raises else "none"})
        insights.append({"level": "campaign", "id": campaign_id, "day": -2, "impressions": 5_000, "clicks": 90, "inline_link_clicks": 70,
                         "reach": 3_000, "spend": "61.50" if raises else "4.50", "actions": {"omni_purchase": 9}})
        for child in (1, 2):
            adset_id = str(238_000_000_000_000_000 + (number + child) * 1_009)
            pauses = draw.random() < 0.8
            campaign["adsets"].append({"id": adset_id, "name": f"S {number + child}", "status": "ACTIVE", "ads": []})
            entities.append({"id": adset_id, "level": "adset", "account": account["id"], "campaign": campaign_id, "field": "status",
                             "old": "ACTIVE", "expected": "pause" if pauses else "none"})
            insights.append({"level": "adset", "id": adset_id, "day": -2, "impressions": 2_000, "clicks": 20, "inline_link_clicks": 9,
                             "reach": 1_500, "spend": "33.10" if pauses else "2.10", "actions": {"link_click": 9}})
        number += 3
    return accounts, entities, insights


def scenario(accounts, insights, secret):
    def slow(method, path, ms):
        return {"match": {"method": method, "path": path}, "count": "forever", "do": {"delay_ms": ms}}
    return {
        "require_proof": True, "apps": [{"id": APP_ID, "secret": secret}],
        "tokens": [{"token": "chaos-token-of-studio", "name": "studio", "app": APP_ID, "accounts": [a["id"] for a in accounts]}],
        "accounts": accounts, "insights": insights,
        # each step of a write and each read takes its time after the work is done, so that a kill can fall between any two
        "faults": [slow("GET", "/insights", 25), slow("GET", "/238", 30), slow("POST", "/238", 35)],
    }


def configure(rig, accounts, **sections):
    """Rules and configuration; `sections` replace those of the same name."""
    names = ["act_" + account["id"] for account in accounts]
    # Many windows of reach at a level that is never touched: reading the account whole would cost that much, and so much may be read.
    watch = [{"metric": "reach", "window": f"last_{days}d", "is": "< 0"} for days in range(2, 90)]
    rig.write("rules/chaos.yaml", {"rules": [
        {"name": "raise", "workspace": "studio", "scope": {"level": "campaign", "accounts": names, "status": "active"},
         "when": {"all": [{"metric": "spend", "window": "last_7d", "is": "> 10"}]}, "then": [{"adjust_budget": {"by": "+20%"}}],
         "limits": {"cooldown": "0s"}, "mode": "active"},
        {"name": "pause", "workspace": "studio", "scope": {"level": "adset", "accounts": names, "status": "active"},
         "when": {"all": [{"metric": "spend", "window": "last_7d", "is": "> 10"}]}, "then": ["pause"], "limits": {"cooldown": "0s"},
         "mode": "active"},
        {"name": "watch", "workspace": "studio", "scope": {"level": "ad", "accounts": names}, "when": {"any": watch}, "then": ["pause"],
         "mode": "dry_run"}]})
    rig.write("touchstone.yaml", {
        "listen": {"address": f"127.0.0.1:{rig.port}", "certificate": rig.path("certs/server.pem"),
                   "private_key": rig.path("certs/server.key")},
        "admin": {"address": f"127.0.0.1:{rig.admin_port}", "token": "${CHAOS_ADMIN}"},
        "storage": {"url": "sqlite:" + rig.path("touchstone.db")},
        "graph": {"base_url": f"http://127.0.0.1:{rig.graph_port}", "version": "v26.0", "writes": "on"},
        "keys": {"current": "${CHAOS_KEY}"},
        "apps": [{"name": "main", "id": APP_ID, "secrets": ["${CHAOS_APP_SECRET}"], "verify_token": "${CHAOS_VERIFY}",
                  "path": "/webhooks/meta"}],
        "workspaces": [{"name": "studio", "app": "main", "token": "${CHAOS_TOKEN}", "accounts": names, "act_on": names, "pages": [],
                        "money": {"raise_per_day": 100_000_000, "raise_per_entity_per_day": "400%",
                                  "budget_writes_per_entity_per_hour": 4}}],
        "routes": [{"name": "account", "match": {"object": ["ad_account", "application"]}, "chain": ["touch"]}],
        "refresh": {"first": "at_once", "gather": "1s", "floor": "15m", "follow_up": ["15m", "60m"]},
        "rules": [rig.path("rules/*.yaml")]} | sections)


# ---------------------------------------------------------------- causes and the bytes that carry them

class Causes:
    """Events that happened at Meta. The same one may be told several times, in whatever bytes and company."""

    def __init__(self, draw, entities, started):
        self.draw = draw
        self.fresh = [dict(entity) for entity in entities]
        draw.shuffle(self.fresh)
        self.known = []
        self.told = collections.deque(maxlen=400)
        self.time = int(started) - 200_000
        self.count = 0

    def make(self, want_fresh):
        if want_fresh and self.fresh:
            entity = self.fresh.pop()
            self.known.append(entity)
        else:
            entity = self.draw.choice(self.known)
        self.time += 1
        self.count += 1
        is_issue = self.draw.random() < 0.7
        value = {"id": entity["id"], "level": "CAMPAIGN" if entity["level"] == "campaign" else "AD_SET"}
        if is_issue:
            value |= {"error_code": str(self.draw.randrange(100, 999)), "error_summary": f"Bud\u017cet / \u201eA\u201c {self.count}",
                      "error_message": self.draw.choice(["a/b\tc", "\U0001f525 hot", "plain", "\"quoted\" \\ slash"])}
        else:
            value |= {"status_name": self.draw.choice(["In Process", "Active"]), "note": self.count}
        cause = {"n": self.count, "account": entity["account"], "time": self.time, "entity": entity["id"], "level": entity["level"],
                 "field": "with_issues_ad_objects" if is_issue else "in_process_ad_objects", "value": value}
        self.told.append(cause)
        return cause

    def body(self, causes):
        """The causes as one notification, in one of the ways in which the same JSON can be written."""
        draw = self.draw
        entries = []
        for cause in causes:
            change = {"field": cause["field"], "value": self.shuffled(cause["value"])}
            entry = {"id": cause["account"], "time": cause["time"], "changes": [self.shuffled(change)]}
            entries.append(self.shuffled(entry))
        document = self.shuffled({"object": "ad_account", "entry": entries})
        style = draw.randrange(4)
        if style == 0:
            text = json.dumps(document, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/")
        elif style == 1:
            text = json.dumps(document, ensure_ascii=False, indent=draw.choice([None, 1, 2]))
        elif style == 2:
            text = json.dumps(document, ensure_ascii=True, separators=(" ,\t", "\r\n: "))
        else:
            text = json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n" * draw.randrange(3)
        return text.encode()

    def shuffled(self, document):
        items = list(document.items())
        self.draw.shuffle(items)
        return dict(items)


class Load:
    """Sends at a steady rate over kept-alive connections; what got no 200 is sent again later, as Meta would, or rarely given up."""

    def __init__(self, rig, causes, journal, draw, rate, fresh_per_second):
        self.rig, self.causes, self.journal, self.draw = rig, causes, journal, draw
        self.rate, self.fresh_per_second = rate, fresh_per_second
        self.queue = collections.deque()       # (due, delivery number, attempt, causes, body)
        self.lock = threading.Condition()
        self.ended = threading.Event()
        self.making = True
        self.up = threading.Event()
        self.under_way = 0
        self.acknowledged = 0
        self.refused = collections.Counter()
        self.deliveries = 0
        self.given_up = 0
        self.on_answer = None                   # set by the aim; called on the sender's thread
        self.threads = [threading.Thread(target=self.feed, daemon=True)]
        self.threads += [threading.Thread(target=self.send, daemon=True) for _ in range(SENDERS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def put(self, causes, due, body=None):
        body = body or self.causes.body(causes)
        with self.lock:
            self.deliveries += 1
            self.queue.append((due, self.deliveries, 1, causes, body))
            self.lock.notify()
        return body

    def feed(self):
        draw, next_at, fresh_at = self.draw, time.monotonic(), time.monotonic()
        while not self.ended.is_set() and self.making:
            now = time.monotonic()
            if not self.up.is_set() or len(self.queue) > 4 * self.rate:
                self.up.wait(0.05)
                next_at = fresh_at = time.monotonic()
                continue
            if now < next_at:
                time.sleep(min(0.005, next_at - now))
                continue
            next_at += 1 / self.rate
            want_fresh = now >= fresh_at or not self.causes.known
            if want_fresh:
                fresh_at += 1 / self.fresh_per_second
            kind = draw.random()
            if want_fresh or kind < 0.5 or len(self.causes.told) < 50:
                cause = self.causes.make(want_fresh)
                body = self.put([cause], now)
                again = draw.random()
                if again < 0.35:
                    self.put([cause], now + draw.random() * 2)                 # the same in other bytes
                elif again < 0.5:
                    self.put([cause], now + draw.random() * 2, body)           # the same bytes
            elif kind < 0.85:
                self.put(draw.sample(list(self.causes.told), draw.randrange(2, 9)), now)         # regrouped
            else:
                self.put([self.causes.make(False) for _ in range(draw.randrange(2, 6))], now)

    def take(self):
        with self.lock:
            now = time.monotonic()
            for _ in range(len(self.queue)):
                item = self.queue.popleft()
                if item[0] <= now and self.up.is_set():
                    self.under_way += 1
                    return item
                self.queue.append(item)
            self.lock.wait(0.01)
            return None

    def send(self):
        connection = None
        while not self.ended.is_set():
            item = self.take()
            if item is None:
                continue
            _, number, attempt, causes, body = item
            self.journal.add(k="send", d=number, attempt=attempt, wall_us=wall_us(), causes=[cause["n"] for cause in causes],
                             body=base64.b64encode(body).decode())
            status, sent_us = None, wall_us()
            try:
                connection = connection or self.rig.connection()
                status = self.rig.send(connection, body)
                answered = self.on_answer
                if status == 200 and answered:
                    answered()
            except (OSError, http.client.HTTPException) as error:
                self.journal.add(k="answer", d=number, attempt=attempt, wall_us=wall_us(), status=None, sent_us=sent_us,
                                 error=type(error).__name__)
                if connection:
                    connection.close()
                connection = None
            else:
                self.journal.add(k="answer", d=number, attempt=attempt, wall_us=wall_us(), status=status)
            with self.lock:
                self.under_way -= 1
                if status == 200:
                    self.acknowledged += 1
                else:
                    if status:
                        self.refused[status] += 1
                    if attempt == 1 and self.draw.random() < 0.25:
                        self.given_up += 1
                        self.journal.add(k="given_up", d=number)
                    elif attempt < 50:
                        self.queue.append((time.monotonic() + self.draw.random(), number, attempt + 1, causes, body))
        if connection:
            connection.close()

    def finish(self, bound):
        """Makes nothing new, and waits until all is sent; how many were not."""
        self.making = False
        end = time.monotonic() + bound
        while time.monotonic() < end:
            with self.lock:
                left = len(self.queue) + self.under_way
            if not left:
                break
            time.sleep(0.05)
        self.ended.set()
        for thread in self.threads:
            thread.join(5)
        return left


# ---------------------------------------------------------------- aiming, killing, looking

class Tail(threading.Thread):
    """Follows the emulator's log: which reads and writes the gateway is in the middle of."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.ended, self.listener, self.posted = path, threading.Event(), None, set()

    def run(self):
        rest = b""
        with open(self.path, "rb") as file:
            while not self.ended.is_set():
                data = file.read()
                if not data:
                    time.sleep(0.001)
                    continue
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self.see(json.loads(line))

    def see(self, call):
        if call["kind"] != "graph":
            return
        entity = call["path"].strip("/")
        if call["op"] in ("insights", "edge"):
            stage = "refresh"
        elif call["op"] == "write":
            self.posted.add(entity)
            stage = "after send"
        else:
            stage = "read-back" if entity in self.posted else "before send"
        listener = self.listener
        if listener:
            listener(stage)


def aim(stage, rig, load, tail, draw):
    """Waits for the moment and kills; bounded, so that a moment that never comes is a random one."""
    time.sleep(draw.uniform(0.4, 1.4))
    moment = threading.Event()
    jitter = 0.0
    if stage == "random":
        moment.set()
        jitter = draw.random() * 0.5
    elif stage in ("accept", "commit", "decode"):
        fired = threading.Lock()

        def killing():
            if fired.acquire(blocking=False):
                if stage == "decode":
                    time.sleep(draw.random() * 0.002)
                rig.kill_gateway()
                moment.set()

        if stage == "commit":
            load.on_answer = killing
        elif stage == "decode":
            load.on_answer = killing
        else:
            end = time.monotonic() + 3
            while time.monotonic() < end and load.under_way < 3:
                pass
            moment.set()
    elif stage in ("chain", "effects"):
        load.on_answer = moment.set
        jitter = draw.uniform(0.0, 0.008) if stage == "chain" else draw.uniform(0.005, 0.05)
    else:
        tail.listener = lambda seen: moment.set() if seen == stage else None
        jitter = draw.uniform(0, 0.02)
    moment.wait(3)
    if jitter:
        time.sleep(jitter)
    load.on_answer = tail.listener = None
    rig.kill_gateway()
    rig.gateway.wait(10)


def look(rig, killed_ms, booted_us, load, known):
    """The stages that the kill struck, with how many pieces of work in each, from the evidence alone."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        for suffix in ("", "-wal"):
            source = rig.path("touchstone.db" + suffix)
            if os.path.exists(source):
                shutil.copyfile(source, os.path.join(folder, "copy.db" + suffix))
        database = sqlite3.connect(os.path.join(folder, "copy.db"))
        stored = rows(database, "SELECT COUNT(*) FROM deliveries")[0][0]
        undecoded = rows(database, "SELECT COUNT(*) FROM deliveries WHERE decoded = 0")[0][0]
        unclaimed = rows(database, "SELECT COUNT(*) FROM jobs WHERE state = 'open' AND (owner IS NULL OR due_at <= ?)", killed_ms)[0][0]
        leased = rows(database, "SELECT COUNT(*) FROM jobs WHERE state = 'open' AND owner IS NOT NULL AND due_at > ?", killed_ms)[0][0]
        reading = rows(database, "SELECT COUNT(*) FROM touched_entities WHERE state = 'open' AND owner IS NOT NULL AND due_at > ? "
                                 "AND last_read_at IS NULL", killed_ms)[0][0]
        sending = [row[0] for row in rows(
            database, "SELECT a.entity_id FROM outbox o JOIN action_history a ON a.id = o.action_id WHERE o.state = 'open' "
                      "AND o.owner IS NOT NULL AND o.due_at > ?", killed_ms)]
        database.close()
    calls = collections.defaultdict(list)
    for call in rig.emulator_log():
        if call["kind"] == "graph" and call["wall_us"] >= booted_us:
            calls[call["path"].strip("/")].append(call["op"])
    found = collections.Counter()
    committed = max(0, stored - known["stored"] - (load.acknowledged - known["acknowledged"]))
    unanswered = known["unanswered"]
    found["commit"] = min(committed, unanswered)
    found["accept"] = unanswered - found["commit"]
    found["decode"], found["chain"], found["effects"], found["refresh"] = undecoded, unclaimed, leased, reading
    for entity in sending:
        steps = calls[entity]
        if "write" not in steps:
            found["before send"] += 1
        elif "node" in steps[len(steps) - steps[::-1].index("write"):]:
            found["read-back"] += 1
        else:
            found["after send"] += 1
    known["stored"], known["acknowledged"] = stored, load.acknowledged
    return {stage: found[stage] for stage in STAGES if found[stage]}


def unanswered_at(path, from_line, killed_us):
    """Attempts of the journal that were sent before the gateway died and never answered, and where the next look starts."""
    with open(path, "rb") as file:
        file.seek(from_line)
        data = file.read()
    end = data.rfind(b"\n") + 1
    count = 0
    for line in data[:end].splitlines():
        record = json.loads(line)
        if record["k"] == "answer" and record["status"] is None and record["sent_us"] < killed_us:
            count += 1
    return count, from_line + end


# ---------------------------------------------------------------- the run

def run(options):
    folder = options.keep or tempfile.mkdtemp(prefix="touchstone-chaos-")
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(3), "big")
    draw = random.Random(seed)
    print(f"seed {seed}, {options.kills} kills, {options.rate} deliveries/s, folder {folder}", flush=True)
    rig = Rig(folder, options.program)
    rig.secrets["CHAOS_TOKEN"] = "chaos-token-of-studio"
    fresh_per_second = 14
    accounts, entities, insights = plan_world(draw, max(300, int(options.kills * 2.0 * fresh_per_second)))
    rig.write("plan.json", {"entities": entities, "app_secret": rig.secrets["CHAOS_APP_SECRET"], "workspace": "studio"})
    journal = Journal(rig.path("journal.jsonl"))
    load = Load(rig, Causes(draw, entities, time.time()), journal, random.Random(seed + 1), options.rate, fresh_per_second)
    aims = (AIMS * (options.kills // len(AIMS) + 1))[: options.kills]
    draw.shuffle(aims)
    struck, pieces, aimed = collections.Counter(), collections.Counter(), collections.Counter()
    known = {"stored": 0, "acknowledged": 0, "unanswered": 0}
    journal_at, deadline = 0, time.monotonic() + 60 + options.kills * 6
    try:
        rig.start_emulator(scenario(accounts, insights, rig.secrets["CHAOS_APP_SECRET"]))
        configure(rig, accounts)
        tail = Tail(rig.path("emulator.log"))
        tail.start()
        load.start()
        kills = 0
        for stage in aims:
            if time.monotonic() > deadline:
                print("out of time: fewer kills than asked for", flush=True)
                break
            booted_us = wall_us()
            rig.start_gateway()
            journal.add(k="start", wall_us=wall_us(), pid=rig.gateway.pid)
            load.up.set()
            aim(stage, rig, load, tail, draw)
            killed_us = rig.killed_us
            load.up.clear()
            journal.add(k="kill", wall_us=killed_us, aim=stage)
            end = time.monotonic() + 12
            while load.under_way and time.monotonic() < end:
                time.sleep(0.005)
            time.sleep(0.06)                            # what the emulator had already taken in is logged by now
            known["unanswered"], journal_at = unanswered_at(rig.path("journal.jsonl"), journal_at, killed_us)
            found = look(rig, killed_us // 1000, booted_us, load, known)
            journal.add(k="struck", stages=found)
            kills += 1
            aimed[stage] += 1
            struck.update(found.keys())
            pieces.update(found)
        rig.start_gateway()
        load.up.set()
        unsent = load.finish(60)
        left = settle(rig, 90)
        rig.write("state.json", json.loads(rig.control("GET", "state")))
        tail.ended.set()
        rig.stop(rig.gateway)
        journal.add(k="end", unsent=unsent, left=left, kills=kills)
    finally:
        load.ended.set()
        rig.stop_all()
        journal.close()
    print(f"{kills} kills; {load.deliveries} deliveries, {load.acknowledged} acknowledged, {load.given_up} given up, {unsent} not sent; "
          f"{load.causes.count} causes of {len(load.causes.known)} entities; refused {dict(load.refused)}; left unfinished: {left or 'nothing'}")
    print("stage          kills that struck it   pieces of work in it")
    for stage in STAGES:
        print(f"{stage:<14} {struck[stage]:>20} {pieces[stage]:>22}")
    thin = [stage for stage in STAGES if struck[stage] < min(3, options.kills // 10)]
    if thin:
        print("seldom struck: " + ", ".join(thin))
    return 1 if kills < options.kills or unsent or left else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rate", type=int, default=150)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--keep")
    sys.exit(run(parser.parse_args()))
