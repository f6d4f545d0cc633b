#!/usr/bin/env python3
"""Plants secrets and people's words in everything that goes in, and then looks for them in everything that was left behind.

Planted: texts of a comment, a name, a Messenger message, an e-mail address, a lead's answer, texts in bodies that can't be read and in
refused ones, in Meta's error messages and in a receiver's answers; the access token, its proof, app secret, admin token, verify token, a
wrong verify token, master key, a destination's secret and secret URL; secrets in faulty configurations. Looked through: database, WAL and
shm (while it runs, after SIGKILL, after a restart, after a stop), the log at its finest, and the output of every command.
One line per canary; exit 1 when any was found (with --expect-found, the control: when any was not). Ends by itself.
"""

import argparse
import base64
import glob
import hashlib
import hmac
import http.client
import http.server
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chaos import APP_ID, configure  # noqa: E402
from rig import Rig, free_port, midday_zone, rows, settle, signature  # noqa: E402

ACCOUNT, PAGE, CAMPAIGN, ADSET = "700000000001", "578059408873", "238000000000000011", "238000000000000012"


class Canaries:
    def __init__(self):
        self.values = {}

    def plant(self, name, value=None):
        """A text that can stand nowhere by chance; letters and digits only, so that no escaping hides it."""
        self.values[name] = value or "Kanari" + secrets.token_hex(9)
        return self.values[name]

    @staticmethod
    def forms(value):
        """What the value could look like: as it is, in hex, in base64 at each alignment, percent-encoded, reversed in case."""
        raw = value.encode()
        forms = {raw, raw.lower(), raw.upper(), raw.hex().encode(), raw.hex().upper().encode(),
                 urllib.parse.quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()}
        for shift in range(3):
            text = base64.b64encode(b"\0" * shift + raw)[shift + 1 if shift else 0:]
            forms |= {text[:-4], text[:-4].replace(b"+", b"-").replace(b"/", b"_")}
        try:
            forms.add(bytes.fromhex(value))         # a key of hex digits, as the bytes that it means
        except ValueError:
            pass
        return {form for form in forms if len(form) >= 12}


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers the first requests of each path with an error that repeats what it got."""

    seen, taken, canary = {}, [], ""

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        count = Receiver.seen[self.path] = Receiver.seen.get(self.path, 0) + 1
        Receiver.taken.append((self.path, dict(self.headers), body))
        failing = count == 1
        answer = (b"failed: " + Receiver.canary.encode() + b" " + body) if failing else b"ok"
        self.send_response(500 if failing else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


def faulty_configurations(good, plant):
    """Configurations as people get them wrong, with the secret itself in the place of the fault."""
    def changed(name, change):
        document = json.loads(good)
        change(document, plant(f"faulty configuration: {name}"))
        return name, json.dumps(document, indent=1)

    def put(*path):
        def change(document, value):
            for step in path[:-1]:
                document = document[step]
            document[path[-1]] = value
        return change

    yield changed("secrets is no list", put("apps", 0, "secrets"))
    yield changed("a secret within a list", lambda d, v: d["workspaces"][0].update(token=[v]))
    yield changed("a mapping as token", lambda d, v: d["workspaces"][0].update(token={"value": v}))
    yield changed("keys is a text", put("keys"))
    yield changed("admin is a text", put("admin"))
    yield changed("short master key", put("keys", "current"))
    yield changed("previous keys is a text", put("keys", "previous"))
    yield changed("misspelt key", lambda d, v: d["workspaces"][0].update(tokn=v))
    yield changed("app is a text", put("apps", 0))
    yield changed("workspace is a text", put("workspaces", 0))
    yield changed("destination URL", lambda d, v: d["destinations"][0].update(url="htp://" + v + ".example/x"))
    yield changed("user and password in a URL", lambda d, v: d["destinations"][0].update(url=f"https://user:{v}@crm.example/x"))
    yield changed("destination secret is a list", lambda d, v: d["destinations"][0].update(secret=[v]))
    yield changed("secret in the file and a fault", lambda d, v: (d["apps"][0].update(secrets=[v], path="webhooks")))
    yield changed("environment name", lambda d, v: d["workspaces"][0].update(token="${" + v))
    for name, text in [("unclosed quote", 'apps:\n  - {name: main, secrets: ["%s]}\nworkspaces: []\n'),
                       ("tab", "keys:\n\tcurrent: %s\n"), ("unclosed bracket", "keys: {current: %s\napps: [\n"),
                       ("duplicate key", "keys: {current: a}\nkeys: {current: %s}\n"), ("anchor", "keys: &%s {current: x}\napps: *b\n")]:
        yield name, text % plant(f"faulty configuration: {name}")


def notifications(plant):
    """Bodies with a person's words in each place where Meta puts one."""
    now = int(time.time())

    def page(field, value):
        return {"object": "page", "entry": [{"id": PAGE, "time": now, "changes": [{"field": field, "value": value}]}]}

    comment = {"item": "comment", "verb": "add", "comment_id": f"{PAGE}_11", "post_id": f"{PAGE}_10", "created_time": now,
               "from": {"id": "77001", "name": plant("from.name")}, "message": plant("comment's message")}
    yield page("feed", comment)
    yield page("feed", comment | {"verb": "edited", "message": plant("edited comment"), "edited_time": now})
    yield page("feed", {"item": "reaction", "verb": "add", "reaction_type": "love", "post_id": f"{PAGE}_10", "created_time": now,
                        "from": {"id": "77001", "name": plant("name of who reacts")}})
    yield page("feed", {"item": "status", "verb": "add", "post_id": f"{PAGE}_12", "message": plant("post's message")})
    yield page("feed", plant("feed's value is a text"))
    yield page("leadgen", {"leadgen_id": "4001", "page_id": PAGE, "form_id": "5001", "ad_id": "0", "created_time": now,
                           "field_data": [{"name": "email", "values": [plant("lead's answer")]}]})
    yield page("leadgen", {"leadgen_id": plant("lead's id is a text") + " x", "page_id": PAGE})
    yield page("mention", {"item": "post", "verb": "add", "message": plant("mention"), "sender_name": plant("sender_name")})
    yield {"object": "page", "entry": [{"id": PAGE, "time": now * 1000, "messaging": [
        {"sender": {"id": "88001"}, "recipient": {"id": PAGE}, "timestamp": now * 1000,
         "message": {"mid": "m_canary_1", "text": plant("Messenger text"), "attachments": [{"payload": {"url": plant("attachment")}}]}},
        {"sender": {"id": "88001"}, "recipient": {"id": PAGE}, "timestamp": now * 1000 + 1,
         "postback": {"title": plant("postback title"), "payload": plant("postback payload")}}]}]}
    yield {"object": "user", "entry": [{"id": "99001", "uid": "99001", "time": now, "changes": [
        {"field": "email", "value": plant("user.email") + "@example.com"}, {"field": "hometown", "verb": "update",
                                                                          "value": plant("user.hometown")}]}]}
    yield {"object": "instagram", "entry": [{"id": "66001", "time": now, "changes": [
        {"field": "comments", "value": {"id": "6600100", "text": plant("Instagram comment"), "from": {"id": "1", "username": plant("username")},
                                        "media": {"id": "66002"}}}]}]}
    yield {"object": "whatsapp_business_account", "entry": [{"id": "55001", "changes": [{"field": "messages", "value": {
        "metadata": {"phone_number_id": "5500"}, "contacts": [{"profile": {"name": plant("WhatsApp profile name")}, "wa_id": "48500"}],
        "messages": [{"id": "wamid.1", "from": "48500", "timestamp": str(now), "type": "text",
                      "text": {"body": plant("WhatsApp text")}}]}}]}]}
    yield {"object": "ad_account", "entry": [{"id": ACCOUNT, "time": now, "changes": [{"field": "with_issues_ad_objects", "value": {
        "id": CAMPAIGN, "level": "CAMPAIGN", "error_code": "1", "error_summary": plant("error_summary"), "error_message": plant(
            "error_message")}}]}]}
    yield {"object": "ad_account", "entry": [{"id": ACCOUNT, "time": now + 1, "changes": [{"field": "in_process_ad_objects", "value": {
        "id": ADSET, "level": "AD_SET"}}]}]}
    yield {"object": "ad_account", "entry": [{"id": ACCOUNT, "time": now, "changes": [{"field": "with_issues_ad_objects",
                                                                                     "value": plant("account's value is a text")}]}]}
    yield {"object": "page", "entry": [{"id": PAGE, "time": now, "changes": [plant("change is a text")]}, plant("entry is a text")]}
    yield '{"object":"page","entry":[{"id":"' + PAGE + '","changes":[{"field":"feed","value":{"message":"' + plant("cut body")
    yield plant("no JSON at all")


def run(options):
    canaries = Canaries()
    plant = canaries.plant
    rig = Rig(options.keep or tempfile.mkdtemp(prefix="touchstone-canaries-"), options.program, log_level="trace")
    token, slack_port = plant("access token"), free_port()
    rig.secrets.update({
        "CHAOS_TOKEN": token, "CHAOS_APP_SECRET": plant("app secret"), "CHAOS_ADMIN": plant("admin token"),
        "CHAOS_VERIFY": plant("verify token"), "CHAOS_KEY": plant("master key", secrets.token_hex(32)),
        "CHAOS_CRM_SECRET": "whsec_" + base64.b64encode(plant("destination's secret").encode()).decode(),
        "CHAOS_SLACK_URL": f"http://127.0.0.1:{slack_port}/services/" + plant("destination's secret URL")})
    plant("appsecret_proof", hmac.new(rig.secrets["CHAOS_APP_SECRET"].encode(), token.encode(), hashlib.sha256).hexdigest())
    Receiver.canary = plant("receiver's answer")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", slack_port), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver = f"http://127.0.0.1:{slack_port}"
    outputs, remains = {}, {}

    def keep(moment):
        for path in glob.glob(rig.path("touchstone.db*")) + [rig.path("serve.log"), rig.path("emulator.log"), rig.path("emulator.out")]:
            with open(path, "rb") as file:
                remains[f"{os.path.basename(path)} {moment}"] = file.read()

    def command(*arguments):
        code, output = rig.command(*arguments)
        outputs.setdefault(" ".join(arguments), b"")
        outputs[" ".join(arguments)] += output
        return code, output

    def deliver(body, path="/webhooks/meta", secret=None, **headers):
        connection = rig.connection()
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json", "User-Agent": "Webhooks/1.0",
                                                    "X-Hub-Signature-256": signature(secret or rig.secrets["CHAOS_APP_SECRET"], body), **headers})
            return connection.getresponse().status
        finally:
            connection.close()

    accounts = [{"id": ACCOUNT, "name": "Canaries", "currency": "EUR", "timezone": midday_zone(), "min_daily_budget": 100, "account_status": 1,
                 "campaigns": [{"id": CAMPAIGN, "name": "C", "status": "ACTIVE", "daily_budget": 5_000, "adsets": [
                     {"id": ADSET, "name": "S", "status": "ACTIVE", "ads": []}]}]}]
    insights = [{"level": level, "id": identity, "day": -2, "impressions": 5_000, "clicks": 90, "inline_link_clicks": 70, "reach": 3_000,
                 "spend": "61.50"} for level, identity in (("campaign", CAMPAIGN), ("adset", ADSET))]
    graph_words = plant("Graph API error message")

    def graph_fault(method, path, do):
        return {"match": {"method": method, "path": path}, "do": do}

    faulty_outputs = 0
    try:
        rig.start_emulator({
            "require_proof": True, "apps": [{"id": APP_ID, "secret": rig.secrets["CHAOS_APP_SECRET"]}],
            "tokens": [{"token": token, "name": "studio", "app": APP_ID, "accounts": [ACCOUNT]}], "accounts": accounts, "insights": insights,
            "faults": [
                graph_fault("GET", "/insights", {"status": 500, "code": 2, "message": graph_words + " insights"}),
                graph_fault("GET", "/campaigns", {"status": 500, "html": True}),
                graph_fault("POST", "/" + ADSET, {"status": 400, "code": 100, "subcode": 1487901, "message": graph_words + " write",
                                                  "title": graph_words, "user_message": graph_words}),
                graph_fault("POST", "/" + CAMPAIGN, {"status": 400, "code": 190, "subcode": 463, "message": graph_words + " token"})]})
        configure(
            rig, accounts,
            destinations=[{"name": "crm", "url": receiver + "/crm", "secret": "${CHAOS_CRM_SECRET}"},
                          {"name": "old", "url": receiver + "/old", "as": "received"},
                          {"name": "team", "url": "${CHAOS_SLACK_URL}", "as": "slack"}],
            routes=[{"name": "account", "match": {"object": ["ad_account", "application"]}, "chain": ["touch", {"notify": "crm"}]},
                    {"name": "page", "match": {"object": ["page", "instagram"]}, "chain": ["touch", {"notify": "team"}]},
                    {"name": "all", "match": {"object": "*"}, "chain": [{"forward": "old"}]}])
        outputs["check"] = rig.command("check")[1]
        rig.start_gateway()

        answers = []
        for body in notifications(plant):
            body = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            answers.append(deliver(body))
        refused = [
            deliver(json.dumps({"object": "page", "text": plant("refused body, wrong secret")}).encode(), secret="wrong"),
            deliver(b"{}", path="/webhooks/none"),
            deliver(b"{}", secret="wrong", **{"X-Custom": plant("header of a refused request")}),
            deliver(b"{}", path="/webhooks/none?q=" + plant("query of a refused request"))]
        connection = rig.connection()
        for verify in (plant("wrong verify token"), rig.secrets["CHAOS_VERIFY"]):
            connection.request("GET", "/webhooks/meta?hub.mode=subscribe&hub.challenge=12345&hub.verify_token=" + verify)
            refused.append(connection.getresponse().status)
            connection.close()
        assert set(answers) == {200}, answers
        assert refused == [401, 404, 401, 404, 403, 200], refused
        time.sleep(2)
        command("hold")
        code, listed = command("actions", "list", "--json")
        time.sleep(1)
        keep("while it runs")
        rig.kill_gateway()
        rig.gateway.wait(10)
        keep("after SIGKILL")
        rig.start_gateway()
        command("release")
        left = settle(rig, 75)
        for verb in ("events", "actions"):
            code, listed = command(verb, "list", "--json")
            command(verb, "list")
            for line in listed.splitlines():
                if line.startswith(b'{"'):
                    identity = str(json.loads(line)["id"])
                    command(verb, "show", identity, "--json")
                    command(verb, "show", identity)
                    if verb == "actions":
                        command("why", identity, "--json")
                        command("why", identity)
        command("events", "list", "--workspace", "studio", "--state", "dead")
        connection = http.client.HTTPConnection("127.0.0.1", rig.admin_port, timeout=5)
        for bearer in (rig.secrets["CHAOS_ADMIN"], plant("wrong admin token")):
            connection.request("POST", "/v1/release", b"{" + bearer.encode(), {"Authorization": "Bearer " + bearer})
            outputs[f"admin {len(outputs)}"] = connection.getresponse().read()
        connection.close()
        good = open(rig.path("touchstone.yaml"), encoding="utf-8").read()
        faults = 0
        for name, text in faulty_configurations(good, plant):
            with open(rig.path("faulty.yaml"), "w", encoding="utf-8") as file:
                file.write(text)
            for verb in ("check", "serve", "hold", "migrate"):
                done = subprocess.run([os.path.join(rig.program, "touchstone"), verb, "--config", rig.path("faulty.yaml")], timeout=30,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=rig.environment())
                outputs[f"{verb} with a faulty configuration: {name}"] = done.stdout
                faulty_outputs += 1
                faults += done.returncode != 0
        os.remove(rig.path("faulty.yaml"))
        database = rig.database()
        counts = {name: rows(database, f"SELECT COUNT(*) FROM {name}")[0][0] for name in ("deliveries", "events", "action_history", "outbox")}
        refusals = rows(database, "SELECT COUNT(*) FROM api_logs WHERE status >= 400")[0][0]
        states = dict(rows(database, "SELECT state, COUNT(*) FROM action_history GROUP BY state"))
        database.close()
        keep("after the restart")
        rig.stop(rig.gateway)
        keep("after the stop")
    finally:
        rig.stop_all()
        server.shutdown()

    print(f"     {counts}, actions {states}, {refusals} Graph errors, {len(Receiver.taken)} messages at the receiver, left {left or 'nothing'}; "
          f"{len(outputs)} command outputs ({faults} of {faulty_outputs} with a faulty configuration refused), {len(remains)} files, "
          f"{sum(map(len, remains.values())) + sum(map(len, outputs.values()))} bytes looked through", flush=True)
    missed = found = 0
    for name, value in canaries.values.items():
        forms = canaries.forms(value)
        places = [place for place, data in [*remains.items(), *outputs.items()] if any(form in data for form in forms)]
        found += bool(places)
        missed += not places
        bad = bool(places) != options.expect_found
        print(f"{'FAIL' if bad else 'ok  '} {name}: " + (f"found in {len(places)} places, such as {places[:3]}" if places else "not found"))
    print(f"{found} of {len(canaries.values)} canaries found")
    return 1 if (missed if options.expect_found else found) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--expect-found", action="store_true", help="the control: every canary must be found")
    parser.add_argument("--keep")
    sys.exit(run(parser.parse_args()))
