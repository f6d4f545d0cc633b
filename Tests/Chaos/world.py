"""The world that chaos.py plays in, drawn from a seed: accounts, a Page with posts, forms, leads and comments, two shops, and what all of it
calls for. plan.json holds it for check.py; the emulator and the gateway are told of it as their own files want it.
"""

from rig import midday_zone

ACCOUNTS = 60
APP_ID = "100200300400500"
PAGE, INSTAGRAM = "578059408873", "17841400000000001"
PAGE_TOKEN, TOKEN = "chaos-token-of-the-page", "chaos-token-of-studio"
DATASETS = {"shop": ["900100200300401", "900100200300402"], "till": ["900100200300403", "900100200300404"]}
HIDDEN_WORD, ASKING_WORD = "buynow", "howmuch"
REPLY, PRIVATE_REPLY = "Thank you, the price is on our site.", "Here is your price list."
QUESTIONS = ["email", "full_name", "how_many?"]


def plan_world(draw, count):
    """Accounts with campaigns (each calls for +20 % or nothing) of two ad sets (each calls for a pause or nothing)."""
    accounts, entities, insights = [], [], []
    for index in range(ACCOUNTS):
        accounts.append({"id": str(700_000_000_000 + index * 7_919), "name": f"Chaos {index}", "currency": "EUR",
                         "timezone": midday_zone(), "min_daily_budget": 100, "account_status": 1, "campaigns": []})
    number = 0
    while number < count:
        account = accounts[(number // 3) % ACCOUNTS]
        campaign_id = str(238_000_000_000_000_000 + number * 1_009)
        budget = draw.randrange(500, 90_000)
        raises = draw.random() < 0.8
        campaign = {"id": campaign_id, "name": f"C {number}", "status": "ACTIVE", "daily_budget": budget, "adsets": []}
        account["campaigns"].append(campaign)
        entities.append({"id": campaign_id, "level": "campaign", "account": account["id"], "campaign": campaign_id,
                         "field": "daily_budget", "old": str(budget), "expected": "raise" if raises else "none"})
        insights.append({"level": "campaign", "id": campaign_id, "day": -2, "impressions": 5_000, "clicks": 90, "inline_link_clicks": 70,
                         "reach": 3_000, "spend": "61.50" if raises else "4.50", "actions": {"omni_purchase": 9}})
        for child in (1, 2):
            adset_id = str(238_000_000_000_000_000 + (number + child) * 1_009)
            pauses = draw.random() < 0.8
            campaign["adsets"].append({"id": adset_id, "name": f"S {number + child}", "status": "ACTIVE", "ads": []})
            entities.append({"id": adset_id, "level": "adset", "account": account["id"], "campaign": campaign_id, "field": "status",
                             "old": "ACTIVE", "expected": "pause" if pauses else "none"})
            insights.append({"level": "adset", "id": adset_id, "day": -2, "impressions": 2_000, "clicks": 20, "inline_link_clicks": 9,
                             "reach": 1_500, "spend": "33.10" if pauses else "2.10", "actions": {"link_click": 9}})
        number += 3
    return accounts, entities, insights


def plan_people(draw, accounts, leads, comments):
    """Ads with posts in every account, forms, leads and comments; what the ads are called for by comes from people only."""
    ads, posts, media = [], [], []
    for index, account in enumerate(accounts):
        campaign, adset = str(239_000_000_000_000_000 + index * 2_003), str(239_500_000_000_000_000 + index * 2_003)
        shown = []
        for place in range(2):
            # the second ad of every third account shows the post of the first: one story that backs two ads
            story = f"{PAGE}_{7_000_000 + index * 2 + (0 if index % 3 == 0 else place)}"
            identity = str(239_700_000_000_000_000 + (index * 2 + place) * 2_003)
            photo = str(18_000_000_000_000_000 + index * 2 + place)
            shown.append({"id": identity, "name": f"Ad {index}.{place}", "status": "ACTIVE", "creative": {
                "id": str(239_900_000_000_000_000 + index * 2 + place), "effective_object_story_id": story,
                "effective_instagram_media_id": photo}})
            ads.append({"id": identity, "adset": adset, "campaign": campaign, "account": account["id"], "story": story, "media": photo})
            media.append({"id": photo, "page": PAGE, "product_type": "AD"})
            if story not in posts:
                posts.append(story)
        account["campaigns"].append({"id": campaign, "name": f"People {index}", "status": "ACTIVE", "daily_budget": 1_000, "adsets": [
            {"id": adset, "name": f"P {index}", "status": "ACTIVE", "ads": shown}]})
    organic = [f"{PAGE}_{7_900_000 + index}" for index in range(20)]
    forms = [str(560_000_000_000 + index) for index in range(4)]
    people = {"ads": ads, "forms": forms, "posts": posts + organic, "media": [one["id"] for one in media], "leads": [], "comments": []}
    for number in range(leads):
        people["leads"].append({
            "id": str(4_400_000_000_000 + number), "form": draw.choice(forms), "ad": draw.choice(ads)["id"] if draw.random() < 0.8 else None,
            "email": f"lead{number}@example.com",
            "name": draw.choice(["Zo\u00eb \u017b\u00f3\u0142\u0107", "\u738b \u5c0f\u660e", "Ann O'Neill", "\U0001f60a"]),
            "test": draw.random() < 0.03, "late": draw.random() < 0.03, "organic": draw.random() < 0.5})
    for number in range(comments):
        on_instagram = draw.random() < 0.1
        target = draw.choice(people["media"]) if on_instagram else draw.choice(people["posts"])
        identity = str(17_900_000_000_000_000 + number) if on_instagram else f"{target.split('_')[1]}_{8_000_000 + number}"
        people["comments"].append({"id": identity, "target": target, "instagram": on_instagram, "author": str(77_000_000 + number),
                                   "mood": draw.choices(["plain", "spam", "asking", "turns"], [0.62, 0.16, 0.14, 0.08])[0]})
    return people


def scenario(accounts, insights, secret, people=None):
    """Everything but leads and comments, which are many: `populate` brings those."""
    def slow(method, path, ms):
        return {"match": {"method": method, "path": path}, "count": "forever", "do": {"delay_ms": ms}}

    world = {
        "require_proof": True, "apps": [{"id": APP_ID, "secret": secret}],
        "tokens": [{"token": TOKEN, "name": "studio", "app": APP_ID, "accounts": [a["id"] for a in accounts]}],
        "accounts": accounts, "insights": insights,
        # each step of a write and each read takes its time after the work is done, so that a kill can fall between any two
        "faults": [slow("GET", "/insights", 25), slow("GET", "/238", 30), slow("POST", "/238", 35)]}
    if people:
        world["pages"] = [{"id": PAGE, "name": "Chaos shop", "token": PAGE_TOKEN, "instagram": INSTAGRAM}]
        world["forms"] = [{"id": form, "page": PAGE, "name": f"Form {form}", "questions": QUESTIONS} for form in people["forms"]]
        world["posts"] = [{"id": post, "page": PAGE, "message": "A post"} for post in people["posts"]]
        world["media"] = [{"id": one, "page": PAGE, "product_type": "AD"} for one in people["media"]]
        world["datasets"] = [{"id": dataset} for datasets in DATASETS.values() for dataset in datasets]
        world["faults"] += [slow("GET", "/44", 15), slow("GET", "/7", 25), slow("POST", "/7", 35), slow("GET", "/179", 25),
                            slow("POST", "/179", 35), slow("POST", "/messages", 35), slow("POST", "/events", 30)]
    return world


def populate(rig, people, at_once=500):
    """Brings leads and comments to the emulator."""
    def lead(one):
        answers = {"email": one["email"], "full_name": "<test lead: dummy data for full_name>" if one["test"] else one["name"],
                   "how_many?": "3"}
        return {"id": one["id"], "form": one["form"], "created": -5, "platform": "fb", "is_organic": one["organic"], "fields": answers,
                "unreadable_for": 1 if one["late"] else 0} | ({"ad": one["ad"]} if one["ad"] else {})

    def comment(one):
        place = {"media": one["target"]} if one["instagram"] else {"post": one["target"]}
        author = {"id": one["author"], "username" if one["instagram"] else "name": "Somebody"}
        return {"id": one["id"], "from": author, "message": "said", "created": -5} | place

    for kind, make in (("leads", lead), ("comments", comment)):
        for start in range(0, len(people[kind]), at_once):
            rig.control("POST", kind, [make(one) for one in people[kind][start:start + at_once]])


def configure(rig, accounts, **sections):
    """Rules and configuration; `sections` replace those of the same name."""
    names = ["act_" + account["id"] for account in accounts]
    # Many windows of reach at a level that is never touched: reading the account whole would cost that much, and so much may be read.
    watch = [{"metric": "reach", "window": f"last_{days}d", "is": "< 0"} for days in range(2, 90)]
    rig.write("rules/chaos.yaml", {"rules": [
        {"name": "raise", "workspace": "studio", "scope": {"level": "campaign", "accounts": names, "status": "active"},
         "when": {"all": [{"metric": "spend", "window": "last_7d", "is": "> 10"}]}, "then": [{"adjust_budget": {"by": "+20%"}}],
         "limits": {"cooldown": "0s"}, "mode": "active"},
        {"name": "pause", "workspace": "studio", "scope": {"level": "adset", "accounts": names, "status": "active"},
         "when": {"all": [{"metric": "spend", "window": "last_7d", "is": "> 10"}]}, "then": ["pause"], "limits": {"cooldown": "0s"},
         "mode": "active"},
        {"name": "watch", "workspace": "studio", "scope": {"level": "ad", "accounts": names}, "when": {"any": watch}, "then": ["pause"],
         "mode": "dry_run"}]})
    rig.write("touchstone.yaml", {
        "listen": {"address": f"127.0.0.1:{rig.port}", "certificate": rig.path("certs/server.pem"),
                   "private_key": rig.path("certs/server.key")},
        "admin": {"address": f"127.0.0.1:{rig.admin_port}", "token": "${CHAOS_ADMIN}"},
        "storage": {"url": rig.storage_url},
        "graph": {"base_url": f"http://127.0.0.1:{rig.graph_port}", "version": "v26.0", "writes": "on"},
        "keys": {"current": "${CHAOS_KEY}"},
        "apps": [{"name": "main", "id": APP_ID, "secrets": ["${CHAOS_APP_SECRET}"], "verify_token": "${CHAOS_VERIFY}",
                  "path": "/webhooks/meta"}],
        "workspaces": [{"name": "studio", "app": "main", "token": "${CHAOS_TOKEN}", "accounts": names, "act_on": names, "pages": [],
                        "money": {"raise_per_day": 100_000_000, "raise_per_entity_per_day": "400%",
                                  "budget_writes_per_entity_per_hour": 4}}],
        "routes": [{"name": "account", "match": {"object": ["ad_account", "application"]}, "chain": ["touch"]}],
        "refresh": {"first": "at_once", "gather": "1s", "floor": "15m", "follow_up": ["15m", "60m"]},
        "rules": [rig.path("rules/*.yaml")]} | sections)


def configure_people(rig, accounts, crm_url):
    """The same with a Page, two shops, a moderation policy and a receiver of leads."""
    names = ["act_" + account["id"] for account in accounts]
    configure(
        rig, accounts,
        workspaces=[{"name": "studio", "app": "main", "token": "${CHAOS_TOKEN}", "accounts": names, "act_on": names, "pages": [PAGE],
                     "instagram": [INSTAGRAM],
                     "money": {"raise_per_day": 100_000_000, "raise_per_entity_per_day": "400%", "budget_writes_per_entity_per_hour": 4}}],
        sources=[{"name": name, "workspace": "studio", "token": f"${{CHAOS_{name.upper()}_TOKEN}}", "secret": f"${{CHAOS_{name.upper()}_SECRET}}",
                  "datasets": datasets, "consent": {"from": "custom_data.consent", "without": "drop"}} for name, datasets in DATASETS.items()],
        moderation=[{"name": "house", "rules": [
            {"when": {"any_word": [HIDDEN_WORD]}, "do": ["hide"]},
            {"when": {"any_word": [ASKING_WORD]}, "do": [{"reply": REPLY}, {"private_reply": PRIVATE_REPLY}]}]}],
        destinations=[{"name": "crm", "url": crm_url, "secret": "${CHAOS_CRM_SECRET}", "per_second": 1000}],
        routes=[{"name": "account", "match": {"object": ["ad_account", "application"]}, "chain": ["touch"]},
                {"name": "leads", "match": {"object": "page", "field": "leadgen"}, "chain": ["fetch_lead", "store_lead", {"forward_lead": "crm"}]},
                {"name": "comments", "match": {"object": ["page", "instagram"], "field": ["feed", "comments"]},
                 "chain": ["resolve_ad", "store_engagement", {"moderate_comment": "house"}]},
                {"name": "shops", "match": {"object": "conversion"}, "chain": ["attribute", "forward_conversion"]}])
