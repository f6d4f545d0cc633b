#!/usr/bin/env python3
"""Kills `touchstone serve` with SIGKILL under load, again and again, at every stage of an event's way.

Sent are notifications of ad accounts, leads and comments and shops' conversions, mixed (`--ads-only`: the first alone). Leads go on to a
receiver that is idempotent, comments are hidden and answered, conversions go to the emulator's events edge, ads are changed by rules.
Leaves everything that check.py needs in the folder: plan.json (what calls for what), journal.jsonl (every attempt with its bytes, every
answer, every kill), crm.jsonl, emulator.log, state.json and conversions.json (the emulator's end) and touchstone.db. Prints a count of kills
per stage, from what the database held and the emulator's log and the receiver showed right after each kill. Ends by itself.
"""

import argparse
import collections
import json
import os
import random
import secrets
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from crm import CRM  # noqa: E402
from load import AdNotices, CommentNotices, LeadNotices, Load, Shops  # noqa: E402
from rig import Journal, Rig, free_port, rows, settle, wall_us  # noqa: E402
from world import PAGE, PRIVATE_REPLY, REPLY, TOKEN, configure, configure_people, plan_people, plan_world, populate, scenario  # noqa: E402

STAGES = ["accept", "commit", "decode", "chain", "effects", "refresh", "before send", "after send", "read-back"]
AIMS = ["random", "accept", "commit", "decode", "chain", "effects", "refresh", "before send", "after send", "read-back"]
PER_SECOND = {"ads": 14, "leads": 14, "comments": 30}
LEASE_MS = 60_000


# ---------------------------------------------------------------- aiming

class Tail(threading.Thread):
    """Follows the emulator's log: which reads and writes the gateway is in the middle of."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.ended, self.listener = path, threading.Event(), None
        self.posted, self.lock = set(), threading.Lock()
        self.forget()

    def forget(self):
        """The steps of a new life."""
        with self.lock:
            self.steps = collections.defaultdict(list)      # entity or comment: what was done, in order
            self.edges = {}                                 # dataset: when its last call was taken

    def run(self):
        rest = b""
        with open(self.path, "rb") as file:
            while not self.ended.is_set():
                data = file.read()
                if not data:
                    time.sleep(0.002)
                    continue
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self.see(json.loads(line))

    def see(self, call):
        if call["kind"] != "graph":
            return
        entity, stage = call["path"].strip("/"), None
        with self.lock:
            if call["op"] == "events":
                self.edges[call["dataset"]] = call["wall_us"] // 1000
                stage = "after send"
            elif call["op"] in ("insights", "edge"):
                stage = "refresh" if call["call"] is None else None
            elif call["op"] == "write":
                self.posted.add(entity)
                self.steps[entity].append("write")
                for change in call["changed"]:
                    self.steps[change["id"]].append(change["field"])
                stage = "after send"
            elif call["call"] in (None, "comment"):
                self.steps[entity].append("node")
                stage = "read-back" if entity in self.posted else "before send"
        listener = self.listener
        if listener and stage:
            listener(stage)


def aim(stage, rig, load, tail, crm, draw):
    """Waits for the moment and kills; bounded, so that a moment that never comes is a random one."""
    time.sleep(draw.uniform(0.4, 1.4))
    moment = threading.Event()
    jitter = 0.0
    if stage == "random":
        moment.set()
        jitter = draw.random() * 0.5
    elif stage in ("commit", "decode"):
        fired = threading.Lock()

        def killing():
            if fired.acquire(blocking=False):
                if stage == "decode":
                    time.sleep(draw.random() * 0.002)
                rig.kill_gateway()
                moment.set()

        load.on_answer = killing
    elif stage == "accept":
        end = time.monotonic() + 3
        while time.monotonic() < end and load.under_way < 3:
            time.sleep(0)
        moment.set()
    elif stage in ("chain", "effects"):
        load.on_answer = moment.set
        jitter = draw.uniform(0.0, 0.008) if stage == "chain" else draw.uniform(0.005, 0.05)
    elif stage == "after send" and crm and draw.random() < 0.4:
        crm.on_lead = moment.set
        jitter = draw.uniform(0, 0.02)
    else:
        tail.listener = lambda seen: moment.set() if seen == stage else None
        jitter = draw.uniform(0, 0.02)
    moment.wait(3)
    if jitter:
        time.sleep(jitter)
    load.on_answer = tail.listener = None
    if crm:
        crm.on_lead = None
    rig.kill_gateway()
    rig.gateway.wait(10)


# ---------------------------------------------------------------- looking

class Found:
    """Pieces of work per stage and kind that one kill struck."""

    def __init__(self):
        self.pieces = collections.defaultdict(collections.Counter)

    def add(self, stage, kind, count=1):
        if count:
            self.pieces[stage][kind] += count

    def document(self):
        return {stage: dict(kinds) for stage, kinds in self.pieces.items()}


def look(rig, killed_ms, load, tail, crm, known):
    """The stages that the kill struck, from the evidence alone: the database as it lies there, and what the others saw."""
    found = Found()
    database = rig.database()
    try:
        fresh, last = rows(database, "SELECT COUNT(*), MAX(seq) FROM deliveries WHERE seq > ?", known["seq"])[0]
        for kind, count in rows(database, "SELECT kind, COUNT(*) FROM deliveries WHERE decoded = 0 GROUP BY kind"):
            found.add("decode", kind, count)
        for route, leased, count in rows(
                database, "SELECT route, owner IS NOT NULL AND due_at > ?, COUNT(*) FROM jobs WHERE state = 'open' GROUP BY 1, 2", killed_ms):
            found.add("effects" if leased else "chain", route, count)
        found.add("refresh", "entity", rows(
            database, "SELECT COUNT(*) FROM touched_entities WHERE state = 'open' AND owner IS NOT NULL AND due_at > ? "
                      "AND last_read_at IS NULL", killed_ms)[0][0])
        sending = rows(database, "SELECT o.kind, o.reference, o.due_at, a.entity_id FROM outbox o LEFT JOIN action_history a "
                                 "ON a.id = o.action_id WHERE o.state = 'open' AND o.owner IS NOT NULL AND o.due_at > ?", killed_ms)
    finally:
        database.close()
    unanswered = [sent_us for sent_us in load.unanswered if sent_us < killed_ms * 1000]
    load.unanswered = []
    committed = max(0, fresh - (load.acknowledged - known["acknowledged"]))
    found.add("commit", "delivery", min(committed, len(unanswered)))
    found.add("accept", "delivery", len(unanswered) - min(committed, len(unanswered)))
    with tail.lock:
        for kind, reference, due_at, entity in sending:
            found.add(sent(kind, json.loads(reference), due_at - LEASE_MS, entity, tail, crm), kind)
    known["seq"], known["acknowledged"] = last or known["seq"], load.acknowledged
    return found


def sent(kind, reference, claimed_ms, entity, tail, crm):
    """How far the sending of a message that was leased at the kill had come."""
    if kind == "lead":
        return "after send" if reference["lead"] in crm.had else "before send"
    if kind == "conversion":
        return "after send" if tail.edges.get(reference["dataset"], 0) >= claimed_ms else "before send"
    if kind == "moderate":
        steps = tail.steps[reference["comment"]]
        written = {"hide": "is_hidden"}.get(reference["action"], reference["action"])
    else:
        steps, written = tail.steps[entity], "write"
    if written not in steps:
        return "before send"
    return "read-back" if "node" in steps[len(steps) - steps[::-1].index(written):] else "after send"


# ---------------------------------------------------------------- the run

class Run:
    def __init__(self, options):
        self.options = options
        self.folder = options.keep or tempfile.mkdtemp(prefix="touchstone-chaos-")
        self.seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(3), "big")
        self.draw = random.Random(self.seed)
        self.rig = Rig(self.folder, options.program)
        self.rig.secrets |= {"CHAOS_TOKEN": TOKEN, "CHAOS_CRM_SECRET": "whsec_" + secrets.token_hex(16)}
        for name in ("CHAOS_SHOP_TOKEN", "CHAOS_SHOP_SECRET", "CHAOS_TILL_TOKEN", "CHAOS_TILL_SECRET"):
            self.rig.secrets[name] = secrets.token_hex(16)
        self.journal = Journal(self.rig.path("journal.jsonl"))
        self.struck, self.pieces = collections.Counter(), collections.defaultdict(collections.Counter)
        self.kills, self.up_seconds = 0, 0.0
        self.crm = self.people = None

    def plan(self):
        options, rig = self.options, self.rig
        most = {kind: max(300, int(options.kills * 2.2 * rate)) for kind, rate in PER_SECOND.items()}
        self.accounts, self.entities, self.insights = plan_world(self.draw, most["ads"])
        if not options.ads_only:
            self.people = plan_people(self.draw, self.accounts, 2 * most["leads"], most["comments"])
            crm_port = free_port()
            self.crm_journal = Journal(rig.path("crm.jsonl"))
            self.crm = CRM(crm_port, rig.secrets["CHAOS_CRM_SECRET"], self.crm_journal, self.seed)
            self.crm_url = f"http://127.0.0.1:{crm_port}/leads"
        rig.write("plan.json", {"entities": self.entities, "people": self.people, "workspace": "studio", "page": PAGE,
                                "reply": REPLY, "private_reply": PRIVATE_REPLY, "crm_secret": rig.secrets["CHAOS_CRM_SECRET"]})
        started, people = time.time(), self.people
        streams = {"ads": AdNotices(self.draw, self.entities, started)}
        if people:
            streams |= {"leads": LeadNotices(self.draw, people["leads"], started),
                        "comments": CommentNotices(self.draw, people["comments"], started),
                        "shops": Shops(self.draw, people["ads"], rig.secrets, started)}
        self.load = Load(rig, self.journal, random.Random(self.seed + 1), options.rate, fresh=PER_SECOND, **streams)

    def start(self):
        rig = self.rig
        rig.start_emulator(scenario(self.accounts, self.insights, rig.secrets["CHAOS_APP_SECRET"], self.people))
        if self.people:
            populate(rig, self.people)
            self.crm.start()
            configure_people(rig, self.accounts, self.crm_url)
        else:
            configure(rig, self.accounts)
        self.tail = Tail(rig.path("emulator.log"))
        self.tail.start()
        self.load.start()

    def boot(self):
        self.tail.forget()
        if self.crm:
            self.crm.forget()
        self.rig.start_gateway()
        self.journal.add(k="start", wall_us=wall_us(), pid=self.rig.gateway.pid)
        self.load.up.set()

    def kill(self, stage, known):
        rig, load = self.rig, self.load
        self.boot()
        began = time.monotonic()
        aim(stage, rig, load, self.tail, self.crm, self.draw)
        self.up_seconds += time.monotonic() - began
        if not all(thread.is_alive() for thread in load.threads):
            raise SystemExit("a thread of the load has ended early")
        killed_us = rig.killed_us
        load.up.clear()
        self.journal.add(k="kill", wall_us=killed_us, aim=stage)
        end = time.monotonic() + 12
        while load.under_way and time.monotonic() < end:
            time.sleep(0.005)
        time.sleep(0.08)                            # what the emulator had already taken in is logged by now
        found = look(rig, killed_us // 1000, load, self.tail, self.crm, known)
        self.journal.add(k="struck", stages=found.document())
        self.kills += 1
        for name, kinds in found.pieces.items():
            self.struck[name] += 1
            self.pieces[name].update(kinds)

    def run(self):
        options, rig, load = self.options, self.rig, self.load
        print(f"seed {self.seed}, {options.kills} kills, {options.rate} deliveries/s, folder {self.folder}", flush=True)
        aims = (AIMS * (options.kills // len(AIMS) + 1))[: options.kills]
        self.draw.shuffle(aims)
        known = {"seq": 0, "acknowledged": 0}
        deadline = time.monotonic() + 60 + options.kills * 8
        self.start()
        for stage in aims:
            if time.monotonic() > deadline:
                print("out of time: fewer kills than asked for", flush=True)
                break
            self.kill(stage, known)
        under_fire = load.attempts, load.answered
        self.boot()
        unsent = load.finish(90)
        resting = time.monotonic()
        left = settle(rig, options.patience)
        print(f"at rest {time.monotonic() - resting:.0f} s after the last was sent", flush=True)
        rig.write("state.json", json.loads(rig.control("GET", "state")))
        if self.people:
            rig.write("conversions.json", json.loads(rig.control("GET", "events")))
        self.tail.ended.set()
        rig.stop(rig.gateway)
        self.journal.add(k="end", unsent=unsent, left=left, kills=self.kills)
        self.report(unsent, left, under_fire)
        return 1 if self.kills < options.kills or unsent or left else 0

    def stop(self):
        self.load.ended.set()
        self.rig.stop_all()
        if self.crm:
            self.crm.stop()
            self.crm_journal.close()
        self.journal.close()

    def report(self, unsent, left, under_fire):
        load = self.load
        print(f"{self.kills} kills; {load.deliveries} deliveries {dict(load.by_kind)}, {load.acknowledged} acknowledged, {load.given_up} given up, "
              f"{unsent} not sent; refused {dict(load.refused)}; left unfinished: {left or 'nothing'}")
        print(f"while it was up, {self.up_seconds:.0f} s in all: {under_fire[0] / max(self.up_seconds, 1):.0f} a second sent, "
              f"{under_fire[1] / max(self.up_seconds, 1):.0f} answered")
        if self.crm:
            print(f"the receiver took {len(self.crm.known)} messages, {self.crm.repeated} of them again, in {self.crm.received} requests")
        print("stage          kills that struck it   pieces of work in it")
        for stage in STAGES:
            kinds = ", ".join(f"{kind} {count}" for kind, count in self.pieces[stage].most_common())
            print(f"{stage:<14} {self.struck[stage]:>20} {sum(self.pieces[stage].values()):>22}   {kinds}")
        least = min(10, max(3, self.options.kills // 20))
        thin = [stage for stage in STAGES if self.struck[stage] < least]
        if thin:
            print(f"struck less than {least} times: " + ", ".join(thin))


def main(options):
    run = Run(options)
    run.plan()
    try:
        return run.run()
    finally:
        run.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--ads-only", action="store_true")
    parser.add_argument("--patience", type=int, default=300, help="seconds that what is left may take in the end")
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--keep")
    sys.exit(main(parser.parse_args()))
