#!/usr/bin/env python3
"""A storm on the way of conversions to Meta: answers lost, calls refused, events refused for good, throttled, dead for a while, the gateway
killed again and again. Afterwards every event is at the emulator once by its `event_id`, or refused with its reason.

Which events Meta refuses for good is drawn from their ids, here and at the emulator alike, so that each one's end is known beforehand; of a
tenth of them the answer does not say where they stand. Prints figures and one line per check; exit 1 when any failed. Ends by itself.
"""

import collections
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import rows  # noqa: E402
from shop import Checks, ShopRig, lot, parser, play, purchase  # noqa: E402

DATASETS = ["900100200300401", "900100200300402"]
SENDERS, PER_REQUEST = 8, 100
NAMED, UNNAMED = 2_804_019, 2_804_050          # the places of the former are told


def scenario(rig, options):
    bad = round(options.bad * 1_000_000)
    rules = [{"share": bad * 9 // 10 / 1e6, "subcode": NAMED, "place": True, "message": "must be another"},
             {"share": bad / 1e6, "subcode": UNNAMED, "message": "Some event says too little."}]

    def fault(name, timing, do):
        return {"name": name, "match": {"method": "POST", "suffix": "/events"}, **timing, "do": do}

    return rig.scenario([{"id": dataset, "refuses": rules if bad else []} for dataset in DATASETS], faults=[
        fault("lost", {"share": options.lost, "seed": options.seed}, {"lost": True}),
        fault("refused", {"share": options.refused, "seed": options.seed + 1}, {"status": 500, "code": 2, "message": "Service unavailable"}),
        fault("slow", {"share": 0.05, "seed": options.seed + 2}, {"delay_ms": 700})])


def throttle(seconds):
    usage = {"1": [{"type": "ads_management", "call_count": 100, "total_cputime": 100, "total_time": 100,
                    "estimated_time_to_regain_access": 1}]}
    return {"name": "throttled", "match": {"method": "POST", "suffix": "/events"}, "down_ms": seconds * 1_000,
            "do": {"status": 400, "code": 80004, "message": "There have been too many calls",
                   "headers": {"X-Business-Use-Case-Usage": json.dumps(usage)}}}


def dead(seconds):
    return {"name": "dead", "match": {"method": "POST", "suffix": "/events"}, "down_ms": seconds * 1_000, "do": {"lost": "before"}}


class Load:
    """Requests of a hundred events; what got no 200 is sent again with the same ids, and some that did are told once more."""

    def __init__(self, rig, options, draw):
        self.rig, self.draw, self.rate = rig, draw, options.rate
        self.requests = collections.deque(
            (DATASETS[number % 2], list(range(start, min(start + PER_REQUEST, options.events))))
            for number, start in enumerate(range(0, options.events, PER_REQUEST)))
        again = draw.sample(list(self.requests), len(self.requests) // 20)
        self.told_again = sum(len(numbers) for _, numbers in again)
        self.requests.extend(again)
        self.left = len(self.requests)
        self.lock, self.up, self.ended = threading.Lock(), threading.Event(), threading.Event()
        self.statuses, self.attempts, self.acknowledged = collections.Counter(), 0, 0
        self.began = time.monotonic()
        self.threads = [threading.Thread(target=self.send, daemon=True) for _ in range(SENDERS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def take(self):
        with self.lock:
            due = self.acknowledged < (time.monotonic() - self.began) * self.rate
            return self.requests.popleft() if self.requests and due and self.up.is_set() else None

    def events(self, numbers):
        now = int(time.time()) - 30
        return [purchase(number, now, order_id=f"o{number}", consent=True) for number in numbers]

    def send(self):
        connection = None
        while not self.ended.is_set():
            request = self.take()
            if request is None:
                time.sleep(0.005)
                continue
            status = None
            try:
                connection = connection or self.rig.connection(timeout=30)
                status, text = self.rig.post_events(connection, request[0], self.events(request[1]))
                if status not in (200, 503):
                    print(f"refused: {status} {text[:300]!r}", flush=True)
            except (OSError, http.client.HTTPException):
                if connection:
                    connection.close()
                connection = None
            with self.lock:
                self.attempts += 1
                self.statuses[status or "no answer"] += 1
                if status == 200:
                    self.left -= 1
                    self.acknowledged += len(request[1])
                else:
                    self.requests.append(request)
            if status != 200:
                time.sleep(0.05)
        if connection:
            connection.close()


def identity(number):
    return f"order-{number}"


def states(rig):
    database = rig.database()
    try:
        return dict(rows(database, "SELECT state, COUNT(*) FROM conversion_events GROUP BY state"))
    finally:
        database.close()


def at_rest(rig, total):
    """What has not ended yet."""
    found = states(rig)
    return total - sum(found.get(state, 0) for state in ("forwarded", "refused"))


class Run:
    def __init__(self, options):
        self.options = options
        self.folder = options.keep or tempfile.mkdtemp(prefix="touchstone-conversions-")
        self.rig = ShopRig(self.folder, options.program)
        self.draw = random.Random(options.seed)
        self.kills, self.up_seconds = 0, 0.0

    def run(self):
        options, rig = self.options, self.rig
        print(f"seed {options.seed}, {options.events} events, {options.kills} kills, {options.lost:.0%} of answers lost, {options.refused:.0%} of calls "
              f"refused, {options.bad:.1%} of events refused for good, throttled {options.throttled} s, dead {options.dead} s, folder {self.folder}",
              flush=True)
        rig.start_emulator(scenario(rig, options))
        rig.configure(DATASETS, consent={"from": "custom_data.consent", "without": "send"})
        load = Load(rig, options, random.Random(options.seed + 9))
        load.start()
        began = load.began = time.monotonic()
        rig.start_gateway()
        load.up.set()
        deadline = began + options.patience
        left, scripts = self.storm(load, deadline)
        load.ended.set()
        seconds = time.monotonic() - began
        print(f"{'at rest' if not left else f'NOT at rest, {left} events left'} after {seconds:.0f} s, {self.kills} kills; "
              f"answers to the shop: {dict(load.statuses)}", flush=True)
        rig.stop(rig.gateway)
        return self.check(load, left, seconds, scripts).end("every event is at the emulator once, or refused with its reason")

    def storm(self, load, deadline):
        """Kills while there is work, throttles after a quarter of the events, dies after half of them; what is left, and what was scripted."""
        options, rig = self.options, self.rig
        scripts = [(0.25, "throttled", throttle(options.throttled)), (0.5, "dead", dead(options.dead))]
        done, next_kill, looked = [], time.monotonic() + self.draw.uniform(1, 3), 0.0
        left = options.events
        while time.monotonic() < deadline:
            if self.kills < options.kills and time.monotonic() >= next_kill:
                rig.kill_gateway()
                rig.gateway.wait(10)
                self.kills += 1
                rig.start_gateway()
                next_kill = time.monotonic() + self.draw.uniform(0.5, 3)
            if time.monotonic() - looked > 0.5:
                left, looked = at_rest(rig, options.events), time.monotonic()
                while scripts and options.events - left >= scripts[0][0] * options.events:
                    _, name, fault = scripts.pop(0)
                    # in front of the others, so that chance takes nothing from it
                    rig.control("DELETE", "faults")
                    rig.control("POST", "faults", [fault] + scenario(rig, options)["faults"])
                    done.append(name)
            if not left and not load.left and self.kills >= options.kills:
                return 0, done
            time.sleep(0.02)
        return left, done

    def check(self, load, left, seconds, scripts):
        options, rig = self.options, self.rig
        check, there = Checks(), {}
        for event in rig.events_at_emulator():
            there.setdefault(event["event_id"], []).append(event)
        database = rig.database()
        try:
            stored = {row[0]: row[1:] for row in rows(database, "SELECT conversion_id, state, reason FROM conversion_events WHERE state <> 'replaced'")}
            # What Meta refused and the shop sent again is taken anew; the older one is `replaced` and counts for nothing.
            count = rows(database, "SELECT COUNT(*) FROM conversion_events WHERE state <> 'replaced'")[0][0]
            unfinished = rows(database, "SELECT COUNT(*) FROM outbox WHERE state NOT IN ('done', 'dead')")[0][0]
        finally:
            database.close()
        everyone = [identity(number) for number in range(options.events)]
        bad = round(options.bad * 1_000_000)
        refused = {one: (NAMED if lot(one) < bad * 9 // 10 else UNNAMED) for one in everyone if lot(one) < bad}
        check("all was sent and taken in", [load.left] if load.left else [])
        check("nothing waits", [left] if left or unfinished else [])
        check("as many kills as asked for", [self.kills] if self.kills < options.kills else [])
        check("throttled and dead while there was work", {"throttled", "dead"} - set(scripts))
        check("every event is stored once", (set(everyone) ^ stored.keys()) or ([count] if count != options.events else []))
        check("every good event is at the emulator, accepted once", [
            (one, there.get(one)) for one in everyone if one not in refused and [event["accepted"] for event in there.get(one, [])] != [1]])
        check("and told as forwarded", [
            (one, stored.get(one)) for one in everyone if one not in refused and stored.get(one, ("",))[0] != "forwarded"])
        check("no bad event is there", [one for one in refused if one in there])
        check("each is refused with its reason", [
            (one, stored.get(one)) for one, subcode in refused.items()
            if one not in stored or stored[one][0] != "refused" or str(subcode) not in (stored[one][1] or "")])
        check("nothing else is there", there.keys() - set(everyone))

        calls = collections.Counter()
        for call in rig.emulator_log():
            if call.get("op") == "events":
                calls[call["fault"] or ("taken" if call["status"] == 200 else "refused for good")] += 1
        received = sum(event["received"] for events in there.values() for event in events)
        print(f"     {options.events} events and {load.told_again} told again in {load.attempts} requests; {len(there)} at the emulator, "
              f"{len(refused)} refused; {received - len(there)} received again and dropped")
        print(f"     {sum(calls.values())} calls: {dict(calls.most_common())}; {options.events / seconds:.0f} events/s over all, storm included")
        return check


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--events", type=int, default=20_000)
    arguments.add_argument("--kills", type=int, default=10)
    arguments.add_argument("--rate", type=int, default=2_000, help="events a second that the shop sends")
    arguments.add_argument("--lost", type=float, default=0.2, help="share of Meta's answers that are lost though the work was done")
    arguments.add_argument("--refused", type=float, default=0.1, help="share of calls that are refused for a passing reason")
    arguments.add_argument("--bad", type=float, default=0.01, help="share of events that are refused for good")
    arguments.add_argument("--throttled", type=int, default=10, help="seconds")
    arguments.add_argument("--dead", type=int, default=60, help="seconds")
    arguments.add_argument("--patience", type=int, default=1_800, help="seconds for all of it")
    arguments.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    sys.exit(play(Run(arguments.parse_args())))
