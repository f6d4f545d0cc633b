#!/usr/bin/env python3
"""Judges what chaos.py left in a folder. Shares no code with the program, nor with chaos.py.

It reads the journal of the client (every attempt with its bytes, every answer), the plan (which entity calls for what), the emulator's log
and last state, and the database; works out the identity of every event from the bytes, what must have been written, and compares.
One line per check, `ok …` or `FAIL …`; exit 1 when any failed. Needs nothing but Python's standard library.
"""

import base64
import collections
import hashlib
import json
import os
import sqlite3
import sys


class Report:
    def __init__(self):
        self.failed = 0

    def check(self, name, wrong):
        """`wrong`: what contradicts, in a list; empty when all is well."""
        wrong = list(wrong)
        self.failed += bool(wrong)
        print(f"{'FAIL' if wrong else 'ok  '} {name}" + (f": {len(wrong)}, such as {wrong[:3]}" if wrong else ""))


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


def events_of(body):
    """The events of a notification of ad accounts: (dedupe key, account, field, time, entity level, entity)."""
    document = json.loads(body, parse_int=Number, parse_float=Number)
    found = []
    for entry in document["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            digest = hashlib.sha256(canonical(value).encode()).hexdigest()
            key = f"state:{document['object']}:{entry['id']}:{change['field']}:{digest}:{entry['time']}"
            level = {"CAMPAIGN": "campaign", "AD_SET": "adset"}[value["level"]]
            found.append((key, entry["id"], change["field"], int(entry["time"]), level, value["id"]))
    return found


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(folder):
    report = Report()
    plan = json.load(open(os.path.join(folder, "plan.json"), encoding="utf-8"))
    entities = {entity["id"]: entity for entity in plan["entities"]}
    workspace = plan["workspace"]
    journal = lines(os.path.join(folder, "journal.jsonl"))
    calls = [call for call in lines(os.path.join(folder, "emulator.log")) if call["kind"] == "graph"]
    state = {entity["id"]: entity for entity in json.load(open(os.path.join(folder, "state.json"), encoding="utf-8"))["entities"]}
    database = sqlite3.connect(f"file:{os.path.join(folder, 'touchstone.db')}?mode=ro", uri=True)
    database.row_factory = sqlite3.Row

    def rows(statement, *binds):
        return database.execute(statement, binds).fetchall()

    # the client's side
    attempts, acknowledged, refused = {}, set(), []
    for record in journal:
        if record["k"] == "send":
            attempts[(record["d"], record["attempt"])] = base64.b64decode(record["body"])
        elif record["k"] == "answer" and record["status"] == 200:
            acknowledged.add((record["d"], record["attempt"]))
        elif record["k"] == "answer" and record["status"] is not None:
            refused.append((record["d"], record["status"]))
    told = {attempt: events_of(body) for attempt, body in attempts.items()}
    must = {event[0]: event for attempt in acknowledged for event in told[attempt]}
    may = {event[0]: event for events in told.values() for event in events}
    kills = [record for record in journal if record["k"] == "kill"]
    ended = [record for record in journal if record["k"] == "end"]
    print(f"     {len(kills)} kills, {len(attempts)} attempts, {len(acknowledged)} acknowledged with {len(must)} different events, "
          f"{len(may) - len(must)} events never acknowledged")
    report.check("the run came to its end with everything sent and nothing left",
                 [] if ended and not ended[-1]["unsent"] and not ended[-1]["left"] else [ended[-1] if ended else "no end in the journal"])
    report.check("no signed delivery was refused for good (503 only)", [one for one in refused if one[1] != 503])

    # deliveries
    stored = rows("SELECT seq, decoded, events, duplicates, reason FROM deliveries")
    report.check("there are as many deliveries as acknowledged, or up to as many as attempted",
                 [] if len(acknowledged) <= len(stored) <= len(attempts) else [f"{len(stored)} stored"])
    sizes = collections.Counter(row["events"] + row["duplicates"] for row in stored)
    least = collections.Counter(len(told[attempt]) for attempt in acknowledged)
    most = collections.Counter(len(events) for events in told.values())
    report.check("of every number of changes there are as many deliveries as acknowledged",
                 [f"{size} changes: {sizes[size]} stored, {least[size]} acknowledged" for size in most
                  if not least[size] <= sizes[size] <= most[size]] + [f"{size} changes were never sent" for size in sizes if not most[size]])
    report.check("every delivery is decoded and could be read", [tuple(row) for row in stored if row["decoded"] != 1 or row["reason"]])

    # events, once each
    keys = {row["dedupe_key"]: row["event_id"] for row in rows("SELECT * FROM event_keys WHERE workspace_id = ?", workspace)}
    events = {row["id"]: row for row in rows("SELECT * FROM events")}
    by_content = collections.defaultdict(list)
    for row in events.values():
        by_content[(row["object_id"], row["field"], row["occurred_at"], row["entities"].replace(" ", ""))].append(row["id"])

    def content(event):
        _, account, field, seconds, level, entity = event
        return (account, field, seconds * 1000, f'[["{level}","{entity}"]]')

    report.check("every event of every acknowledged delivery is there by its key", [key for key in must if key not in keys])
    report.check("every such event is there once", [(event[0], len(by_content[content(event)])) for event in must.values()
                                                    if len(by_content[content(event)]) != 1])
    report.check("its key leads to it", [key for key, event in must.items() if key in keys
                                         and keys[key] not in by_content[content(event)]])
    report.check("events of unacknowledged deliveries are absent or there once",
                 [key for key, event in may.items() if key not in must and len(by_content[content(event)]) != (key in keys)])
    report.check("there is no event that was not sent", [key for key in keys if key not in may]
                 + [identity for identity in events if identity not in keys.values()])
    report.check("every event belongs to its delivery", [row["id"] for row in events.values()
                                                         if row["id"] // 4096 != row["delivery_seq"] or row["workspace_id"] != workspace])
    duplicates = sum(row["events"] + row["duplicates"] for row in stored) - len(events)
    report.check("repeats were counted as duplicates", [] if duplicates == sum(row["duplicates"] for row in stored) else [duplicates])

    # processed
    finished = max([int(os.path.getmtime(os.path.join(folder, "state.json")) * 1000)] + [call["wall_us"] // 1000 for call in calls])
    jobs = rows("SELECT event_id, route, state FROM jobs")
    report.check("every event has one job and it is done", [tuple(row) for row in jobs if row["state"] != "done"]
                 + [identity for identity, count in collections.Counter(row["event_id"] for row in jobs).items() if count != 1]
                 + [identity for identity in set(events) - {row["event_id"] for row in jobs}])
    touched = rows("SELECT level, entity_id, state, due_at, last_read_at, owner, reason, first_event_id, last_event_id FROM touched_entities")
    report.check("every touched entity was read and waits for nothing but a follow-up",
                 [tuple(row) for row in touched if row["last_read_at"] is None or row["state"] not in ("open", "done")
                  or (row["state"] == "open" and row["due_at"] <= finished)])
    outbox = rows("SELECT id, state, kind, action_id, unique_key, reason FROM outbox")
    report.check("every message out is done", [tuple(row) for row in outbox if row["state"] != "done"])
    named = {event[5] for key, event in may.items() if key in keys}
    expected = named | {entities[one]["campaign"] for one in named}
    report.check("touched are the entities of the events and their campaigns, and no others",
                 {row["entity_id"] for row in touched} ^ expected)

    # actions and writes
    actions = rows("SELECT * FROM action_history")
    real = [row for row in actions if row["state"] != "would"]
    report.check("every action is done", [(row["id"], row["state"], row["reason"]) for row in real if row["state"] != "done"])
    due = {one for one in expected if entities[one]["expected"] != "none"}
    report.check("every entity that calls for an action has one", due - {row["entity_id"] for row in real})
    report.check("no other entity has one", {row["entity_id"] for row in real} - due)
    report.check("no two idempotency keys for one cause",
                 [cause for cause, count in collections.Counter(
                     (row["rule"], row["version"], row["level"], row["entity_id"], row["field"]) for row in real).items() if count != 1])
    evidence = {row["id"]: row["evidence"] for row in rows("SELECT id, evidence FROM rule_executions")}
    report.check("no evidence has acted twice",
                 [cause for cause, count in collections.Counter(
                     (row["rule"], row["entity_id"], evidence.get(row["execution_id"], "none")) for row in real).items() if count != 1])
    facts = {row["id"]: row["entity_id"] for row in rows("SELECT id, entity_id FROM metric_facts")}
    report.check("every action names facts of its entity and an event that is there",
                 [row["id"] for row in real if row["event_id"] not in events or not json.loads(evidence.get(row["execution_id"], "[]"))
                  or any(facts.get(fact) != row["entity_id"] for fact in json.loads(evidence.get(row["execution_id"], "[]")))])
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
    print(f"     {len(stored)} deliveries, {len(events)} events, {duplicates} duplicates, {len(touched)} touched, {len(real)} actions, "
          f"{sum(map(len, changes.values()))} changes at Meta; {report.failed} check(s) failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: check.py DIR")
    sys.exit(main(sys.argv[1]))
