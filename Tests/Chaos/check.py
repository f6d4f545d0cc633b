#!/usr/bin/env python3
"""Judges what chaos.py left in a folder. Shares no code with the program, nor with chaos.py.

It reads the journals of the client (every attempt with its bytes, every answer) and of the receiver, the plan (what calls for what), the
emulator's log and last state, and the database; works out the identity of every event from the bytes, what must have come of it, and
compares. One line per check, `ok …` or `FAIL …`; exit 1 when any failed. Needs nothing but Python's standard library.
"""

import base64
import collections
import functools
import hashlib
import json
import os
import sqlite3
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_people  # noqa: E402


class Report:
    def __init__(self):
        self.failed = 0

    def check(self, name, wrong):
        """`wrong`: what contradicts, in a list; empty when all is well."""
        wrong = list(wrong)
        self.failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {name}" + (f": {len(wrong)}, such as {wrong[:3]}" if wrong else ""), flush=True)


# ---------------------------------------------------------------- identity, anew

class Number(str):
    """A number as it was written."""


def canonical(value):
    """Sorted by the keys' bytes, no spaces, the fewest escapes, numbers as written."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda item: item[0].encode())
        return "{" + ",".join(f"{canonical(key)}:{canonical(member)}" for key, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


class Told:
    """One change of a notification, or one conversion of a request."""

    def __init__(self, key, thing, field, entry, time, value):
        self.key, self.object, self.field, self.entry, self.time, self.value = key, thing, field, entry, time, value

    @functools.cached_property
    def entities(self):
        """Of an ad account's event, as the table has them."""
        level = {"CAMPAIGN": "campaign", "AD_SET": "adset"}[self.value["level"]]
        return f'[["{level}","{self.value["id"]}"]]'


def key_of(thing, entry, field, time, value):
    if field == "leadgen":
        return f"lead:{value['leadgen_id']}"
    if thing == "instagram":
        return f"comment:{value['id']}:add"
    if field == "feed" and value["verb"] in ("add", "edited", "remove"):
        return f"comment:{value['comment_id']}:{value['verb']}:{value['edited_time' if value['verb'] == 'edited' else 'created_time']}"
    digest = hashlib.sha256(canonical(value).encode()).hexdigest()
    return f"state:{thing}:{entry}:{field}:{digest}:{time}"


@functools.lru_cache(maxsize=1_000)
def events_of(path, body):
    """What a delivery tells, in its order."""
    document = json.loads(body, parse_int=Number, parse_float=Number)
    if path.endswith("/events"):
        dataset = path.split("/")[-2]
        return [Told(f"conv:{dataset}:{event['event_name']}:{event['event_id']}" if "event_id" in event else None,
                     "conversion", event["event_name"], dataset, event["event_time"], event) for event in document["data"]]
    return [Told(key_of(document["object"], entry["id"], change["field"], entry["time"], change["value"]),
                 document["object"], change["field"], entry["id"], entry["time"], change["value"])
            for entry in document["entry"] for change in entry["changes"]]


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Evidence:
    """What is left of a run, read."""

    def __init__(self, folder):
        self.folder = folder
        self.plan = self.document("plan.json")
        self.workspace = self.plan["workspace"]
        self.calls = [call for call in lines(self.path("emulator.log")) if call["kind"] == "graph"]
        self.state = self.document("state.json")
        self.database = sqlite3.connect(f"file:{self.path('touchstone.db')}?mode=ro", uri=True)
        self.database.row_factory = sqlite3.Row
        self.told, self.acknowledged, self.refused, self.kills, self.ended = {}, set(), [], 0, []
        for record in lines(self.path("journal.jsonl")):
            attempt = (record.get("d"), record.get("attempt"))
            if record["k"] == "send":
                self.told[attempt] = events_of(record.get("path", "/"), base64.b64decode(record["body"]))
            elif record["k"] == "answer" and record["status"] == 200:
                self.acknowledged.add(attempt)
            elif record["k"] == "answer" and record["status"] is not None:
                self.refused.append((record["d"], record["status"]))
            elif record["k"] == "end":
                self.ended.append(record)
            self.kills += record["k"] == "kill"
        self.must = {event.key: event for attempt in self.acknowledged for event in self.told[attempt] if event.key}
        self.may = {event.key: event for events in self.told.values() for event in events if event.key}
        self.keys = {row["dedupe_key"]: row["event_id"] for row in self.rows("SELECT * FROM event_keys WHERE workspace_id = ?", self.workspace)}
        self.events = {row["id"]: row for row in self.rows("SELECT * FROM events")}

    def path(self, name):
        return os.path.join(self.folder, name)

    def document(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return json.load(file)

    def rows(self, statement, *binds):
        return self.database.execute(statement, binds).fetchall()


# ---------------------------------------------------------------- the line that all events take

def deliveries(evidence, report):
    told, acknowledged = evidence.told, evidence.acknowledged
    nameless = sum(event.key is None for attempt in acknowledged for event in told[attempt])
    print(f"     {evidence.kills} kills, {len(told)} attempts, {len(acknowledged)} acknowledged with {len(evidence.must)} different events and "
          f"{nameless} without an id, {len(evidence.may) - len(evidence.must)} events never acknowledged")
    ended = evidence.ended
    report.check("the run came to its end with everything sent and nothing left",
                 [] if ended and not ended[-1]["unsent"] and not ended[-1]["left"] else [ended[-1] if ended else "no end in the journal"])
    report.check("no signed delivery was refused for good (503 only)", [one for one in evidence.refused if one[1] != 503])
    stored = evidence.rows("SELECT seq, decoded, events, duplicates, reason FROM deliveries")
    report.check("there are as many deliveries as acknowledged, or up to as many as attempted",
                 [] if len(acknowledged) <= len(stored) <= len(told) else [f"{len(stored)} stored"])
    sizes = collections.Counter(row["events"] + row["duplicates"] for row in stored)
    least = collections.Counter(len(told[attempt]) for attempt in acknowledged)
    most = collections.Counter(len(events) for events in told.values())
    report.check("of every number of changes there are as many deliveries as acknowledged",
                 [f"{size} changes: {sizes[size]} stored, {least[size]} acknowledged" for size in most
                  if not least[size] <= sizes[size] <= most[size]] + [f"{size} changes were never sent" for size in sizes if not most[size]])
    report.check("every delivery is decoded and could be read", [tuple(row) for row in stored if row["decoded"] != 1 or row["reason"]])
    return stored


def once(evidence, report, stored):
    events, keys, must, may = evidence.events, evidence.keys, evidence.must, evidence.may
    by_content = collections.defaultdict(list)
    for row in events.values():
        if row["object"] == "ad_account":
            by_content[(row["object_id"], row["field"], row["occurred_at"], row["entities"].replace(" ", ""))].append(row["id"])
        elif row["field"] == "leadgen":
            by_content[row["order_key"]].append(row["id"])
        elif row["object"] in ("page", "instagram"):
            by_content[(row["order_key"], row["kind"], row["occurred_at"])].append(row["id"])
        else:
            by_content[("conversion", row["object_id"], row["id"])].append(row["id"])

    states = collections.Counter()
    for key, event in may.items():
        if key in keys and event.object in ("page", "instagram") and event.field != "leadgen":
            row = events.get(keys[key])
            states[(row["order_key"], row["kind"], row["occurred_at"]) if row else None] += 1

    def content(event):
        if event.object == "ad_account":
            return (event.entry, event.field, int(event.time) * 1000, event.entities)
        if event.field == "leadgen":
            return f"lead:{event.value['leadgen_id']}"
        row = events.get(keys.get(event.key))
        if event.object == "conversion":
            return ("conversion", event.entry, row["id"] if row else None)
        return (row["order_key"], row["kind"], row["occurred_at"]) if row else None

    def expected(event):
        """Some states of a comment have nothing that tells one from the other but their text."""
        return states[content(event)] if event.object in ("page", "instagram") and event.field != "leadgen" else 1

    report.check("every event of every acknowledged delivery is there by its key", [key for key in must if key not in keys])
    report.check("every such event is there once", [(event.key, len(by_content[content(event)])) for event in must.values()
                                                    if len(by_content[content(event)]) != expected(event)])
    report.check("its key leads to it", [key for key, event in must.items() if key in keys
                                         and keys[key] not in by_content[content(event)]])
    report.check("events of unacknowledged deliveries are absent or there once",
                 [key for key, event in may.items() if key not in must
                  and len(by_content[content(event)]) != (expected(event) if key in keys else 0)])
    named = set(keys.values())
    nameless = {identity for identity, row in events.items() if identity not in named}
    report.check("there is no event that was not sent", [key for key in keys if key not in may]
                 + [identity for identity in nameless if events[identity]["object"] != "conversion"])
    report.check("every event belongs to its delivery",
                 [row["id"] for row in events.values()
                  if row["id"] // 4096 != row["delivery_seq"] or row["workspace_id"] != evidence.workspace])
    duplicates = sum(row["events"] + row["duplicates"] for row in stored) - len(events)
    report.check("repeats were counted as duplicates", [] if duplicates == sum(row["duplicates"] for row in stored) else [duplicates])
    jobs = evidence.rows("SELECT event_id, route, state FROM jobs")
    report.check("every event has one job and it is done", [tuple(row) for row in jobs if row["state"] != "done"]
                 + [identity for identity, count in collections.Counter(row["event_id"] for row in jobs).items() if count != 1]
                 + [identity for identity in set(events) - {row["event_id"] for row in jobs}])
    outbox = evidence.rows("SELECT id, state, kind, unique_key, reason FROM outbox")
    report.check("every message out is done", [tuple(row) for row in outbox if row["state"] != "done"])
    print(f"     {len(stored)} deliveries, {len(events)} events, {duplicates} duplicates, {len(outbox)} messages out")


# ---------------------------------------------------------------- ads: touched, read, changed once

def ads(evidence, report):
    rows, may, keys, events = evidence.rows, evidence.may, evidence.keys, evidence.events
    entities = {entity["id"]: entity for entity in evidence.plan["entities"]}
    state = {entity["id"]: entity for entity in evidence.state["entities"]}
    calls = [call for call in evidence.calls if call.get("call") is None and not call["path"].endswith("/ads")]
    finished = max([int(os.path.getmtime(evidence.path("state.json")) * 1000)] + [call["wall_us"] // 1000 for call in calls])
    touched = rows("SELECT level, entity_id, state, due_at, last_read_at, owner, reason, first_event_id, last_event_id FROM touched_entities")
    report.check("every touched entity was read and waits for nothing but a follow-up",
                 [tuple(row) for row in touched if row["last_read_at"] is None or row["state"] not in ("open", "done")
                  or (row["state"] == "open" and row["due_at"] <= finished)])
    named = {event.value["id"] for key, event in may.items() if key in keys and event.object == "ad_account"}
    expected = named | {entities[one]["campaign"] for one in named}
    report.check("touched are the entities of the events and their campaigns, and no others",
                 {row["entity_id"] for row in touched} ^ expected)

    actions = rows("SELECT * FROM action_history")
    outbox = rows("SELECT action_id FROM outbox WHERE action_id IS NOT NULL")
    real = [row for row in actions if row["state"] != "would"]
    report.check("every action is done", [(row["id"], row["state"], row["reason"]) for row in real if row["state"] != "done"])
    due = {one for one in expected if entities[one]["expected"] != "none"}
    report.check("every entity that calls for an action has one", due - {row["entity_id"] for row in real})
    report.check("no other entity has one", {row["entity_id"] for row in real} - due)
    report.check("no two idempotency keys for one cause",
                 [cause for cause, count in collections.Counter(
                     (row["rule"], row["version"], row["level"], row["entity_id"], row["field"]) for row in real).items() if count != 1])
    evidences = {row["id"]: row["evidence"] for row in rows("SELECT id, evidence FROM rule_executions")}
    report.check("no evidence has acted twice",
                 [cause for cause, count in collections.Counter(
                     (row["rule"], row["entity_id"], evidences.get(row["execution_id"], "none")) for row in real).items() if count != 1])
    facts = {row["id"]: row["entity_id"] for row in rows("SELECT id, entity_id FROM metric_facts")}
    report.check("every action names facts of its entity and an event that is there",
                 [row["id"] for row in real if row["event_id"] not in events or not json.loads(evidences.get(row["execution_id"], "[]"))
                  or any(facts.get(fact) != row["entity_id"] for fact in json.loads(evidences.get(row["execution_id"], "[]")))])
    report.check("every action has one message out and every message an action",
                 {row["id"] for row in real} ^ {row["action_id"] for row in outbox} if len(outbox) == len(real) else [len(outbox)])

    changes = collections.defaultdict(list)
    for call in calls:
        for change in call["changed"]:
            changes[change["id"]].append((change["field"], change["old"], change["new"]))
    wanted = {}
    for one in due:
        entity = entities[one]
        wanted[one] = [(entity["field"], entity["old"], str(int(entity["old"]) * 120 // 100) if entity["expected"] == "raise" else "PAUSED")]
    report.check("no entity was changed twice", [(one, found) for one, found in changes.items() if len(found) > 1])
    report.check("every change at Meta is the one step that its entity calls for",
                 [(one, found, wanted.get(one)) for one, found in changes.items() if found != wanted.get(one)])
    done = {row["entity_id"]: (row["field"], row["old_value"], row["new_value"]) for row in real if row["state"] == "done"}
    report.check("no write without an action", [one for one, found in changes.items() if done.get(one) not in found])
    report.check("no done action without a write", [one for one, step in done.items() if step not in changes.get(one, [])])
    report.check("what was read back is what was written", [row["id"] for row in real if row["read_back"] != row["new_value"]])
    report.check("the emulator's last state is what the plan comes to",
                 [one for one, entity in entities.items()
                  if (wanted[one][0][2] if one in wanted else entity["old"]) != state[one][entity["field"]]])
    again = collections.Counter(call["path"] for call in calls if call["op"] == "write" and call["status"] == 200
                                and not call["changed"])       # a request that the kill cut off has no body and is refused
    report.check("no write went out that changed nothing", again.items())
    report.check("only touched entities were read",
                 {one for call in calls if call["op"] in ("insights", "edge") for one in call["ids"]} - expected)
    print(f"     {len(touched)} touched, {len(real)} actions, {sum(map(len, changes.values()))} changes at Meta")


def main(folder):
    report, evidence = Report(), Evidence(folder)
    once(evidence, report, deliveries(evidence, report))
    ads(evidence, report)
    if evidence.plan["people"]:
        check_people.leads(evidence, report, lines(evidence.path("crm.jsonl")))
        check_people.comments(evidence, report)
        check_people.conversions(evidence, report)
    print(f"     {report.failed} check(s) failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: check.py DIR")
    sys.exit(main(sys.argv[1]))
