#!/usr/bin/env python3
"""A storm on the way of conversions to Meta: answers lost, calls refused, events refused for good, throttled, dead for a while, the gateway
killed again and again. Afterwards every event is at the emulator once by its `event_id`, or refused with its reason.

Which events Meta refuses for good is drawn from their ids, here and at the emulator alike, so that each one's end is known beforehand; of a
tenth of them the answer does not say where they stand. Prints figures and one line per check; exit 1 when any failed. Ends by itself.
"""

import argparse
import collections
import hashlib
import hmac
import http.client
import json
import os
import random
import secrets
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import Rig, rows  # noqa: E402

APP_ID, TOKEN = "100200300400500", "chaos-token-of-studio"
DATASETS = ["900100200300401", "900100200300402"]
SENDERS, PER_REQUEST = 8, 100
NAMED, UNNAMED = 2_804_019, 2_804_050          # the places of the former are told


def lot(identity):
    """0 to 999 999, as the emulator draws it (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in identity.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value % 1_000_000


def scenario(rig, options):
    bad = round(options.bad * 1_000_000)
    rules = [{"share": bad * 9 // 10 / 1e6, "subcode": NAMED, "place": True, "message": "must be another"},
             {"share": bad / 1e6, "subcode": UNNAMED, "message": "Some event says too little."}]

    def fault(name, timing, do):
        return {"name": name, "match": {"method": "POST", "suffix": "/events"}, **timing, "do": do}

    return {
        "require_proof": True, "apps": [{"id": APP_ID, "secret": rig.secrets["CHAOS_APP_SECRET"]}],
        "tokens": [{"token": TOKEN, "name": "studio", "app": APP_ID}], "event_options": {"brief": True},
        "datasets": [{"id": dataset, "refuses": rules if bad else []} for dataset in DATASETS],
        "faults": [
            fault("lost", {"share": options.lost, "seed": options.seed}, {"lost": True}),
            fault("refused", {"share": options.refused, "seed": options.seed + 1}, {"status": 500, "code": 2, "message": "Service unavailable"}),
            fault("slow", {"share": 0.05, "seed": options.seed + 2}, {"delay_ms": 700})]}


def throttle(seconds):
    usage = {"1": [{"type": "ads_management", "call_count": 100, "total_cputime": 100, "total_time": 100,
                    "estimated_time_to_regain_access": 1}]}
    return {"name": "throttled", "match": {"method": "POST", "suffix": "/events"}, "down_ms": seconds * 1_000,
            "do": {"status": 400, "code": 80004, "message": "There have been too many calls",
                   "headers": {"X-Business-Use-Case-Usage": json.dumps(usage)}}}


def dead(seconds):
    return {"name": "dead", "match": {"method": "POST", "suffix": "/events"}, "down_ms": seconds * 1_000, "do": {"lost": "before"}}


def configure(rig):
    rig.write("touchstone.yaml", {
        "listen": {"address": f"127.0.0.1:{rig.port}", "certificate": rig.path("certs/server.pem"), "private_key": rig.path("certs/server.key")},
        "admin": {"address": f"127.0.0.1:{rig.admin_port}", "token": "${CHAOS_ADMIN}"},
        "storage": {"url": rig.storage_url},
        "graph": {"base_url": f"http://127.0.0.1:{rig.graph_port}", "version": "v26.0", "writes": "on"},
        "keys": {"current": "${CHAOS_KEY}"},
        "apps": [{"name": "main", "id": APP_ID, "secrets": ["${CHAOS_APP_SECRET}"], "verify_token": "${CHAOS_VERIFY}"}],
        "workspaces": [{"name": "studio", "app": "main", "token": TOKEN, "accounts": ["act_1"]}],
        "sources": [{"name": "shop", "workspace": "studio", "token": "${CHAOS_SHOP_TOKEN}", "secret": "${CHAOS_SHOP_SECRET}",
                     "datasets": DATASETS, "consent": {"from": "custom_data.consent", "without": "send"}}],
        "routes": [{"name": "shops", "match": {"object": "conversion"}, "chain": ["forward_conversion"]}],
        "limits": {"per_source": {"requests": None, "bytes": None, "per_second": None}}})


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

    def body(self, dataset, numbers):
        now = int(time.time()) - 30
        token = self.rig.secrets["CHAOS_SHOP_TOKEN"]
        proof = hmac.new(self.rig.secrets["CHAOS_SHOP_SECRET"].encode(), token.encode(), hashlib.sha256).hexdigest()
        events = [{"event_name": "Purchase", "event_time": now, "event_id": identity(number), "action_source": "website",
                   "event_source_url": f"https://shop.example/thanks/{number}",
                   "user_data": {"em": [f"buyer{number}@example.com"], "client_user_agent": "Mozilla/5.0", "client_ip_address": "203.0.113.9"},
                   "custom_data": {"value": 12.5, "currency": "EUR", "order_id": f"o{number}", "consent": True}} for number in numbers]
        path = f"/v26.0/{dataset}/events?" + urllib.parse.urlencode({"access_token": token, "appsecret_proof": proof})
        return path, json.dumps({"data": events}).encode()

    def send(self):
        connection = None
        while not self.ended.is_set():
            request = self.take()
            if request is None:
                time.sleep(0.005)
                continue
            path, body = self.body(*request)
            status = None
            try:
                connection = connection or self.rig.connection(timeout=30)
                connection.request("POST", path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                status, text = answer.status, answer.read()
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
        self.rig = Rig(self.folder, options.program, log_level="error")
        self.rig.secrets |= {"CHAOS_SHOP_TOKEN": secrets.token_hex(16), "CHAOS_SHOP_SECRET": secrets.token_hex(16)}
        self.draw = random.Random(options.seed)
        self.kills, self.up_seconds = 0, 0.0

    def run(self):
        options, rig = self.options, self.rig
        print(f"seed {options.seed}, {options.events} events, {options.kills} kills, {options.lost:.0%} of answers lost, {options.refused:.0%} of calls "
              f"refused, {options.bad:.1%} of events refused for good, throttled {options.throttled} s, dead {options.dead} s, folder {self.folder}",
              flush=True)
        rig.start_emulator(scenario(rig, options))
        configure(rig)
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
        failures = self.check(load, left, seconds, scripts)
        print("FAILED: " + ", ".join(failures) if failures else "every event is at the emulator once, or refused with its reason")
        return 1 if failures else 0

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
        failures = []

        def check(name, wrong):
            wrong = list(wrong)
            print(f"{'ok  ' if not wrong else 'FAIL'} {name}" + (f": {len(wrong)}, such as {wrong[:3]}" if wrong else ""), flush=True)
            if wrong:
                failures.append(name)

        there, start = {}, 0
        while True:
            page = rig.control("GET", f"events.ndjson?from={start}&count=20000&brief=true").splitlines()
            for line in page:
                event = json.loads(line)
                there.setdefault(event["event_id"], []).append(event)
            start += len(page)
            if not page:
                break
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
        return failures

    def stop(self):
        self.rig.stop_all()


def main(options):
    run = Run(options)
    try:
        return run.run()
    finally:
        run.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rate", type=int, default=2_000, help="events a second that the shop sends")
    parser.add_argument("--lost", type=float, default=0.2, help="share of Meta's answers that are lost though the work was done")
    parser.add_argument("--refused", type=float, default=0.1, help="share of calls that are refused for a passing reason")
    parser.add_argument("--bad", type=float, default=0.01, help="share of events that are refused for good")
    parser.add_argument("--throttled", type=int, default=10, help="seconds")
    parser.add_argument("--dead", type=int, default=60, help="seconds")
    parser.add_argument("--patience", type=int, default=1_800, help="seconds for all of it")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3), "big"))
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--keep")
    sys.exit(main(parser.parse_args()))
