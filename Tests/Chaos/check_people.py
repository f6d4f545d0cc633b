"""The part of check.py that judges leads, comments and conversions."""

import collections
import hashlib
import json
import re

HIDDEN_WORD, ASKING_WORD = "buynow", "howmuch"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def count_wrong(expected, found):
    """What two counts disagree on."""
    return [(one, f"{found[one]} found, {expected[one]} expected") for one in expected.keys() | found.keys() if expected[one] != found[one]]


# ---------------------------------------------------------------- leads

def leads(evidence, report, receipts):
    plan = {lead["id"]: lead for lead in evidence.plan["people"]["leads"]}
    must = {event.value["leadgen_id"] for event in evidence.must.values() if event.field == "leadgen"}
    event_ids = {event.value["leadgen_id"]: evidence.keys[key] for key, event in evidence.may.items()
                 if event.field == "leadgen" and key in evidence.keys}
    stored = {row["lead_id"]: row for row in evidence.rows("SELECT * FROM leads")}
    report.check("every acknowledged lead is stored with its answers", [one for one in must if one not in stored or not stored[one]["answers"]])
    report.check("no other lead is stored", stored.keys() - event_ids.keys())
    wrong = [one for one, row in stored.items() if (row["form_id"], row["ad_id"], bool(row["is_test"]), row["id"])
             != (plan[one]["form"], plan[one]["ad"], plan[one]["test"], event_ids.get(one))]
    report.check("each is what the emulator holds, under its event", wrong)

    taken = [receipt for receipt in receipts if receipt["verdict"] in ("new", "repeat")]
    report.check("everything at the receiver was signed", [one for one in receipts if one["verdict"] == "forged"])
    ids = collections.defaultdict(set)
    for receipt in taken:
        ids[receipt["body"]["lead_id"]].add(receipt["id"])
    real = {one for one in stored if not plan[one]["test"]}
    report.check("every lead that is no test is at the receiver, acknowledged ones among them",
                 (real - ids.keys()) | ({one for one in must if not plan[one]["test"]} - ids.keys()))
    report.check("no test lead is, and none that was not told", ids.keys() - real)
    report.check("each under one webhook-id for life, so that it is there once",
                 [(one, sorted(found)) for one, found in ids.items() if len(found) != 1])
    report.check("no webhook-id has two leads", [one for one, count in collections.Counter(
        identity for found in ids.values() for identity in found).items() if count != 1])
    bodies = collections.defaultdict(set)
    for receipt in taken:
        bodies[receipt["id"]].add(json.dumps(receipt["body"], sort_keys=True))
    report.check("a repeat is the same document", [one for one, found in bodies.items() if len(found) != 1])
    report.check("the document has what the person answered", [receipt["body"]["lead_id"] for receipt in taken
                                                               if not is_right(receipt["body"], plan[receipt["body"]["lead_id"]], evidence.plan)])
    messages = evidence.rows("SELECT id, unique_key, state, reference FROM outbox WHERE kind = 'lead'")
    sent = collections.Counter(json.loads(row["reference"])["lead"] for row in messages)
    report.check("every lead that is no test has one message out", count_wrong(collections.Counter(real), sent))
    received = {row["outbox_id"] for row in evidence.rows("SELECT outbox_id FROM send_attempts WHERE status = 200")}
    report.check("each message has an attempt that was answered 200", [row["id"] for row in messages if row["id"] not in received])
    expected = collections.Counter((plan[one]["ad"], stored[one]["id"]) for one in real if plan[one]["ad"])
    report.check("own leads: each counts once, for its ad", count_wrong(expected, own(evidence, "lead")))
    again = len(taken) - len(bodies)
    print(f"     {len(must)} leads acknowledged, {len(stored)} stored, {len(ids)} at the receiver in {len(receipts)} requests, "
          f"{again} repeats dropped there")


def is_right(document, lead, plan):
    wanted = {"type": "lead.received", "version": 1, "test": False, "is_organic": lead["organic"]}
    fields = {"email": [lead["email"]], "full_name": [lead["name"]], "how_many?": ["3"]}
    return (all(document.get(key) == value for key, value in wanted.items()) and document["fields"] == fields
            and document["form"]["id"] == lead["form"] and document["page"]["id"] == plan["page"]
            and (document["ad"] or {}).get("id") == lead["ad"])


def own(evidence, metric):
    return collections.Counter((row["entity_id"], row["event_id"]) for row in
                               evidence.rows("SELECT entity_id, event_id FROM own_events WHERE metric = ?", metric))


# ---------------------------------------------------------------- comments

def comment_of(event):
    return event.value["id"] if event.object == "instagram" else event.value["comment_id"]


def comments(evidence, report):
    keys, people = evidence.keys, evidence.plan["people"]
    told = {key: event for key, event in evidence.may.items() if event.object == "instagram" or event.field == "feed"}
    rows = {row["event_id"]: row for row in evidence.rows("SELECT * FROM social_engagements")}
    by_event = {keys[key]: event for key, event in told.items() if key in keys}
    must = [key for key in told if key in evidence.must]
    report.check("every acknowledged state of a comment is kept", [key for key in must if keys.get(key) not in rows])
    report.check("every state of the others that came is kept too, and nothing else", rows.keys() ^ by_event.keys())
    report.check("each under its comment, with its verb", [
        identity for identity, row in rows.items() if identity in by_event
        and (row["target_id"], row["verb"]) != (comment_of(by_event[identity]), by_event[identity].value.get("verb", "add"))])

    # the times of a comment's states rise as they were told one after the other
    history = collections.defaultdict(list)
    for row in sorted(rows.values(), key=lambda row: row["id"]):
        if row["event_id"] in by_event:
            history[row["target_id"]].append(row)
    report.check("the states of a comment are in the order of their events",
                 [one for one, states in history.items() if [row["event_id"] for row in states] != sorted(row["event_id"] for row in states)])
    report.check("and in the order in which they happened", [
        one for one, states in history.items()
        if [int(by_event[row["event_id"]].time) for row in states] != sorted(int(by_event[row["event_id"]].time) for row in states)])

    behind = collections.defaultdict(set)
    for ad in people["ads"]:
        behind[ad["story"]].add(ad["id"])
        behind[ad["media"]].add(ad["id"])

    def target(event):
        return event.value["media"]["id"] if event.object == "instagram" else event.value["post_id"]

    report.check("the ads behind each are those that show its post", [
        identity for identity, row in rows.items() if identity in by_event
        and json.loads(row["ads"]) != sorted(behind[target(by_event[identity])])])
    expected = collections.Counter((ad, identity) for identity, event in by_event.items() if event.value.get("verb", "add") == "add"
                                   for ad in behind[target(event)])
    report.check("own comments: each new one counts once for every ad behind it", count_wrong(expected, own(evidence, "comment")))
    moderated(evidence, report, by_event)
    print(f"     {len(must)} states acknowledged, {len(rows)} kept of {len(history)} comments")


def moderated(evidence, report, by_event):
    wanted = collections.defaultdict(set)
    for event in by_event.values():
        if event.value.get("verb", "add") not in ("add", "edited"):
            continue
        words = set(re.findall(r"\w+", (event.value.get("message") or event.value.get("text") or "").lower()))
        if HIDDEN_WORD in words:
            wanted[comment_of(event)].add("hide")
        elif ASKING_WORD in words:
            wanted[comment_of(event)] |= {"reply", "private_reply"}
    rows = evidence.rows("SELECT unique_key, state, reason, reference FROM outbox WHERE kind = 'moderate'")
    asked = collections.Counter((json.loads(row["reference"])["comment"], json.loads(row["reference"])["action"]) for row in rows)
    report.check("every comment that calls for it is acted on once, and no other",
                 count_wrong(collections.Counter((one, action) for one, actions in wanted.items() for action in actions), asked))
    reasons = collections.Counter((row["reason"] or "none").split(":")[0] for row in rows)
    report.check("all of it was done, if not by us then by an earlier life of ours",
                 [one for one in reasons if one not in ("none", "already_replied")])

    state = {comment["id"]: comment for comment in evidence.state["comments"]}
    ours = {comment["id"] for comment in evidence.plan["people"]["comments"]}
    texts = collections.defaultdict(list)
    for one in state.values():
        if one["own"] and one["parent"]:
            texts[one["parent"]].append(one["text_sha256"])
    report.check("hidden are those that call for it", [one for one in ours if state[one]["hidden"] != ("hide" in wanted.get(one, ()))])
    report.check("no comment was hidden twice", [(one, state[one]["hide_calls"]) for one in ours
                                                 if state[one]["hide_calls"] != ("hide" in wanted.get(one, ()))])
    report.check("answered are those that call for it, once", [(one, state[one]["replies"]) for one in ours
                                                               if len(state[one]["replies"]) != ("reply" in wanted.get(one, ()))])
    report.check("in the words of the policy", [one for one in ours if any(text != sha256(evidence.plan["reply"]) for text in texts[one])])
    report.check("one private reply each", [(one, state[one]["private_replies"]) for one in ours
                                            if state[one]["private_replies"] != ("private_reply" in wanted.get(one, ()))])
    changes = collections.Counter((change["id"], change["field"]) for call in evidence.calls for change in call["changed"]
                                  if change["level"] == "comment")
    report.check("the emulator's log tells of no second hide or reply", [(one, count) for one, count in changes.items() if count != 1])
    refused = sum(state[one]["private_replies_refused"] for one in ours)
    print(f"     {len(wanted)} comments acted on: {sum('hide' in one for one in wanted.values())} hidden, "
          f"{sum('reply' in one for one in wanted.values())} answered; {refused} private replies refused by Meta as second; reasons {dict(reasons)}")


# ---------------------------------------------------------------- conversions

def emails(event):
    """As Meta wants them."""
    found = event.value["user_data"]["em"]
    return [one if re.fullmatch("[0-9a-f]{64}", one) else sha256(one.strip().lower()) for one in ([found] if isinstance(found, str) else found)]


def agreed(event):
    return event.value["custom_data"].get("consent") in (True, "yes", "1")


def ad_of(event):
    found = re.search(r"[?&]ad_id=(\d+)", event.value["event_source_url"])
    return found and found.group(1)


def minor(event):
    whole, _, part = str(event.value["custom_data"]["value"]).partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def conversions(evidence, report):
    keys = evidence.keys
    edge = evidence.document("conversions.json")
    told = {key: event for key, event in evidence.may.items() if event.object == "conversion"}
    rows = {row["event_id"]: row for row in evidence.rows("SELECT * FROM conversion_events")}
    by_event = {keys[key]: event for key, event in told.items() if key in keys}
    must = [key for key in told if key in evidence.must]
    report.check("every acknowledged conversion is stored", [key for key in must if keys.get(key) not in rows])
    named = {identity: row for identity, row in rows.items() if identity in by_event}
    nameless = {identity: row for identity, row in rows.items() if identity not in by_event}
    report.check("no other is, but those that came without an id", [identity for identity, row in nameless.items() if row["conversion_id"]])
    report.check("each was forwarded, or left out for want of consent", [
        (identity, row["state"], row["reason"]) for identity, row in named.items()
        if (row["state"], row["consent"]) != (("forwarded", "granted") if agreed(by_event[identity]) else ("left_out", "dropped"))]
        + [(identity, row["state"]) for identity, row in nameless.items() if row["state"] not in ("forwarded", "left_out")])

    records = edge["events"]
    there = {(one["dataset"], one["event_name"], one["event_id"]): one for one in records}
    report.check("the events edge has every event under one id", [one for one in records if not one["event_id"]])
    report.check("and accepted each once", [(key, one["accepted"]) for key, one in there.items() if one["accepted"] != 1])
    report.check("acknowledged and agreed to: accepted, under the shop's own id", [
        key for key in must if agreed(told[key]) and (told[key].entry, told[key].field, told[key].value["event_id"]) not in there])
    wanted = {(event.entry, event.field, event.value["event_id"]): event for event in by_event.values() if agreed(event)}
    made = {key: one for key, one in there.items() if str(one["event_id"]).startswith("ts-")}
    report.check("there is none that was not told or not agreed to", there.keys() - wanted.keys() - made.keys())
    sent = [row for row in rows.values() if row["state"] == "forwarded"]
    report.check("as many ids at the events edge as conversions forwarded: one event_id for life",
                 [] if len(there) == len(sent) == len(records) else [f"{len(records)} there, {len(sent)} forwarded"])
    report.check("each as the shop sent it, hashed", [
        key for key, one in there.items() if key in wanted
        and (one["user_data"].get("em"), one["event_time"], float(one["value"])) != (
            emails(wanted[key]), int(wanted[key].time), float(wanted[key].value["custom_data"]["value"]))])

    # without an id each telling is one of its own: at least those that were acknowledged, at most all that were tried
    least, most = collections.Counter(), collections.Counter()
    for attempt, events in evidence.told.items():
        for event in events:
            if event.key is None and event.object == "conversion" and agreed(event):
                most[emails(event)[0]] += 1
                least[emails(event)[0]] += attempt in evidence.acknowledged
    found = collections.Counter(one["user_data"]["em"][0] for one in made.values())
    report.check("without an id: each acknowledged telling is there, under an id made for it",
                 [(one, least[one], found[one], most[one]) for one in most.keys() | found.keys() if not least[one] <= found[one] <= most[one]])
    report.check("as many as there are rows", [] if len(made) == sum(row["state"] == "forwarded" for row in nameless.values()) else [len(made)])
    traces = {call["trace"]: call["n"] for call in evidence.calls if call["op"] == "events" and call["status"] == 200}
    report.check("each names the call that took it", [
        identity for identity, row in named.items() if row["state"] == "forwarded" and traces.get(row["trace_id"]) not in there.get(
            (row["dataset"], row["event_name"], row["conversion_id"]), {"requests": []})["requests"]])
    figures(evidence, report, by_event, named)
    received = sum(one["received"] for one in records)
    print(f"     {len(must)} conversions acknowledged by id, {len(rows)} stored, {len(there)} at the events edge ({len(made)} under an id of ours), "
          f"{received - len(there)} received again and dropped, {edge['requests']} calls, {edge['refused_requests']} refused")


def figures(evidence, report, by_event, named):
    report.check("the ad behind each is the one in its URL", [
        identity for identity, row in named.items() if row["ad_id"] != ad_of(by_event[identity])])
    bought = {identity: event for identity, event in by_event.items() if event.field == "Purchase" and ad_of(event)}
    rows = [row for row in evidence.rows("SELECT entity_id, event_id, value_minor, currency FROM own_events WHERE metric = 'purchase'")
            if row["event_id"] in by_event]
    report.check("own purchases: each counts once, for its ad, with its value", count_wrong(
        collections.Counter((ad_of(event), identity, minor(event), "EUR") for identity, event in bought.items()),
        collections.Counter(tuple(row) for row in rows)))
