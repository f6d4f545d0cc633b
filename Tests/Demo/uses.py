"""The three uses of the gateway, judged: leads and comments of Meta's webhooks, conversions of shops, replay. Part of expect.py."""
import base64
import collections
import datetime
import hashlib
import hmac
import json
import pathlib
import re
from fractions import Fraction as F

from advertisers import UNKNOWN, in_scope, is_own, is_story, wanted_write, window_days
from evidence import Number, Sale, Sales, an_id, an_integer, body_of, brief, parse, text, verdict

REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "fixtures/reference/capi-normalization-vectors.json"
HASHED = ["em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"]


def sha(value):
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


def moment(ms):
    return datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{ms % 1000:03}Z"


class Vectors:
    """Published and worked-out examples: a raw value and what of it is hashed."""

    def __init__(self):
        found = json.loads(REFERENCE.read_text())["vectors"]
        self.by_raw = {(one["field"], one["raw"]): one["recommended"] for one in found if isinstance(one["raw"], str) and "sha256" in one.get("recommended", {})}

    def hash(self, key, raw):
        """The hash that Meta must get for a raw value of the story."""
        if re.fullmatch(r"[0-9a-f]{64}", raw):
            return raw
        if key == "external_id":
            return sha(raw)
        if (key, raw) in self.by_raw:
            return sha(self.by_raw[key, raw]["normalized"])
        assert key == "em", f"{key} of no vector"
        return sha(raw.strip().lower())

    @staticmethod
    def simple(key, raw):
        """What a reader of Meta's page does with a value of the simple keys; None where the page asks for more than this."""
        if key == "em":
            return raw.strip().lower()
        if key == "ph" and raw.isascii():
            return re.sub(r"\D", "", raw).lstrip("0")
        if key in ("fn", "ln") and raw.replace(" ", "").isalpha():
            return raw.lower().replace(" ", "")
        return None


class Uses:
    def __init__(self, judgement):
        self.judgement, self.evidence, self.report = judgement, judgement.evidence, judgement.report
        scenario = self.evidence.scenario
        self.leads = {lead["id"]: lead for lead in scenario["leads"]}
        self.forms = {form["id"]: form for form in scenario["forms"]}
        self.pages = {page["id"]: page for page in scenario["pages"]}
        self.mapped = {form["id"]: form["fields"] for form in self.evidence.configuration["forms"]}
        self.comments = {comment["id"]: comment for comment in scenario["comments"]}
        self.backing = collections.defaultdict(list)                          # (workspace, post or media) → ads
        for account in judgement.accounts.values():
            given = next(one for one in scenario["accounts"] if one["id"] == account.id)
            for ad in (ad for campaign in given["campaigns"] for adset in campaign["adsets"] for ad in adset["ads"]):
                for key, story in ad.get("creative", {}).items():
                    if key != "id":
                        self.backing[account.workspace, story].append(ad["id"])
        self.workspaces = {one["name"]: one for one in self.evidence.configuration["workspaces"]}
        self.own_rules = {(rule["workspace"], rule["name"]) for rule in self.evidence.rules if is_own(rule)}
        self.clicks, self.found = {}, {}
        self.vectors = Vectors()

    def sender(self, entry):
        """Kind and app of a delivery as they are stored."""
        sale = re.search(r"/events(\?|$)", entry["target"])
        return ("conversions", Sales(self.evidence, entry).source["name"]) if sale else ("webhook", "main")

    def run(self):
        self.fresh = self.judgement.fresh
        self.answers()
        self.received_leads()
        self.destination()
        self.index()
        self.engagements()
        self.moderation()
        self.conversions()
        self.edge()
        self.social_calls()
        self.own_events()
        self.own_truths()
        self.replays()
        self.secrets()

    def owned(self, event):
        """The workspace of an event that one of the three routes takes; None otherwise."""
        workspace = self.judgement.owner(event)
        return workspace if workspace in self.workspaces and self.judgement.routes(event) else None

    # what is behind an event -------------------------------------

    def lead_of(self, event):
        return self.leads.get(an_id(event.get("leadgen_id"))) if (event.object, event.field) == ("page", "leadgen") else None

    @staticmethod
    def is_social(event):
        return (event.object, event.field) in (("page", "feed"), ("instagram", "comments"), ("instagram", "live_comments"))

    def ads_behind(self, event):
        """Ads that an event has to do with, whether it names them or not."""
        workspace = self.judgement.owner(event)
        lead = self.lead_of(event)
        if lead:
            return [lead["ad"]] if lead.get("ad") and not lead["test"] else []
        if self.is_social(event):
            named = [entity for level, entity in event.entities if level == "ad"]
            stories = [event.get("post_id")] if event.object == "page" else [event.get("media", "id"), event.get("media", "original_media_id")]
            return named or sorted({ad for story in stories for ad in self.backing[workspace, story]})
        if isinstance(event, Sale):
            return [ad for ad in [self.attribution(event)[0]] if ad]
        return []

    def attribution(self, sale):
        """The ad behind a conversion and how it is known: by its URL, by its lead, by a click that came with an ad before."""
        if id(sale) in self.found:
            return self.found[id(sale)]
        workspace = sale.source["workspace"]
        query = dict(re.findall(r"[?&]([^=&#]+)=([^&#]*)", text(sale.get("event_source_url")) or ""))
        ad = next((query[key] for key in ("ad_id", "hsa_ad", "utm_content") if key in query), None)
        fbc = text(sale.get("user_data", "fbc"))
        click = fbc.split(".")[3] if fbc else query.get("fbclid")
        lead = self.leads.get(an_id(sale.get("user_data", "lead_id")) or "")
        if ad:
            found = (ad, "url")
        elif lead:
            found = (lead["ad"], "lead")
        elif (workspace, click) in self.clicks:
            found = (self.clicks[workspace, click], "click")
        else:
            found = (None, "none")
        if ad and click and sale.consents:
            self.clicks[workspace, click] = ad
        self.found[id(sale)] = found
        return found

    # refused requests --------------------------------------------

    def answers(self):
        """Answers of the entrance for conversions have the shape of the Graph API's, and quote no value."""
        wrong, refused = [], 0
        for entry in self.evidence.journal:
            if "answer" not in entry:
                continue
            request, answer = Sales(self.evidence, entry), json.loads(entry["answer"])
            if request.status == 200:
                good = answer.get("events_received") == len(request.data) and isinstance(answer.get("fbtrace_id"), str) and isinstance(answer.get("messages"), list)
            else:
                refused += 1
                error = answer.get("error", {})
                good = {"message", "type", "code", "fbtrace_id"} <= set(error) and error["code"] == {401: 190, 400: 100}[request.status]
                good = good and not any(value in entry["answer"] for value in raw_values(request.data))
            if not good:
                wrong.append((entry["name"], entry["answer"]))
        self.report.check("conversions are answered as the Graph API does, taken and refused, and no answer quotes a value", not wrong, brief(wrong))
        self.judgement.figure("conversions_refused", refused)

    # leads --------------------------------------------------------

    def received_leads(self):
        account_of = lambda lead: self.judgement.by_workspace[self.judgement.pages[self.forms[lead["form"]]["page"]]]
        self.expected_leads, expected = {}, []
        for event in self.fresh:
            lead = self.lead_of(event)
            if not lead or not self.owned(event):
                continue
            self.expected_leads[lead["id"]] = event
            account, ad = account_of(lead), lead.get("ad")
            adset = account.parent[ad] if ad else None
            expected.append((account.workspace, lead["id"], lead["form"], self.forms[lead["form"]]["page"], ad, adset, account.parent[adset] if ad else None,
                             lead["platform"], int(lead["is_organic"]), int(lead["test"]), lead["created"] * 1000))
        stored = [tuple(row) for row in self.evidence.rows(
            "SELECT workspace_id, lead_id, form_id, page_id, ad_id, adset_id, campaign_id, platform, is_organic, is_test, created_at FROM leads")]
        self.report.same("leads stored, each once: form, Page, ad and what is above it, organic and test", stored, expected)
        self.report.check("a lead of each kind was told of: test, of no ad, and not readable at first",
                          any(one["test"] for one in self.leads.values()) and any("ad" not in one for one in self.leads.values())
                          and any(one["unreadable_for"] == 2 for one in self.leads.values()))
        reads = collections.Counter(line["path"].strip("/") for line in self.evidence.log if line["call"] == "lead")
        self.report.equal("reads of leads: one each, and one more for every time that it could not be read yet", dict(sorted(reads.items())),
                          {lead: 1 + self.leads[lead]["unreadable_for"] for lead in sorted(self.expected_leads)})
        self.judgement.figure("leads", len(expected))
        self.judgement.figure("leads_test", sum(found[9] for found in expected))

    def document(self, lead, event):
        """What the destination must get of a lead."""
        workspace, form = self.judgement.owner(event), self.forms[lead["form"]]
        account, ad = self.judgement.by_workspace[workspace], lead.get("ad")
        names = self.mapped.get(form["id"], {})
        named = lambda entity: {"id": entity, "name": account.name[entity]} if entity else None
        adset = account.parent[ad] if ad else None
        return {
            "type": "lead.received", "version": 1, "id": lead["id"], "workspace": workspace, "received_at": moment(event.received_at),
            "created_at": moment(lead["created"] * 1000), "lead_id": lead["id"], "form": {"id": form["id"], "name": form["name"]},
            "page": {"id": form["page"], "name": self.pages[form["page"]]["name"]}, "ad": named(ad), "ad_set": named(adset),
            "campaign": named(account.parent[adset] if ad else None), "platform": lead["platform"], "is_organic": lead["is_organic"], "test": lead["test"],
            "fields": {names.get(field["name"], field["name"]): field["values"] for field in lead["fields"]},
            "consents": [{"key": box["checkbox_key"], "checked": box["is_checked"]} for box in lead["consents"]],
        }

    def destination(self):
        report, crm = self.report, self.evidence.crm
        destination = self.evidence.configuration["destinations"][0]
        key = base64.b64decode(self.evidence.value(destination["secret"]).removeprefix("whsec_"))

        def is_signed(one):
            headers = one["headers"]
            signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + one["body"]
            right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
            return right in headers["webhook-signature"].split(" ") and abs(int(headers["webhook-timestamp"]) - one["at_ms"] / 1000) < 60
        report.check("every request at the destination is signed by Standard Webhooks", crm and all(map(is_signed, crm)))
        bodies = {one["headers"]["webhook-id"]: json.loads(one["body"]) for one in crm}
        taken = [(one["headers"]["webhook-id"], json.loads(one["body"])["lead_id"]) for one in crm if one["status"] == 200]
        wanted = [lead for lead in self.expected_leads if not self.leads[lead]["test"]]
        report.same("leads at the destination, each exactly once, tests not among them", [lead for _, lead in taken], wanted)
        report.equal("ids of messages (webhook-id): one for every lead", len({message for message, _ in taken}), len(wanted))
        statuses = collections.Counter(one["status"] for one in crm)
        report.equal("answers of the destination: one 500, then nothing but 200", dict(statuses), {500: 1, 200: len(wanted)})
        again = [one["headers"]["webhook-id"] for one in crm if one["status"] == 500]
        report.check("what was refused came again under the same webhook-id", set(again) <= {message for message, _ in taken})
        right = {json.dumps(self.document(self.leads[lead], self.expected_leads[lead]), sort_keys=True) for lead in wanted}
        seen = {json.dumps(body, sort_keys=True) for body in bodies.values()}
        report.check(f"{len(right)} documents: names and ids, answers under the configuration's names, consents, times", seen == right, brief(sorted(seen - right)[:1], 900))
        attempts = collections.defaultdict(list)
        for row in self.evidence.rows("SELECT o.unique_key, a.status FROM send_attempts a JOIN outbox o ON o.id = a.outbox_id WHERE o.kind = 'lead' ORDER BY a.attempt"):
            attempts[row["unique_key"].rsplit(":", 1)[1]].append(row["status"])
        came = collections.defaultdict(list)
        for one in crm:
            came[json.loads(one["body"])["lead_id"]].append(one["status"])
        report.check("every attempt is written down with its status", attempts == came, brief(dict(attempts)))
        keys = [row["unique_key"] for row in self.evidence.rows("SELECT unique_key FROM outbox WHERE kind = 'lead'")]
        report.same("messages queued for the destination", keys, [f"lead:crm:{self.judgement.owner(self.expected_leads[lead])}:{lead}" for lead in wanted])
        self.judgement.figure("leads_sent", len(wanted))

    # comments -----------------------------------------------------

    def index(self):
        """The ads behind posts: found by paging the account's ads, once."""
        calls = [line for line in self.evidence.log if is_story(line)]
        accounts = {self.judgement.by_workspace[self.judgement.owner(event)].id for event in self.fresh if self.is_social(event) and self.owned(event) and not event.entities}
        self.report.equal("accounts whose ads were paged: those with a comment on a post", {line["account"] for line in calls}, accounts)
        for account in accounts:
            pages = [line for line in calls if line["account"] == account]
            ads = [ad for ad, level in self.judgement.accounts[account].level.items() if level == "ad"]
            self.report.equal("pages of the account's ads, each read once", [(line["status"], line["rows"], "after" in line["query"]) for line in pages],
                              [(200, min(200, len(ads) - start), start > 0) for start in range(0, len(ads), 200)])

    def state(self, event):
        """What a notification says of a comment, without its text."""
        facebook = event.object == "page"
        target = an_id(event.get("comment_id")) if facebook else an_id(event.get("id"))
        author = an_id(event.get("from", "id")) or an_id(event.get("sender_id"))
        words = text(event.get("message" if facebook else "text"))
        return {
            "workspace": self.judgement.owner(event), "target": target, "kind": "comment", "verb": text(event.get("verb")) or "add",
            "is_own": author == event.object_id, "ads": sorted(self.ads_behind(event)), "text_sha256": sha(words) if words is not None else None,
        }, ("facebook" if facebook else "instagram", an_id(event.get("post_id")) or an_id(event.get("media", "id")), an_id(event.get("parent_id")), event.object_id)

    def engagements(self):
        """States of every comment in the order in which they were told, and no more of them however often they were told."""
        report, told, plain = self.report, collections.defaultdict(list), collections.defaultdict(list)
        self.new_comments = []
        for event in self.fresh:
            if not self.is_social(event) or not self.owned(event):
                continue
            state, rest = self.state(event)
            told[state["target"]].append(state)
            plain[state["target"]].append((state["workspace"], event_id(event, self), state["verb"], int(state["is_own"]), state["ads"], *rest))
            if state["verb"] == "add":
                self.new_comments.append((event, state))
        seen = collections.defaultdict(list)
        for state in self.evidence.states:
            seen[state["target"]].append(dict(state, ads=sorted(state["ads"])))
        wrong = [(target, [one["verb"] for one in seen[target]]) for target in {*seen, *told} if seen[target] != told[target]]
        report.check(f"{sum(map(len, told.values()))} states of {len(told)} comments, in order, with their texts", not wrong, brief(wrong))
        rows = collections.defaultdict(list)
        for row in self.evidence.rows("SELECT * FROM social_engagements ORDER BY id"):
            rows[row["target_id"]].append((row["workspace_id"], row["event_id"], row["verb"], row["is_own"], sorted(json.loads(row["ads"])), row["platform"],
                                           row["post_id"], row["parent_id"], row["page_id"]))
        wrong = [(target, rows[target], plain[target]) for target in {*rows, *plain} if rows[target] != plain[target]]
        report.check("the same rows in the database: event, verb, own or not, ads, post, parent, Page", not wrong, brief(wrong, 900))
        histories = collections.Counter(tuple(one["verb"] for one in states) for states in told.values())
        for history in (("add", "edited", "edited"), ("add", "hide", "unhide", "hide"), ("add", "remove")):
            report.equal(f"comments that went through {', '.join(history)}", histories[history], 1)
        late = [event for event in self.fresh if self.is_social(event) and self.owned(event) and event.act > 1]
        report.check("all of it told again in other batches makes no state but our own answer's echo", len(late) == 1 and self.state(late[0])[0]["is_own"])
        stories = [len(state["ads"]) for _, state in self.new_comments]
        report.check("one post backs several ads, another none", max(stories) >= 2 and min(stories) == 0)
        self.judgement.figure("comment_states", sum(map(len, told.values())))

    def wanted_moderation(self):
        """What the policy of the configuration does with each comment, on its own reading: whole words, whatever their case."""
        policy = self.evidence.configuration["moderation"][0]
        echoes = [action["reply"] for rule in policy["rules"] for action in rule["do"] if isinstance(action, dict)]
        for event in self.fresh:
            if not self.is_social(event) or not self.owned(event):
                continue
            state, _ = self.state(event)
            words = text(event.get("message")) or text(event.get("text")) or ""
            if state["is_own"] or words in echoes or state["verb"] not in ("add", "edited"):
                continue
            for rule in policy["rules"]:
                said = any(re.search(rf"\b{re.escape(word)}\b", words, re.I) for word in rule["when"]["any_word"])
                if said and rule["when"]["on_ad"] == bool(state["ads"]):
                    yield state, rule["do"][0]
                    break

    def moderation(self):
        report, hidden, answered, keys = self.report, set(), {}, set()
        for state, action in self.wanted_moderation():
            hides = action == "hide"
            keys.add(f"moderate:{state['workspace']}:house:{state['target']}:{'hide' if hides else 'reply'}")
            if hides:
                hidden.add(state["target"])
            else:
                answered[state["target"]] = action["reply"]
        queued = [row["unique_key"] for row in self.evidence.rows("SELECT unique_key FROM outbox WHERE kind = 'moderate'")]
        report.same("what the policy asks for, each once; nothing for our own comments", queued, keys)
        done = [(line["call"], change["id"], change["field"]) for line in self.evidence.log for change in line["changed"] if change["level"] == "comment"]
        report.same("writes to comments that the emulator took", done, [("hide", one, "is_hidden") for one in hidden] + [("reply", one, "reply") for one in answered])
        seen = {one["id"]: one for one in self.evidence.pages["comments"]}
        report.equal("comments that are hidden in the end", {one for one, comment in seen.items() if comment["hidden"]}, hidden)
        report.check("nothing was hidden twice", all(comment["hide_calls"] == (one in hidden) for one, comment in seen.items()))
        replies = {one: [seen[reply] for reply in comment["replies"] if seen[reply]["own"]] for one, comment in seen.items()}
        said = {one: [reply["text_sha256"] for reply in found] for one, found in replies.items() if found}
        report.equal("answers of ours, in the policy's words", said, {one: [sha(words)] for one, words in answered.items()})
        naked = []
        for line in self.evidence.log:
            if line["call"] != "hide":
                continue
            around = [one["call"] for one in self.evidence.log if one["path"] == line["path"]]
            if around != ["comment", "hide", "comment"]:
                naked.append((line["path"], around))
        report.check("a comment is read, hidden, and read back", not naked, brief(naked))
        self.judgement.figure("comments_hidden", len(hidden))
        self.judgement.figure("comments_answered", len(answered))

    # conversions --------------------------------------------------

    def conversions(self):
        report, expected = self.report, []
        self.sales = [event for event in self.fresh if isinstance(event, Sale)]
        rows = {(row["dataset"], row["event_name"], row["conversion_id"]): row for row in self.evidence.rows("SELECT * FROM conversion_events")}
        last = max(entry["sent_at_ms"] for entry in self.evidence.journal) / 1000
        for sale in self.sales:
            row = rows.get((sale.object_id, sale.name, sale.id))
            sale.time = an_integer(sale.get("event_time"))
            if sale.entry.get("signed_anew"):
                # The command moved its times to now: it must lie in the run, not where the file has it.
                moved = row["event_time"] if row else 0
                report.check("a captured sale of last month became one of now", last - 60 <= moved <= last + 60, f"{moved}, run at {last}")
                sale.time = moved
            value, currency = text_of(sale.get("custom_data", "value")), text(sale.get("custom_data", "currency"))
            sale.minor = int(F(value) * 100) if value and currency else None
            ad, by = self.attribution(sale)
            expected.append((sale.source["workspace"], sale.source["name"], sale.object_id, sale.name, sale.id, sale.time, text(sale.get("action_source")), currency,
                             sale.minor, 0, "granted" if sale.consents else "dropped", "forwarded" if sale.consents else "left_out",
                             None if sale.consents else "no_consent", ad, by))
        stored = [(r["workspace_id"], r["source"], r["dataset"], r["event_name"], r["conversion_id"], r["event_time"], r["action_source"], r["currency"], r["value_minor"],
                   r["is_test"], r["consent"], r["state"], r["reason"].split(":")[0] if r["reason"] else None, r["ad_id"], r["attributed_by"])
                  for r in self.evidence.rows("SELECT * FROM conversion_events")]
        report.same("conversions stored, each event_id once: source, time, value, consent, fate, ad and how it was found", stored, expected)
        wrong = [(r["ad_id"], r["adset_id"], r["campaign_id"]) for r in rows.values() if r["ad_id"] and not self.is_lineage(r)]
        report.check("what stands above their ads is right, where it was known", not wrong, brief(wrong))
        ways = collections.Counter(found[-1] for found in expected if found[3] == "Purchase")
        report.check("purchases were found by URL, by click and by lead", all(ways[way] for way in ("url", "click", "lead")), brief(ways))
        self.judgement.figure("conversions", len(expected))
        self.judgement.figure("conversions_forwarded", sum(1 for found in expected if found[11] == "forwarded"))
        self.judgement.figure("conversions_left_out", sum(1 for found in expected if found[11] == "left_out"))

    def is_lineage(self, row):
        account = self.judgement.by_workspace[row["workspace_id"]]
        adset = account.parent[row["ad_id"]]
        return row["adset_id"] in (None, adset) and row["campaign_id"] in (None, account.parent[adset])

    def edge(self):
        """What came to Meta's events edge, by the emulator's own account of it."""
        report, edge = self.report, self.evidence.edge
        wanted = {(sale.object_id, sale.name, sale.id): sale for sale in self.sales if sale.consents}
        seen = [(one["dataset"], one["event_name"], one["event_id"]) for one in edge["events"]]
        report.same("conversions at Meta's edge: each event_id once, none without consent", seen, list(wanted))
        report.check("every one came once and was taken once", all(one["received"] == one["accepted"] == 1 for one in edge["events"]),
                     brief([(one["event_id"], one["received"], one["accepted"]) for one in edge["events"]]))
        report.equal("events at the edge: received, taken, twice, refused", [edge[key] for key in ("received", "accepted", "duplicates", "refused_requests", "refused_events")],
                     [len(wanted), len(wanted), 0, 0, 0])
        wrong, odd = [], []
        for one in edge["events"]:
            sale = wanted.get((one["dataset"], one["event_name"], one["event_id"]))
            if not sale:
                continue
            user, readings = self.user_data(sale)
            if {key: sorted(values) for key, values in one["user_data"].items()} != user:
                wrong.append((one["event_id"], sorted(key for key in {*user, *one["user_data"]} if sorted(one["user_data"].get(key, [])) != user.get(key))))
            odd += readings
            keys = sorted(key for key in sale.value)
            custom = sorted(sale.get("custom_data") or {})
            rest = (one["event_time"], one["action_source"], one["test_event_code"], one["value"], one["currency"], one["keys"], one["custom_keys"])
            if rest != (sale.time, text(sale.get("action_source")), None, text_of(sale.get("custom_data", "value")), text(sale.get("custom_data", "currency")), keys, custom):
                wrong.append((one["event_id"], rest))
        report.check("their personal values are the right hashes, all else is as it was sent", not wrong, brief(wrong, 900))
        report.check("our own reading of simple values agrees with the reference vectors", not odd, brief(odd))
        requests = [line for line in self.evidence.log if line["op"] == "events"]
        tokens = {(line["dataset"], line["token_name"], line["status"], line["auth"] in ("header", "query", "form"), line["proof"]) for line in requests}
        report.equal("requests to the edge: the dataset with the token of its own workspace, and a proof", tokens,
                     {(sale.object_id, sale.source["workspace"], 200, True, "ok") for sale in wanted.values()})
        report.equal("events in those requests", sum(line["events"] for line in requests), len(wanted))

    def user_data(self, sale):
        """What the edge must have seen of user_data, and where two readings of one raw value differ."""
        expected, odd = {}, []
        for key, value in (sale.get("user_data") or {}).items():
            raws = [str(item) for item in (value if isinstance(value, list) else [value])]
            if key in HASHED or key == "external_id":
                hashes = [self.vectors.hash(key, raw) for raw in raws]
                expected[key] = sorted(hashes if key != "external_id" else map(lambda found: "sha256:" + sha(found), hashes))
                odd += [(key, sale.id) for raw, found in zip(raws, hashes)
                        if not re.fullmatch(r"[0-9a-f]{64}", raw) and (plain := self.vectors.simple(key, raw)) is not None and sha(plain) != found]
            else:
                expected[key] = raws if key == "lead_id" else ["sha256:" + sha(raw) for raw in raws]
        click = re.search(r"[?&]fbclid=([^&#]+)", text(sale.get("event_source_url")) or "")
        if click and "fbc" not in expected:
            expected["fbc"] = ["sha256:" + sha(f"fb.1.{sale.time * 1000}.{click[1]}")]
        return expected, odd

    # calls --------------------------------------------------------

    def social_calls(self):
        """Calls about Pages, leads, comments and conversions: with whose token, and what came of them."""
        log = [line for line in self.evidence.log if line["call"] is not None]
        late = {lead: self.leads[lead]["unreadable_for"] for lead in self.expected_leads}
        failed = collections.Counter(line["path"].strip("/") for line in log if (line["call"], line["status"], line["code"], line["subcode"]) == ("lead", 400, 100, 33))
        self.report.equal("reads of leads that were not there yet", dict(failed), {lead: count for lead, count in late.items() if count})
        bad = [(line["path"], line["status"]) for line in log if line["status"] != 200 and line["call"] != "lead"]
        self.report.check("every other call for people and shops was answered with 200", not bad, brief(bad))
        leaks = [line["path"] for line in log + [one for one in self.evidence.log if is_story(one)] if (line["auth"], line["proof"]) != ("header", "ok")]
        self.report.check("each had its token in the header and its proof", not leaks, brief(leaks[:4]))
        own = {"lead", "form", "comment", "comments", "hide", "reply"}
        foreign = [(line["path"], line["token_name"]) for line in log if line["call"] in own and line["token_name"] != f"page {line['page']}"]
        self.report.check("leads and comments are read and written with the token of their own Page", not foreign, brief(foreign))
        asked = {line["page"] for line in log if line["call"] == "page" and line["token_name"] in self.workspaces}
        given = {page["id"] for one in self.workspaces.values() for page in one.get("pages", []) if isinstance(page, dict)}
        self.report.check("a Page's token is asked for unless the configuration has it", asked and not asked & given, brief(asked))

    # our own figures ----------------------------------------------

    def own_events(self):
        """One row per event and ad: leads that are no test, new comments of others on ads, purchases with an ad behind them."""
        self.own = []
        for lead, event in self.expected_leads.items():
            if self.leads[lead].get("ad") and not self.leads[lead]["test"]:
                self.own.append((self.judgement.owner(event), "lead", self.leads[lead]["ad"], self.leads[lead]["created"] * 1000, event_id(event, self), None, None))
        for event, state in self.new_comments:
            when = an_integer(event.get("created_time")) or event.time
            if not state["is_own"]:
                self.own += [(state["workspace"], "comment", ad, when * 1000, event_id(event, self), None, None) for ad in state["ads"]]
        for sale in self.sales:
            ad, _ = self.attribution(sale)
            if ad and sale.name == "Purchase":
                self.own.append((sale.source["workspace"], "purchase", ad, sale.time * 1000, event_id(sale, self), sale.minor, text(sale.get("custom_data", "currency"))))
        stored = [(r["workspace_id"], r["metric"], r["entity_id"], r["at"], r["event_id"], r["value_minor"], r["currency"]) for r in
                  self.evidence.rows("SELECT * FROM own_events WHERE level = 'ad'")]
        self.report.same("our own figures: every lead, comment and purchase once for each ad behind it", stored, self.own)
        self.report.equal("figures counted anywhere but at ads", self.evidence.rows("SELECT COUNT(*) AS n FROM own_events WHERE level <> 'ad'")[0]["n"], 0)
        self.judgement.figure("own_events", len(self.own))

    def own_figure(self, account, entity, metric, window, today):
        """The figure of an entity: of its own ads, each event once."""
        kind = {"own.leads": "lead", "own.comments": "comment"}.get(metric, "purchase")
        ads = self.ads_below(account, entity)
        events = {found[4]: found for found in self.own if found[0] == account.workspace and found[1] == kind and found[2] in ads}
        since, until = window_days(window, today)
        day = lambda found: datetime.datetime.fromtimestamp(found[3] / 1000, account.zone).date().isoformat()
        events = {key: found for key, found in events.items() if since <= day(found) <= until}
        if metric in ("own.leads", "own.comments", "own.purchases"):
            return F(len(events))
        revenue = F(sum(found[5] for found in events.values()), account.offset)
        if metric == "own.revenue":
            return revenue
        fact = account.fact(entity, since, until)
        return F(revenue) / F(fact["spend_minor"], account.offset) if fact and fact["spend_minor"] else UNKNOWN

    def ads_below(self, account, entity):
        return {entity} if account.level[entity] == "ad" else {ad for child in account.children[entity] for ad in self.ads_below(account, child)}

    def own_truths(self):
        """Rules on our own figures. They are looked at whenever something comes in; what they come to last is what counts.

        The gateway began to count within the window, so every figure is a lower bound: it can make a rule true, never false.
        """
        report, self.own_writes, wrong, unseen, doubtful = self.report, [], [], [], []
        seen = collections.defaultdict(list)
        for row in self.evidence.rows("SELECT * FROM rule_executions ORDER BY id"):
            if (row["workspace_id"], row["rule"]) in self.own_rules:
                seen[row["workspace_id"], row["rule"], row["entity_id"]].append((row["truth"].split(":")[0], json.loads(row["operands"])[0]))
        trues = 0
        for account in self.judgement.accounts.values():
            now = datetime.datetime.fromtimestamp(self.evidence.log[-1]["wall_us"] / 1e6, account.zone).date()
            for rule in (rule for rule in account.rules if is_own(rule)):
                condition = rule["when"]["all"][0]
                operator, bound = condition["is"].split(" ")
                holds = lambda value: value is not UNKNOWN and (value >= F(bound) if operator == ">=" else value > F(bound))
                for workspace, level, entity in sorted(self.judgement.touched):
                    if workspace != account.workspace or not in_scope(rule, account, entity):
                        continue
                    looks, last = seen.pop((workspace, rule["name"], entity), []), F(-1)
                    final = self.own_figure(account, entity, condition["metric"], condition["window"], now)
                    if not looks:
                        unseen.append((workspace, rule["name"], entity))
                        continue
                    for truth, operand in looks:
                        value = F(operand["left"].removeprefix("at least ")) if operand["left"].startswith("at least ") else UNKNOWN
                        # A ratio is shown with six decimals; what is not the last look need only lie below it.
                        if value is UNKNOWN or value < last or truth != ("true" if holds(value) else "unknown") and abs(value - F(bound)) > F(1, 10 ** 5):
                            doubtful.append((workspace, rule["name"], entity, operand["left"], truth))
                        last = value if value is not UNKNOWN else last
                    if abs(last - final) > F(1, 10 ** 5) or looks[-1][0] != ("true" if holds(final) else "unknown"):
                        wrong.append((workspace, rule["name"], entity, looks[-1][0], str(last), str(final)))
                    if holds(final):
                        trues += 1
                        field, new = wanted_write(account, entity, rule["then"][0])
                        self.own_writes.append((workspace, rule["name"], level, entity, field, str(account.state[entity][field]), new))
        report.check("rules on our own figures came to what the events add up to, exactly at the threshold", not wrong, brief(wrong))
        report.check("each was evaluated for every touched entity in its scope", not unseen, brief(unseen))
        report.check("and on its way saw figures that only grew, and was true only where they reached it", not doubtful, brief(doubtful))
        report.check("no such rule looked at an entity that was not touched", not seen, brief(list(seen)))
        report.equal("rules on our own figures that act, and those that come one short", (trues, len(self.own_rules)), (4, 7))
        self.judgement.figure("own_rules_true", trues)

    # replay -------------------------------------------------------

    def replays(self):
        report, count = self.report, 0
        for run in self.evidence.replays:
            expected = [(entry["name"].split("/")[1], verdict(self.evidence, entry)) for entry in run["entries"]]
            count += len(expected)
            report.equal(f"{run['name']}: every request answered as its bytes call for", [(pathlib.Path(line["file"]).name, line["status"]) for line in run["answers"]], expected)
            report.check(f"{run['name']}: every answer is what lies beside the request", all(entry["expected"] == status for entry, (_, status) in zip(run["entries"], expected))
                         and all(line["expected"] for line in run["answers"]))
            report.check(f"{run['name']}: the command says so", [(line["sent"], line["unexpected"]) for line in run["summary"]] == [(len(expected), 0)])
        late = [event.kind for event in self.fresh if event.act == 3]
        report.equal("what replays told that was new", sorted(late), ["ad_account.field_changed", "conversion.Purchase"])
        self.judgement.figure("replayed", count)

    # what must be nowhere -----------------------------------------

    def secrets(self):
        """What a person wrote, and what names one, stands nowhere in clear: not in the database, not in a log, not in what the commands print."""
        values = {value for lead in self.leads.values() if not lead["test"] for field in lead["fields"] for value in field["values"] if len(value) > 9}
        values |= {comment["message"] for comment in self.comments.values()} | {comment["from"]["name"] for comment in self.comments.values() if len(comment["from"].get("name", "")) > 9}
        values -= {page["name"] for page in self.pages.values()}
        for entry in self.evidence.journal + [entry for run in self.evidence.replays for entry in run["entries"]]:
            if "/events" in entry["target"]:
                values |= {value.strip() for value in raw_values(Sales(self.evidence, entry).data) if "@" in value or value.startswith("C-")}
        secrets = {value for key, value in self.evidence.environment.items() if "TOKEN" in key or "SECRET" in key}
        files = [self.evidence.folder / name for name in ("touchstone.db", "touchstone.db-wal", "serve.log", "emulator.log", "figures.json")]
        files += sorted(self.evidence.folder.glob("replay-*.jsonl"))
        found = []
        for file in (file for file in files if file.exists()):
            content = file.read_bytes()
            found += [(file.name, sha(value)[:8]) for value in values | secrets for form in {value, json.dumps(value)[1:-1], value.lower()} if form.encode() in content]
        self.report.check(f"{len(values)} texts of people and {len(secrets)} secrets stand in no file in clear", len(values) > 20 and not found, brief(found))


def raw_values(data):
    """Texts of a request that name a person."""
    for event in data or []:
        for value in (event.get("user_data") or {}).values():
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str) and len(item) > 9 and not re.fullmatch(r"[0-9a-f]{64}", item) and not item.startswith(("Mozilla", "fb.")):
                    yield item


def text_of(value):
    """A number's or a string's own characters."""
    return str(value) if isinstance(value, str) else None


def event_id(event, uses):
    """The id under which the event is stored: that of its delivery and place."""
    return uses.judgement.ids[id(event)]
