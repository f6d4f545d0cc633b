#!/usr/bin/env python3
"""Plants secrets and people's words in everything that goes in, and then looks for them in everything that was left behind.

Planted: answers of a lead, texts of comments, names, a Messenger message, an e-mail address, what a shop says of a customer, a URL's query, a
request for deletion, texts in bodies that can't be read and in refused ones, in Meta's error messages and in receivers' answers; access
tokens, proofs, app secret, admin token, verify token, a wrong verify token, master key, a destination's secret and secret URL, a shop's token;
secrets in faulty configurations; customers through every entrance of conversions and every way in which one refuses (canary_doors.py).
Looked through, in any of the usual encodings: all that the database has (canary_stores.py; while it runs, after SIGKILL, after a restart, after a
stop, after erasure; with --postgres on a cluster of its own, with its heap, its WAL and its log of every statement), the log at its finest, scrubbed
captures, every answer of the public port and of the admin port, the output of every command, and what a crash leaves (canary_cores.py). One line per
canary; exit 1 when any was found. Ends by itself.

The control, --expect-found: a careless hand writes all that goes to the gateway, to its commands and into its surroundings to a table beside the
gateway's own, each time in another encoding; exit 1 when any canary was not found. It shows that each one was sent, and that a look would see it.
"""

import argparse
import base64
import collections
import glob
import hashlib
import hmac
import http.client
import http.server
import ipaddress
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
import canary_doors  # noqa: E402
from canary_cores import Cores  # noqa: E402
from canary_stores import SERVER_LOG, Careless, DumpedPostgresRig, SQLiteRig  # noqa: E402
from world import APP_ID, configure  # noqa: E402
from rig import free_port, midday_zone, rows, settle, signature  # noqa: E402

DATASET = canary_doors.DATASET
ACCOUNT, PAGE, CAMPAIGN, ADSET, AD = "700000000001", "578059408873", "238000000000000011", "238000000000000012", "238000000000000013"
INSTAGRAM, FORM = "66001", "5001"


class Canaries:
    def __init__(self):
        self.values = {}

    def plant(self, name, value=None):
        """A text that can stand nowhere by chance; letters and digits only, so that no escaping hides it."""
        self.values[name] = value or self.BEGINNING + secrets.token_hex(9)
        return self.values[name]

    BEGINNING = "Kanari"
    # what can't begin with letters: telephone numbers, addresses, Meta's numbers of people
    BEGINNINGS = (BEGINNING, canary_doors.TELEPHONES, canary_doors.ADDRESSES, canary_doors.PEOPLE)

    @classmethod
    def begun(cls, everything):
        """Where anything stands that could begin like the canaries, by beginning: the few places that are worth a look for each of them."""
        found = {}
        for beginning in cls.BEGINNINGS:
            raw = beginning.encode()
            marks = {raw, raw.lower(), raw.upper(), raw.hex().encode(), raw.hex().upper().encode(), raw.lower().hex().encode()}
            for text in (beginning, beginning.lower()):
                marks |= {text.encode("utf-16-le"), text.encode("utf-16-be"), "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
                          "".join(f"%{byte:02x}" for byte in text.encode()).encode(), urllib.parse.quote(text, safe="").encode()}
            for shift in range(3):
                text = base64.b64encode(b"\0" * shift + raw)[shift + 1 if shift else 0:]
                marks.add(text[:-4] if shift or len(raw) % 3 else text)
            if ":" in beginning:
                marks.add(bytes.fromhex(beginning.replace(":", "")))
            assert min(map(len, marks)) >= 4, marks
            found[beginning] = [place for place, data in everything.items() if any(mark in data for mark in marks)]
        return found

    @classmethod
    def among(cls, value, begun, everything):
        return next((begun[beginning] for beginning in cls.BEGINNINGS if value.startswith(beginning)), everything)

    @staticmethod
    def forms(value):
        """What the value could look like: as it is, in hex, in base64 at each alignment, in UTF-16, percent-encoded, as JSON's escapes, reversed
        in case."""
        raw = value.encode()
        forms = {raw, raw.lower(), raw.upper(), raw.hex().encode(), raw.hex().upper().encode(),
                 urllib.parse.quote(value, safe="").encode(), json.dumps(value)[1:-1].encode()}
        for text in (value, value.lower()):
            escaped = "".join(f"\\u{ord(letter):04x}" for letter in text)
            forms |= {text.encode("utf-16-le"), text.encode("utf-16-be"), escaped.encode(),
                      "".join(f"%{byte:02x}" for byte in text.encode()).encode(), text.encode().hex().encode()}
        for shift in range(3):
            text = base64.b64encode(b"\0" * shift + raw)[shift + 1 if shift else 0:]
            forms |= {text[:-4], text[:-4].replace(b"+", b"-").replace(b"/", b"_")}
        try:
            forms.add(ipaddress.ip_address(value).packed if ":" in value else bytes.fromhex(value))     # the bytes that it means
        except ValueError:
            pass
        return {form for form in forms if len(form) >= 12}


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers the first requests of each path with an error that repeats what it got."""

    seen, taken, canary, careless = {}, [], "", None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        count = Receiver.seen[self.path] = Receiver.seen.get(self.path, 0) + 1
        Receiver.taken.append((self.path, dict(self.headers), body))
        failing = count == 1
        answer = (b"failed: " + Receiver.canary.encode() + b" " + body) if failing else b"ok"
        Receiver.tell(answer)
        self.send_response(500 if failing else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    @staticmethod
    def tell(answer):
        """To the careless hand, in the control."""
        if Receiver.careless:
            Receiver.careless.add(answer)

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
    yield changed("a shop's token is a list", lambda d, v: d["sources"][0].update(token=[v]))
    document = json.loads(good)
    document["sources"][0]["token"] = plant("faulty configuration: a shop's token is short", "Kanari" + secrets.token_hex(5)[:9])
    yield "a shop's token is short", json.dumps(document, indent=1)
    yield changed("no consent is said", lambda d, v: d["sources"].append({"name": "other", "workspace": "studio", "token": v, "datasets": ["1"]}))
    yield changed("a Page's token is a mapping", lambda d, v: d["workspaces"][0].update(pages=[{"id": PAGE, "token": {"x": v}}]))
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
               "from": {"id": "77001", "name": plant("from.name")}, "message": "kanarihide " + plant("comment's message")}
    yield page("feed", comment)
    yield page("feed", comment | {"verb": "edited", "message": plant("edited comment"), "edited_time": now})
    yield page("feed", {"item": "reaction", "verb": "add", "reaction_type": "love", "post_id": f"{PAGE}_10", "created_time": now,
                        "from": {"id": "77001", "name": plant("name of who reacts")}})
    yield page("feed", {"item": "status", "verb": "add", "post_id": f"{PAGE}_12", "message": plant("post's message")})
    yield page("feed", plant("feed's value is a text"))
    yield page("leadgen", {"leadgen_id": "4001", "page_id": PAGE, "form_id": FORM, "ad_id": "0", "created_time": now,
                           "field_data": [{"name": "email", "values": [plant("lead's answer")]}]})
    for lead in ("4002", "4003"):
        yield page("leadgen", {"leadgen_id": lead, "page_id": PAGE, "form_id": FORM, "ad_id": AD, "created_time": now})
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
    yield {"object": "instagram", "entry": [{"id": INSTAGRAM, "time": now, "changes": [
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


def conversions(plant):
    """Events of a shop: one that is taken, one without consent, and some that are refused, each with words in every place."""
    now = int(time.time())

    def customer(where):
        return {"em": [plant(f"em of {where}") + "@example.com"], "ph": "+48 600 100 200", "fn": plant(f"fn of {where}"),
                "ln": plant(f"ln of {where}"), "ct": plant(f"ct of {where}"), "external_id": plant(f"external_id of {where}"),
                "client_user_agent": plant(f"user agent of {where}"), "client_ip_address": "203.0.113.7",
                "fbp": f"fb.1.{now * 1000}.{plant(f'browser id of {where}')}"}

    def goods(where):
        return {"value": 12.5, "currency": "EUR", "consent": True, "content_name": plant(f"custom_data of {where}"),
                # an order number is an id, and kept as one; what is none is not
                "order_id": plant(f"order number of {where}") + "@example.com", "contents": [{"id": plant(f"content id of {where}"), "quantity": 1}],
                "note": plant(f"own member of custom_data of {where}")}

    def event(where, user_data=None, custom_data=None, **members):
        return {"event_name": "Purchase", "event_time": now, "action_source": "website", "event_id": f"order-{secrets.token_hex(4)}",
                "event_source_url": f"https://shop.example/{plant(f'URL path of {where}')}?email={plant(f'URL query of {where}')}@example.com"
                                    f"&fbclid={plant(f'click id of {where}')}&ad_id={AD}",
                "user_data": user_data or customer(where), "custom_data": custom_data or goods(where)} | members

    good = event("a conversion")
    plant("hash of a conversion's em", hashlib.sha256(good["user_data"]["em"][0].lower().encode()).hexdigest())
    yield good
    yield event("a conversion with hashes", user_data={"em": plant("hash that came", hashlib.sha256(secrets.token_bytes(9)).hexdigest()),
                                                       "client_user_agent": plant("its user agent")})
    without = event("a conversion without consent")
    del without["custom_data"]["consent"]
    yield without
    bad = event("a refused conversion, raw personal key")
    bad["user_data"]["email"] = plant("raw personal key's value")
    yield bad
    yield event("a refused conversion, time is a text", event_time=plant("event_time that is a text"))
    bad = event("a refused conversion, no currency")
    bad["custom_data"]["currency"] = plant("currency that is none")
    yield bad
    yield event("a refused conversion, person in custom_data", custom_data={"value": 1, "currency": "EUR", "email": plant("email in custom_data")})
    yield event("a refused conversion, no name", event_name=None)


def signed_request(secret, payload):
    """As Meta signs it."""
    def url64(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    text = url64(json.dumps({"algorithm": "HMAC-SHA256", "issued_at": int(time.time()), **payload}).encode())
    return url64(hmac.new(secret.encode(), text, hashlib.sha256).digest()) + b"." + text


class Run:
    def __init__(self, options):
        self.canaries = Canaries()
        plant = self.plant = self.canaries.plant
        rig = self.rig = (DumpedPostgresRig if options.postgres else SQLiteRig)(
            options.keep or tempfile.mkdtemp(prefix="touchstone-canaries-"), options.program, log_level="trace")
        self.careless = Receiver.careless = Careless(rig) if options.expect_found else None
        self.port = free_port()
        self.receiver = f"http://127.0.0.1:{self.port}"
        token, page_token = plant("access token"), plant("Page's access token")
        rig.secrets.update({
            "CHAOS_TOKEN": token, "CHAOS_APP_SECRET": plant("app secret"), "CHAOS_ADMIN": plant("admin token"),
            "CHAOS_VERIFY": plant("verify token"), "CHAOS_KEY": plant("master key", secrets.token_hex(32)),
            "CHAOS_SHOP_TOKEN": plant("shop's token"), "CHAOS_SHOP_SECRET": plant("shop's secret"),
            "CHAOS_DESTINATION_SECRET": "whsec_" + base64.b64encode(plant("destination's secret").encode()).decode(),
            "CHAOS_READER": plant("token of who may read"),
            "CHAOS_SLACK_URL": self.receiver + "/services/" + plant("destination's secret URL")})
        self.reader = rig.secrets["CHAOS_READER"]
        variables, self.sources = canary_doors.sources(plant)
        rig.secrets.update(variables)
        for name, text in (("appsecret_proof", token), ("Page's appsecret_proof", page_token)):
            plant(name, hmac.new(rig.secrets["CHAOS_APP_SECRET"].encode(), text.encode(), hashlib.sha256).hexdigest())
        self.shop_proof = plant("shop's proof", hmac.new(
            rig.secrets["CHAOS_SHOP_SECRET"].encode(), rig.secrets["CHAOS_SHOP_TOKEN"].encode(), hashlib.sha256).hexdigest())
        Receiver.canary = plant("receiver's answer")
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Receiver)
        self.captures = rig.path("captures")
        rig.serve_options = ["--capture", self.captures]
        self.outputs, self.remains, self.statuses = {}, {}, []
        self.faults = self.faulty = 0
        self.left = self.figures = None

    def tell(self, text):
        """What goes in by another way than a request or a command, to the careless hand of the control."""
        if self.careless:
            self.careless.add(text.encode())

    # looking

    def keep(self, moment):
        rig = self.rig
        if self.careless:
            self.careless.write_down()
        self.remains.update(rig.stored(moment))
        for path in (rig.path("serve.log"), rig.path("emulator.log"), rig.path("emulator.out")):
            with open(path, "rb") as file:
                self.remains[f"{os.path.basename(path)} {moment}"] = file.read()
        for path in glob.glob(self.captures + "/*"):
            with open(path, "rb") as file:
                self.remains["capture " + os.path.basename(path)] = os.path.basename(path).encode() + b"\n" + file.read()

    def command(self, *arguments):
        code, output = self.rig.command(*arguments)
        name = " ".join(arguments[:3])
        self.outputs[name] = self.outputs.get(name, b"") + output
        return code, output

    def ask(self, method, path, body=None, **headers):
        """A request to the public port; its status. Its answer is among what is looked through."""
        connection = self.rig.connection()
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            name = f"answer to {method} {path.partition('?')[0][:60]} {answer.status}"
            self.outputs[name] = self.outputs.get(name, b"") + str(answer.headers).encode() + answer.read()
            return answer.status
        finally:
            connection.close()

    # what goes in

    def start(self):
        rig, plant = self.rig, self.plant
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        accounts = [{"id": ACCOUNT, "name": "Canaries", "currency": "EUR", "timezone": midday_zone(), "min_daily_budget": 100, "account_status": 1,
                     "campaigns": [{"id": CAMPAIGN, "name": "C", "status": "ACTIVE", "daily_budget": 5_000, "adsets": [
                         {"id": ADSET, "name": "S", "status": "ACTIVE", "ads": [{"id": AD, "name": "A", "status": "ACTIVE", "creative": {
                             "id": "9", "effective_object_story_id": f"{PAGE}_10"}}]}]}]}]
        insights = [{"level": level, "id": identity, "day": -2, "impressions": 5_000, "clicks": 90, "inline_link_clicks": 70, "reach": 3_000,
                     "spend": "61.50"} for level, identity in (("campaign", CAMPAIGN), ("adset", ADSET))]
        graph_words = plant("Graph API error message")

        def graph_fault(method, path, do):
            return {"match": {"method": method, "path": path}, "do": do}

        def lead(identity, **more):
            """One that is deleted is never seen by anybody."""
            answers = {"email": "a@b.example"} if more.get("deleted") else {
                "email": plant(f"lead {identity}'s email") + "@example.com", "full_name": plant(f"lead {identity}'s name"),
                "phone_number": "+" + canary_doors.telephone(plant, f"lead {identity}"),
                "story": plant(f"lead {identity}'s answer")}
            return {"id": identity, "form": FORM, "ad": AD, "created": -60, "platform": "fb", "fields": answers, **more}

        rig.start_emulator({
            "require_proof": True, "apps": [{"id": APP_ID, "secret": rig.secrets["CHAOS_APP_SECRET"]}],
            "tokens": [{"token": rig.secrets["CHAOS_TOKEN"], "name": "studio", "app": APP_ID, "accounts": [ACCOUNT]}],
            "accounts": accounts, "insights": insights,
            "pages": [{"id": PAGE, "name": "Shop", "token": self.canaries.values["Page's access token"], "instagram": INSTAGRAM}],
            "forms": [{"id": FORM, "page": PAGE, "name": "Form", "questions": ["email", "full_name", "phone_number", "story"]}],
            "leads": [lead("4001"), lead("4002", unreadable_for=1), lead("4003", deleted=True)],
            "posts": [{"id": f"{PAGE}_10", "page": PAGE, "message": "post"}], "datasets": [{"id": dataset} for dataset in (DATASET, *canary_doors.NAMES.values())],
            "comments": [{"id": f"{PAGE}_11", "post": f"{PAGE}_10", "from": {"id": "77001", "name": "x"}, "message": "x", "created": -5}],
            "faults": [
                graph_fault("GET", "/insights", {"status": 500, "code": 2, "message": graph_words + " insights"}),
                graph_fault("GET", "/campaigns", {"status": 500, "html": True}),
                graph_fault("GET", "/4001", {"status": 400, "code": 100, "message": graph_words + " lead", "user_message": graph_words}),
                graph_fault("POST", f"/{PAGE}_11", {"status": 500, "code": 1, "message": graph_words + " comment"}),
                graph_fault("POST", "/events", {"status": 500, "code": 2, "message": graph_words + " events"}),
                graph_fault("POST", "/" + ADSET, {"status": 400, "code": 100, "subcode": 1487901, "message": graph_words + " write",
                                                  "title": graph_words, "user_message": graph_words}),
                graph_fault("POST", "/" + CAMPAIGN, {"status": 400, "code": 190, "subcode": 463, "message": graph_words + " token"})]})
        configure(
            rig, accounts,
            workspaces=[{"name": "studio", "app": "main", "token": "${CHAOS_TOKEN}", "accounts": ["act_" + ACCOUNT], "act_on": ["act_" + ACCOUNT],
                         "pages": [PAGE], "instagram": [INSTAGRAM], "money": {"raise_per_day": 100_000_000, "raise_per_entity_per_day": "400%"}}],
            sources=[{"name": "shop", "workspace": "studio", "token": "${CHAOS_SHOP_TOKEN}", "secret": "${CHAOS_SHOP_SECRET}",
                      "datasets": [DATASET], "consent": {"from": "custom_data.consent", "without": "drop"}}, *self.sources],
            limits={"per_source": {"per_second": canary_doors.PER_SECOND}},
            admin={"address": f"127.0.0.1:{rig.admin_port}", "token": "${CHAOS_ADMIN}",
                   "tokens": [{"name": "reader", "token": "${CHAOS_READER}", "may": "read"}]},
            moderation=[{"name": "house", "rules": [{"when": {"any_word": ["kanarihide"]}, "do": ["hide"]}]}],
            destinations=[{"name": "crm", "url": self.receiver + "/crm", "secret": "${CHAOS_DESTINATION_SECRET}"},
                          {"name": "leads", "url": self.receiver + "/leads", "secret": "${CHAOS_DESTINATION_SECRET}"},
                          {"name": "old", "url": self.receiver + "/old", "as": "received"},
                          {"name": "team", "url": "${CHAOS_SLACK_URL}", "as": "slack"}],
            routes=[{"name": "account", "match": {"object": ["ad_account", "application"]}, "chain": ["touch", {"notify": "crm"}]},
                    {"name": "page", "match": {"object": ["page", "instagram"]}, "chain": ["touch", {"notify": "team"}]},
                    {"name": "leads", "match": {"object": "page", "field": "leadgen"},
                     "chain": ["fetch_lead", "store_lead", {"report_lead": "crm"}, {"forward_lead": "leads"}]},
                    {"name": "comments", "match": {"object": ["page", "instagram"], "field": ["feed", "comments", "mention"]},
                     "chain": ["resolve_ad", "store_engagement", {"moderate_comment": "house"}]},
                    {"name": "shops", "match": {"object": "conversion"}, "chain": ["attribute", "forward_conversion"]},
                    {"name": "all", "match": {"object": ["page", "instagram", "user", "ad_account", "whatsapp_business_account"]},
                     "chain": [{"forward": "old"}]}])
        self.outputs["check"] = rig.command("check")[1]
        email, telephone = (self.canaries.values[name] for name in ("lead 4002's email", "telephone number of lead 4002"))
        self.hashes = {name: plant(name, hashlib.sha256(text.encode()).hexdigest()) for name, text in (
            ("hash of lead 4002's email", email.lower() + "@example.com"), ("hash of lead 4002's telephone number", telephone))}
        rig.start_gateway()

    def deliver(self, body, path="/webhooks/meta", secret=None, **headers):
        return self.ask("POST", path, body, **{
            "Content-Type": "application/json", "User-Agent": "Webhooks/1.0",
            "X-Hub-Signature-256": signature(secret or self.rig.secrets["CHAOS_APP_SECRET"], body), **headers})

    def shop(self, body, token=None, proof=None):
        time.sleep(1 / canary_doors.PER_SECOND)      # within what one source may send
        query = urllib.parse.urlencode({"access_token": token or self.rig.secrets["CHAOS_SHOP_TOKEN"], "appsecret_proof": proof or self.shop_proof})
        return self.ask("POST", f"/v26.0/{DATASET}/events?{query}", body, **{"Content-Type": "application/json"})

    def call_back(self, kind, secret, **payload):
        self.tell(json.dumps(payload))
        form = b"signed_request=" + signed_request(secret, payload)
        return self.ask("POST", f"/callbacks/meta/{kind}", form, **{"Content-Type": "application/x-www-form-urlencoded"})

    def bring(self):
        """Everything that comes to the public port."""
        plant, secret = self.plant, self.rig.secrets["CHAOS_APP_SECRET"]
        answers = []
        for body in notifications(plant):
            answers.append(self.deliver(body.encode() if isinstance(body, str) else json.dumps(body).encode()))
        assert set(answers) == {200}, answers
        refused = [
            self.deliver(json.dumps({"object": "page", "text": plant("refused body, wrong secret")}).encode(), secret="wrong"),
            self.deliver(b"{}", path="/webhooks/none"),
            self.deliver(b"{}", secret="wrong", **{"X-Custom": plant("header of a refused request")}),
            self.deliver(b"{}", path="/webhooks/none?q=" + plant("query of a refused request"))]
        for verify in (plant("wrong verify token"), self.rig.secrets["CHAOS_VERIFY"]):
            refused.append(self.ask("GET", "/webhooks/meta?hub.mode=subscribe&hub.challenge=12345&hub.verify_token=" + verify))
        assert refused == [401, 404, 401, 404, 403, 200], refused

        shops = [self.shop(json.dumps({"data": [event]}).encode()) for event in conversions(plant)]
        shops.append(self.shop(b'{"data": [{"event_name": "' + plant("conversions that are no JSON").encode()))
        shops.append(self.shop(json.dumps({"data": [{"x": plant("conversion of an unknown shop")}]}).encode(), token=plant("unknown shop's token")))
        shops.append(self.shop(json.dumps({"data": [{"x": plant("conversion with a wrong proof")}]}).encode(), proof=plant("wrong proof")))
        assert shops == [200, 200, 200] + [400] * 6 + [401, 400], shops

        people = [self.call_back("data-deletion", secret, user_id=plant("user who asks for deletion", digits()), note=plant("deletion request")),
                  self.call_back("deauthorize", secret, user_id=plant("user who deauthorises", digits()), note=plant("deauthorisation")),
                  self.call_back("data-deletion", "wrong", user_id=plant("user of a forged request", digits()), note=plant("forged request"))]
        assert people[:2] == [200, 200] and people[2] >= 400, people
        for path in ("/metrics", "/healthz", "/callbacks/meta/data-deletion/abc"):
            self.ask("GET", path)

    # what comes out

    def look(self):
        """Every command that lists or shows, of everything there is."""
        for verb in ("events", "actions", "leads"):
            code, listed = self.command(verb, "list", "--json")
            self.command(verb, "list")
            for line in listed.splitlines():
                if line.startswith(b'{"'):
                    document = json.loads(line)
                    identity = str(document["lead_id"] if verb == "leads" else document["id"])
                    self.command(verb, "show", identity, "--json")
                    self.command(verb, "show", identity)
                    if verb == "actions":
                        self.command("why", identity, "--json")
                        self.command("why", identity)
        for state in ("dead", "held", "unrouted"):
            self.command("events", "list", "--state", state)
        self.command("leads", "show", "4003")
        self.command("leads", "retry", "4001", "4003")
        self.command("events", "retry", "--state", "dead")
        for arguments in (["verify", self.captures], ["test", self.captures]):
            self.command(*arguments)
            self.command(*arguments, "--json")
        ca = ["--ca", self.rig.path("certs/ca.pem")]
        self.command("replay", self.captures, "--resign", *ca, "--json")
        for kind in ("leadgen", "comment", "purchase"):
            self.command("trigger", kind, "--show")
        connection = http.client.HTTPConnection("127.0.0.1", self.rig.admin_port, timeout=5)
        for bearer in (self.rig.secrets["CHAOS_ADMIN"], self.plant("wrong admin token")):
            for method, path, body in (("POST", "/v1/release", b"{" + bearer.encode()), ("GET", "/metrics", None)):
                connection.request(method, path, body, {"Authorization": "Bearer " + bearer})
                self.outputs[f"admin {len(self.outputs)}"] = connection.getresponse().read()
        connection.close()

    def erase(self):
        values = self.canaries.values
        self.command("erase", "lead", "4002", "--yes", "--json")
        self.command("erase", "person", "--yes", "--json", "--email", values["em of a conversion"] + "@example.com")
        self.command("erase", "person", "--yes", "--external-id", values["external_id of a conversion"])
        self.command("erase", "user", "77001", "--yes")
        self.command("erase", "person", "--yes", "--phone", self.plant("no telephone number"))
        self.command("erase", "lead", self.plant("no lead's id"), "--yes")
        self.command("leads", "show", "4002")

    def misconfigure(self):
        rig = self.rig
        with open(rig.path("touchstone.yaml"), encoding="utf-8") as file:
            good = file.read()
        for name, text in faulty_configurations(good, self.plant):
            with open(rig.path("faulty.yaml"), "w", encoding="utf-8") as file:
                file.write(text)
            self.tell(text)
            for verb in ("check", "serve", "hold", "migrate", "leads list"):
                done = subprocess.run([os.path.join(rig.program, "touchstone"), *verb.split(), "--config", rig.path("faulty.yaml")], timeout=30,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=rig.environment())
                self.outputs[f"{verb} with a faulty configuration: {name}"] = done.stdout
                self.faulty += 1
                self.faults += done.returncode != 0
        os.remove(rig.path("faulty.yaml"))

    def count(self):
        database = self.rig.database()
        tables = ("deliveries", "events", "action_history", "outbox", "leads", "social_engagements", "conversion_events", "send_attempts",
                  "callbacks")
        counts = {name: rows(database, f"SELECT COUNT(*) FROM {name}")[0][0] for name in tables}
        states = {name: dict(rows(database, f"SELECT state, COUNT(*) FROM {name} GROUP BY state"))
                  for name in ("action_history", "conversion_events")}
        sealed = rows(database, "SELECT COUNT(*) FROM leads WHERE answers IS NOT NULL")[0][0]
        refusals = rows(database, "SELECT COUNT(*) FROM api_logs WHERE status >= 400")[0][0]
        database.close()
        self.figures = f"{counts}, states {states}, {sealed} leads with answers, {refusals} Graph errors"

    def play(self):
        rig = self.rig
        try:
            rig.start_database()
            self.start()
            self.bring()
            doors = canary_doors.Doors(self)
            self.doors = doors.bring()
            time.sleep(2)
            self.command("hold")
            self.command("actions", "list", "--json")
            time.sleep(1)
            self.keep("while it runs")
            rig.kill_gateway()
            rig.gateway.wait(10)
            self.remains.update(rig.crash_database())
            self.keep("after SIGKILL")
            rig.start_gateway()
            self.command("release")
            self.left = settle(rig, 30)       # a lead that is deleted is asked for again, for a day
            accepted = rig.control("GET", "events.ndjson?from=0&count=1000")
            self.doors += [f"{name} is not at the emulator" for name, value in self.hashes.items() if value.encode() not in accepted]
            self.revealed = rig.command("leads", "show", "4002", "--reveal")[1]
            self.look()
            doors.look()
            settle(rig, 10)
            self.misconfigure()
            for name in ("hash of a conversion's em", "appsecret_proof", "Page's appsecret_proof", *self.hashes):   # what the gateway makes of what it has
                self.tell(self.canaries.values[name])
            self.count()
            self.keep("after the restart")
            self.erase()
            self.keep("after erasure")
            rig.stop(rig.gateway)
            self.keep("after the stop")
            self.crashes = Cores(self).check()
            self.keep("after crashes")
            self.remains.update(rig.stopped_database())
        finally:
            rig.stop_all()
            self.server.shutdown()


def digits():
    return canary_doors.PEOPLE + "".join(secrets.choice("0123456789") for _ in range(10))


def kind(place):
    """Of a file or a table: the engine's place, without which one and when."""
    words = place.split(" ")
    if place.startswith("table "):
        return f"tables as {words[3]}"
    if place.startswith("postgres file "):
        return words[2].split("/")[0]
    return SERVER_LOG if place.startswith(SERVER_LOG) else words[0]


def unseen(canaries, value):
    """The encodings in which a look would pass over the value."""
    text = "Aä " + value + "; z"
    encoded = {"hex": text.encode().hex().encode(), "UTF-16": text.encode("utf-16-le"), "UTF-16 in lower case": text.lower().encode("utf-16-be"),
               "escapes": "".join(f"\\u{ord(letter):04x}" for letter in text).encode(), "percent": urllib.parse.quote(text).encode(),
               "percent, all": "".join(f"%{byte:02x}" for byte in text.encode()).encode(), "upper case": text.upper().encode(),
               **{f"base64, {shift}": base64.b64encode(b"x" * shift + text.encode()) for shift in range(3)}}
    forms = canaries.forms(value)
    return [name for name, data in encoded.items()
            if not Canaries.among(value, Canaries.begun({"": data}), [""]) or not any(form in data for form in forms)]


def run(options):
    play = Run(options)
    play.play()
    canaries, remains, outputs = play.canaries, play.remains, play.outputs
    captures = sum(name.startswith("capture ") for name in remains)
    print(f"     {play.figures}; {len(Receiver.taken)} messages at the receiver, left {play.left or 'nothing'}; "
          f"{len(outputs)} outputs and answers ({play.faults} of {play.faulty} with a faulty configuration refused), {len(remains)} files "
          f"({captures} captures), {sum(map(len, remains.values())) + sum(map(len, outputs.values()))} bytes looked through", flush=True)
    shown = canaries.values["lead 4002's answer"].encode() in play.revealed
    print(f"{'ok  ' if shown and captures else 'FAIL'} leads show --reveal shows a person the answer, and requests were captured")
    failures = [*play.doors]
    for is_good, text in play.crashes:
        print(f"{'ok  ' if is_good else 'FAIL'} {text}")
        failures += [] if is_good else [text]
    for text in play.doors:
        print(f"FAIL {text}")
    print(f"{'FAIL' if play.doors else 'ok  '} every entrance and every refusal answered as it should")
    missed = found = 0
    everything = {**remains, **outputs}
    begun, kinds = Canaries.begun(everything), collections.Counter()
    for name, value in canaries.values.items():
        forms = canaries.forms(value)
        places = [place for place in Canaries.among(value, begun, everything) if any(form in everything[place] for form in forms)]
        kinds.update({kind(place) for place in places if place in remains})
        found += bool(places)
        missed += not places
        bad = bool(places) != options.expect_found
        print(f"{'FAIL' if bad else 'ok  '} {name}: " + (f"found in {len(places)} places, such as {places[:3]}" if places else "not found"))
    if options.expect_found:
        unknown = [f"{name} as {form}" for name, value in canaries.values.items() for form in unseen(canaries, value)]
        print(f"{'FAIL' if unknown else 'ok  '} a look knows each canary in every encoding {unknown[:5]}; seen in: "
              + ", ".join(f"{name} {count}" for name, count in sorted(kinds.items())))
        failures += unknown
    print(f"{found} of {len(canaries.values)} canaries found")
    return 1 if (missed if options.expect_found else found) or not shown or not captures or failures else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--expect-found", action="store_true", help="the control: every canary must be found")
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, a cluster of its own")
    parser.add_argument("--keep")
    sys.exit(run(parser.parse_args()))
