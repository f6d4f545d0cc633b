#!/usr/bin/env python3
"""The page in a browser without a window: a stored <script> does not run; pictures of every view.

    page.py URL TOKEN [--shots DIR] [--chromium PATH]

Logs in by the form, as a person does, and drives the browser over its own debugging protocol (package `websockets`).
For every event it opens the detail, shows the bytes and looks whether any of what was sent has run: canaries.py and this file
send `window.ran = 1`. The control is a page that puts the same bytes into its markup: there it must have run, else the look proves nothing.
Exit code 0: nothing ran on the page, and it did run on the control page.
"""
import argparse
import asyncio
import base64
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request

import websockets


class Browser:
    """One tab of a headless Chromium."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="touchstone-page-")
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
             "--user-data-dir=" + self.folder, "--window-size=1440,900", "--hide-scrollbars", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number = 0
        self.events = []

    async def open(self):
        path = os.path.join(self.folder, "DevToolsActivePort")
        for _ in range(600):
            if os.path.exists(path) and open(path).read().count("\n") >= 1:
                break
            await asyncio.sleep(0.1)
        port = open(path).read().split("\n")[0]
        tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        self.socket = await websockets.connect(address, max_size=None)
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(domain + ".enable")

    async def call(self, method, **parameters):
        self.number += 1
        number = self.number
        await self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await asyncio.wait_for(self.socket.recv(), 60))
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    async def value(self, expression):
        result = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, expression, seconds=30):
        end = time.monotonic() + seconds
        while not await self.value(expression):
            if time.monotonic() > end:
                raise RuntimeError("not within %d s: %s" % (seconds, expression))
            await asyncio.sleep(0.1)

    async def go(self, url):
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def key(self, key):
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key if len(key) == 1 and kind == "keyDown" else "")

    async def shot(self, folder, name):
        if folder:
            picture = await self.call("Page.captureScreenshot", format="png")
            with open(os.path.join(folder, name + ".png"), "wb") as file:
                file.write(base64.b64decode(picture["data"]))

    def complaints(self):
        """What the browser itself says went wrong: refused by the policy, errors of the script."""
        found = []
        for event in self.events:
            if event["method"] == "Log.entryAdded":
                found.append(event["params"]["entry"]["text"])
            elif event["method"] == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"]["text"])
        return found

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def serve(bodies):
    """A page that puts what was stored into its markup: what the page must never do."""

    class Careless(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = ("<!doctype html><title>control</title><pre>" + "</pre><pre>".join(bodies) + "</pre>").encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


RAN = "Boolean(window.ran) || document.title === 'run'"


async def look(browser, url, token, shots):
    """The bodies of what was looked at."""
    await browser.go(url)
    await browser.until("!document.getElementById('login').hidden")
    await browser.shot(shots, "login")
    await browser.value(f"document.getElementById('token').value = {json.dumps(token)};"
                        "document.getElementById('login-form').requestSubmit()")
    await browser.until("!document.getElementById('app').hidden && document.getElementById('event-rows').children.length > 0")
    await browser.until("document.getElementById('facets').children.length > 0")
    assert await browser.value("document.cookie") == "", "the script can read the session's cookie"
    await browser.shot(shots, "list")
    ids = await browser.value("Array.from(document.getElementById('event-rows').children).slice(0, 40).map(row => row.dataset.id)")
    bodies, marked = [], 0
    for place, event in enumerate(ids):
        await browser.value(f"location.hash = '#/events/{event}'")
        await browser.until(f"!document.getElementById('detail').hidden && document.getElementById('detail').textContent.includes('{event}')")
        await browser.until("Boolean(document.getElementById('show-bytes'))")
        await browser.value("document.getElementById('show-bytes').click()")
        await browser.until("Boolean(document.getElementById('bytes-body')) || document.getElementById('bytes').textContent.includes('stored')")
        text = await browser.value("(document.getElementById('bytes-body') || {}).textContent || ''")
        bodies.append(json.dumps(json.loads(text.split("\n\n", 1)[1])).replace('\\"', '"') if "\n\n{" in text else text)
        if "<script" in text:
            marked += 1
            if marked == 1:
                await browser.value("document.getElementById('bytes').scrollIntoView()")
                await browser.shot(shots, "event-bytes")
        if place == 0:
            await browser.shot(shots, "event")
        assert not await browser.value(RAN), f"what was stored in event {event} has run"
        assert await browser.value("document.querySelectorAll('#detail script, #detail img').length") == 0, "markup came into the page"
    for view in ("held", "queues"):
        await browser.value(f"location.hash = '#/{view}'")
        await browser.until(f"document.getElementById('{view}').children.length > 0")
        await asyncio.sleep(0.5)
        await browser.shot(shots, view)
        assert not await browser.value(RAN)
    await browser.value("location.hash = '#/events?state=dead'")
    await browser.until("document.querySelector('[data-facet=state][aria-pressed=true]') !== null")
    for key in ("j", "Enter"):
        await browser.key(key)
    await asyncio.sleep(1)
    await browser.shot(shots, "dead-by-keys")
    await browser.key("t")
    await browser.shot(shots, "dark")
    await browser.value("location.hash = '#/held'")
    await asyncio.sleep(1)
    await browser.shot(shots, "held-dark")
    print(f"{len(ids)} events looked at, {marked} with a <script> in their bytes")
    assert marked > 0, "no event holds a <script>: send some first"
    return bodies


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--shots")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser") or "chromium")
    given = parser.parse_args()
    if given.shots:
        os.makedirs(given.shots, exist_ok=True)
    browser = Browser(given.chromium)
    try:
        await browser.open()
        bodies = await look(browser, given.url, given.token, given.shots)
        complaints = [text for text in browser.complaints() if "401" not in text]
        assert not complaints, f"the browser complains: {complaints}"
        print("page: nothing that was stored has run, and the browser has no complaint")
        await browser.go(serve(bodies))
        assert await browser.value(RAN), "the control page did not run it either: this proves nothing"
        print("control: the same bytes in the markup of a careless page have run")
    finally:
        browser.close()


if __name__ == "__main__":
    asyncio.run(main())
