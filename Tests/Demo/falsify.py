#!/usr/bin/env python3
"""Falsifies the evidence of a demo, so that expect.py can be seen to notice it.

    falsify.py DIR NAME             falsifies DIR in one way
    falsify.py --judge DIR NAME…    falsifies a copy of DIR in each way and judges it; one JSON line each with the checks that failed
"""
import base64
import contextlib
import functools
import hashlib
import io
import json
import multiprocessing
import pathlib
import shutil
import sqlite3
import sys
import tempfile

import expect


class Folder:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.database = sqlite3.connect(self.path / "touchstone.db")

    def sql(self, *statements):
        for statement in statements:
            done = self.database.execute(statement)
            assert done.rowcount != 0, f"nothing to falsify: {statement}"
        self.database.commit()

    def lines(self, name, change):
        file = self.path / name
        file.write_text("".join(json.dumps(line) + "\n" for line in change([json.loads(line) for line in file.read_text().splitlines()])))

    def copy_row(self, table, where, changes):
        """The same row once more, with other values in some columns."""
        columns = [row[1] for row in self.database.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(changes.get(column, column) for column in columns)
        self.sql(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {where} LIMIT 1")


def action_doubled(folder):
    folder.copy_row("action_history", "state = 'done'", {"id": "id + 1000000", "idempotency_key": "idempotency_key || 'x'"})


def action_missing(folder):
    folder.sql("DELETE FROM action_history WHERE id = (SELECT MIN(id) FROM action_history WHERE state = 'done')")


def write_doubled(folder):
    def change(log):
        write = next(line for line in log if line.get("op") == "write" and line["call"] is None)
        return log + [dict(write, n=log[-1]["n"] + 1)]
    folder.lines("emulator.log", change)


def second_step(folder):
    """The same evidence acts again: 250 becomes 312.50, in the history and at the emulator."""
    folder.copy_row("action_history", "field = 'daily_budget' AND new_value = '25000' AND state = 'done'",
                    {"id": "id + 1000000", "idempotency_key": "idempotency_key || 'x'", "old_value": "'25000'", "new_value": "'31250'"})


def untouched_read(folder):
    scenario = json.loads((folder.path / "scenario.yaml").read_text())
    idle = next(c["id"] for account in scenario["accounts"] for c in account["campaigns"] if c["name"].startswith("Idle"))

    def change(log):
        call = next(line for line in log if line.get("op") == "insights" and line["path"].endswith(f"act_{scenario['accounts'][0]['id']}/insights"))
        filters = json.loads(call["query"]["filtering"])
        filters[0]["value"].append(idle)
        call["query"]["filtering"] = json.dumps(filters)
        return log
    folder.lines("emulator.log", change)


def fact_divided(folder):
    """The account's sum in equal parts: what the old way did."""
    count, total = folder.database.execute(
        "SELECT COUNT(*), SUM(impressions) FROM metric_facts WHERE workspace_id = 'funnel' AND is_empty = 0").fetchone()
    folder.sql(f"UPDATE metric_facts SET impressions = {total // count} WHERE workspace_id = 'funnel' AND is_empty = 0")


def fact_missing(folder):
    folder.sql("DELETE FROM metric_facts WHERE id = (SELECT MIN(id) FROM metric_facts WHERE is_empty = 0)")


def unknown_made_zero(folder):
    folder.sql("UPDATE metric_facts SET is_empty = 0 WHERE entity_id = (SELECT entity_id FROM entities WHERE name = 'Funnel 26')")


def refused_stored(folder):
    folder.copy_row("deliveries", "seq = (SELECT MAX(seq) FROM deliveries)", {"seq": "seq + 1", "events": "0", "duplicates": "0"})


def refused_event_stored(folder):
    """An event of a refused delivery, attached to one that was accepted."""
    folder.copy_row("events", "kind = 'ad_account.field_changed'", {"id": "id + 4000", "position": "position + 4000"})


def refused_answered_200(folder):
    def change(journal):
        next(line for line in journal if line["name"] == "one-bit-altered")["status"] = 200
        return journal
    folder.lines("journal.jsonl", change)


def bytes_changed(folder):
    """The bytes of an accepted delivery are not those that were signed."""
    def change(journal):
        line = next(line for line in journal if line["name"] == "studio-ads")
        body = bytearray(base64.b64decode(line["body_base64"]))
        body[-3] ^= 1
        line["body_base64"] = base64.b64encode(bytes(body)).decode()
        return journal
    folder.lines("journal.jsonl", change)


def untouched_row(folder):
    folder.copy_row("touched_entities", "level = 'campaign'", {"id": "id + 1000000", "entity_id": "'120219999999999999'"})


def truth_turned(folder):
    folder.sql("UPDATE rule_executions SET truth = 'true' WHERE id = (SELECT MIN(id) FROM rule_executions WHERE truth <> 'true' AND workspace_id = 'funnel')")


# ---------------------------------------------------------------- leads

def crm(folder, change):
    """The destination's journal, each line with its request as head and document."""
    def apply(lines):
        for line in lines:
            head, body = base64.b64decode(line["request_base64"]).split(b"\r\n\r\n", 1)
            line["head"], line["document"] = head.decode(), json.loads(body)
        lines = change(lines)
        for line in lines:
            body = json.dumps(line.pop("document"), ensure_ascii=False, separators=(",", ":")).encode()
            line["request_base64"] = base64.b64encode(line.pop("head").encode() + b"\r\n\r\n" + body).decode()
        return lines
    folder.lines("crm.jsonl", apply)


def lead_missing(folder):
    crm(folder, lambda lines: [line for line in lines if line["document"]["lead_id"] != lines[-1]["document"]["lead_id"]])


def lead_twice(folder):
    """The same lead under another id: what a destination can't tell from a second lead."""
    crm(folder, lambda lines: lines + [dict(lines[-1], head=lines[-1]["head"].replace("webhook-id: msg_", "webhook-id: msg_9"))])


def test_lead_sent(folder):
    scenario = json.loads((folder.path / "scenario.yaml").read_text())
    lead = next(lead["id"] for lead in scenario["leads"] if lead["test"])
    crm(folder, lambda lines: lines + [dict(lines[-1], document=dict(lines[-1]["document"], id=lead, lead_id=lead, test=True))])


def lead_signature(folder):
    def change(lines):
        lines[0]["head"] = lines[0]["head"].replace("webhook-signature: v1,", "webhook-signature: v1,x")
        return lines
    crm(folder, change)


def lead_unsigned_change(folder):
    """One letter of an answer, after it was signed."""
    def change(lines):
        name = lines[0]["document"]["fields"]["name"]
        name[0] += "x"
        return lines
    crm(folder, change)


def refusal_lost(folder):
    crm(folder, lambda lines: [line for line in lines if line["status"] != 500])


def retried_as_another(folder):
    def change(lines):
        refused = next(line for line in lines if line["status"] == 500)
        refused["head"] = refused["head"].replace("webhook-id: msg_", "webhook-id: msg_9")
        return lines
    crm(folder, change)


def attempt_missing(folder):
    folder.sql("DELETE FROM send_attempts WHERE status = 500")


def lead_row_missing(folder):
    folder.sql("DELETE FROM leads WHERE id = (SELECT MIN(id) FROM leads)")


def lead_of_wrong_ad(folder):
    folder.sql("UPDATE leads SET ad_id = (SELECT MAX(ad_id) FROM leads) WHERE ad_id = (SELECT MIN(ad_id) FROM leads)")


def test_lead_unmarked(folder):
    folder.sql("UPDATE leads SET is_test = 0 WHERE is_test = 1")


def test_lead_counted(folder):
    folder.sql("INSERT INTO own_events SELECT workspace_id, 'lead', 'ad', ad_id, created_at, id, NULL, NULL FROM leads WHERE is_test = 1")


def lead_read_once_more(folder):
    def change(log):
        read = next(line for line in log if line.get("call") == "lead" and line["status"] == 200)
        return log + [dict(read, n=log[-1]["n"] + 1)]
    folder.lines("emulator.log", change)


# ---------------------------------------------------------------- comments

def state_missing(folder):
    folder.sql("DELETE FROM social_engagements WHERE id = (SELECT MAX(id) FROM social_engagements WHERE verb = 'hide')")


def state_missing_when_read(folder):
    states(folder, lambda found: [state for state in found if state["verb"] != "unhide"])


def states(folder, change):
    file = folder.path / "comment-states.json"
    file.write_text(json.dumps({"states": change(json.loads(file.read_text())["states"])}))


def states_swapped(folder):
    """hide, unhide, hide told as unhide, hide, hide."""
    hidden = "(SELECT MIN(id) FROM social_engagements WHERE verb = 'hide')"
    shown = "(SELECT MIN(id) FROM social_engagements WHERE verb = 'unhide')"
    folder.sql(f"UPDATE social_engagements SET verb = 'was' WHERE id = {hidden}",
               f"UPDATE social_engagements SET verb = 'hide' WHERE id = {shown}", "UPDATE social_engagements SET verb = 'unhide' WHERE verb = 'was'")


def edits_swapped(folder):
    """A, B, A told as B, A, A: the verbs are the same, the texts are not."""
    def change(found):
        edited = [state for state in found if state["verb"] == "edited"]
        edited[0]["text_sha256"], edited[1]["text_sha256"] = edited[1]["text_sha256"], edited[0]["text_sha256"]
        return found
    states(folder, change)


def state_twice(folder):
    folder.copy_row("social_engagements", "verb = 'hide'", {"id": "id + 1000000", "event_id": "event_id + 40960000"})


def comment_on_fewer_ads(folder):
    folder.sql("UPDATE social_engagements SET ads = json_remove(ads, '$[0]') WHERE id = (SELECT MIN(id) FROM social_engagements WHERE json_array_length(ads) > 1)")


def emulated_comments(folder, change):
    file = folder.path / "emulator-state.json"
    state = json.loads(file.read_text())
    change(state["comments"])
    file.write_text(json.dumps(state))


def comment_not_hidden(folder):
    def change(comments):
        next(comment for comment in comments if comment["hidden"]).update(hidden=False, hide_calls=0)
    emulated_comments(folder, change)


def other_comment_hidden(folder):
    def change(comments):
        next(comment for comment in comments if not comment["hidden"]).update(hidden=True, hide_calls=1)
    emulated_comments(folder, change)


def hide_not_in_log(folder):
    folder.lines("emulator.log", lambda log: [line for line in log if line.get("call") != "hide"])


def hide_not_read_back(folder):
    def change(log):
        hide = next(line for line in log if line.get("call") == "hide")
        last = [line["n"] for line in log if line.get("path") == hide["path"]][-1]
        return [line for line in log if line["n"] != last]
    folder.lines("emulator.log", change)


def echo_answered(folder):
    folder.copy_row("outbox", "kind = 'moderate' AND unique_key LIKE '%:reply'", {"id": "id + 1000000", "unique_key": "unique_key || 'x'"})


def answered_in_other_words(folder):
    def change(comments):
        next(comment for comment in comments if comment["own"] and comment["parent"])["text_sha256"] = "0" * 64
    emulated_comments(folder, change)


def foreign_page_token(folder):
    def change(log):
        next(line for line in log if line.get("call") == "hide")["token_name"] = "comments"
        return log
    folder.lines("emulator.log", change)


def index_page_missing(folder):
    folder.lines("emulator.log", lambda log: [line for line in log if not ("creative{" in line.get("query", {}).get("fields", "") and "after" in line["query"])])


# ---------------------------------------------------------------- conversions

def edge(folder, change):
    file = folder.path / "emulator-events.json"
    found = json.loads(file.read_text())
    change(found["events"])
    file.write_text(json.dumps(found))


def hash_wrong(folder):
    def change(events):
        user = next(event["user_data"] for event in events if "em" in event["user_data"])
        user["em"][0] = hashlib.sha256(b"somebody@else.example").hexdigest()
    edge(folder, change)


def hash_of_the_raw(folder):
    """An address hashed as it came, with its capitals and blanks."""
    journal = [json.loads(line) for line in (folder.path / "journal.jsonl").read_text().splitlines()]
    body = json.loads(base64.b64decode(next(line for line in journal if line["name"] == "shop-single")["body_base64"]))
    sale = body["data"][0]

    def change(events):
        next(event for event in events if event["event_id"] == sale["event_id"])["user_data"]["em"] = [hashlib.sha256(sale["user_data"]["em"].encode()).hexdigest()]
    edge(folder, change)


def raw_at_the_edge(folder):
    def change(events):
        next(event["user_data"] for event in events if "em" in event["user_data"])["em"][0] = "somebody@else.example"
    edge(folder, change)


def raw_stored(folder):
    """An answer of a lead in a column that is not sealed."""
    scenario = json.loads((folder.path / "scenario.yaml").read_text())
    email = next(field["values"][0] for field in scenario["leads"][0]["fields"] if field["name"] == "email")
    folder.sql(f"UPDATE outbox SET reason = '{email}' WHERE id = (SELECT MIN(id) FROM outbox)")


def text_logged(folder):
    scenario = json.loads((folder.path / "scenario.yaml").read_text())
    with (folder.path / "serve.log").open("a") as log:
        log.write(f"notice touchstone: text={scenario['comments'][0]['message']}\n")


def duplicate_stored(folder):
    folder.copy_row("conversion_events", "event_name = 'Purchase' AND state = 'forwarded'", {"event_id": "event_id + 40960"})


def duplicate_taken(folder):
    edge(folder, lambda events: events[0].update(received=2, accepted=2))


def sale_missing(folder):
    folder.sql("DELETE FROM conversion_events WHERE event_id = (SELECT MIN(event_id) FROM conversion_events)")


def sale_not_forwarded(folder):
    edge(folder, lambda events: events.pop())


def sale_without_consent_forwarded(folder):
    source, dataset, name, identifier = folder.database.execute(
        "SELECT source, dataset, event_name, conversion_id FROM conversion_events WHERE state = 'left_out'").fetchone()
    edge(folder, lambda events: events.append(dict(events[0], dataset=dataset, event_name=name, event_id=identifier)))


def consent_invented(folder):
    folder.sql("UPDATE conversion_events SET consent = 'granted' WHERE consent = 'dropped'")


def attribution_lost(folder):
    folder.sql("UPDATE conversion_events SET ad_id = NULL, attributed_by = 'none' WHERE attributed_by = 'click'")


def refused_sale_kept(folder):
    folder.copy_row("conversion_events", "event_name = 'Purchase'", {"event_id": "event_id + 40960", "conversion_id": "'order-refused'"})


def refused_sale_answered_200(folder):
    def change(journal):
        next(line for line in journal if line["name"] == "shop-raw-address").update(status=200, answer='{"events_received":1,"messages":[],"fbtrace_id":"A"}')
        return journal
    folder.lines("journal.jsonl", change)


def refusal_quotes_value(folder):
    def change(journal):
        line = next(line for line in journal if line["name"] == "shop-raw-address")
        line["answer"] = line["answer"].replace("Invalid parameter", "Invalid parameter raw.person@example.net")
        return journal
    folder.lines("journal.jsonl", change)


def refusal_of_another_shape(folder):
    def change(journal):
        next(line for line in journal if line["name"] == "shop-wrong-secret")["answer"] = '{"error":"no"}'
        return journal
    folder.lines("journal.jsonl", change)


def edge_with_foreign_token(folder):
    def change(log):
        next(line for line in log if line.get("op") == "events")["token_name"] = "studio"
        return log
    folder.lines("emulator.log", change)


def edge_without_proof(folder):
    def change(log):
        next(line for line in log if line.get("op") == "events")["proof"] = "none"
        return log
    folder.lines("emulator.log", change)


# ---------------------------------------------------------------- our own figures, and replay

def own_figure_off(folder):
    """One cent too much."""
    folder.sql("UPDATE own_events SET value_minor = value_minor + 1 WHERE metric = 'purchase' AND event_id = (SELECT MIN(event_id) FROM own_events WHERE metric = 'purchase')")


def own_event_missing(folder):
    folder.sql("DELETE FROM own_events WHERE metric = 'comment' AND event_id = (SELECT MIN(event_id) FROM own_events WHERE metric = 'comment')")


def own_look_off(folder):
    """The last look at a figure saw one more than there was."""
    row, operands = folder.database.execute("SELECT id, operands FROM rule_executions WHERE rule = 'more-than-enough-leads' ORDER BY id DESC LIMIT 1").fetchone()
    found = json.loads(operands)
    found[0]["left"] = f"at least {int(found[0]['left'].split()[-1]) + 1}"
    folder.sql(f"UPDATE rule_executions SET operands = '{json.dumps(found)}' WHERE id = {row}")


def own_truth_turned(folder):
    folder.sql("UPDATE rule_executions SET truth = 'true' WHERE id = (SELECT MAX(id) FROM rule_executions WHERE rule = 'sold-more')")


def own_action_missing(folder):
    folder.sql("DELETE FROM action_history WHERE rule = 'grow-own-roas'")


def replay_answer_missing(folder):
    folder.lines("replay-as-captured.jsonl", lambda lines: lines[1:])


def replay_answer_wrong(folder):
    def change(lines):
        next(line for line in lines if line.get("status") == 401)["status"] = 200
        return lines
    folder.lines("replay-as-captured.jsonl", change)


def replay_not_sent(folder):
    """The captured request lies there, and nothing of it arrived."""
    last = "(SELECT MAX(seq) FROM deliveries)"
    folder.sql(f"DELETE FROM events WHERE delivery_seq = {last}", f"DELETE FROM deliveries WHERE seq = {last}")


def replay_times_not_moved(folder):
    folder.sql("UPDATE conversion_events SET event_time = event_time - 2592000 WHERE event_id = (SELECT MAX(event_id) FROM conversion_events)")


def figure_off_by_one(folder, name="facts"):
    file = folder.path / "figures.json"
    figures = json.loads(file.read_text())
    figures[name] += 1
    file.write_text(json.dumps(figures))


def falsify(path, name):
    folder = Folder(path)
    if name.startswith("figure:"):
        figure_off_by_one(folder, name[7:])
    else:
        globals()[name](folder)
    folder.database.close()


def judged(path, name):
    """One line: the checks that notice it."""
    try:
        return {"name": name, "failed": failed_checks(path, name)}
    except Exception as error:  # a judge that stumbles has noticed nothing
        return {"name": name, "error": repr(error)}


def failed_checks(path, name):
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()) as said:
        copy = pathlib.Path(place) / "evidence"
        shutil.copytree(path, copy, ignore=shutil.ignore_patterns("certs*"))
        falsify(copy, name)
        failed = expect.judge(copy)
    lines = [line for line in said.getvalue().splitlines() if line.startswith("FAIL")]
    assert failed == len(lines)
    return lines


def main():
    if sys.argv[1] == "--judge":
        pool = multiprocessing.Pool(2)
        for line in pool.imap(functools.partial(judged, sys.argv[2]), sys.argv[3:]):
            print(json.dumps(line))
        # not terminate(), as `with` would: who starts us may have SIGTERM ignored, and a worker that waits then never ends
        pool.close()
        pool.join()
    else:
        falsify(sys.argv[1], sys.argv[2])


if __name__ == "__main__":
    main()
