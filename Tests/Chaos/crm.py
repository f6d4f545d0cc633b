"""A receiver of leads that is idempotent: it verifies Standard Webhooks, knows what it has by webhook-id, and writes down every request.

Now and then it answers 500 without taking anything, or takes the lead and hangs up before it answers.
"""

import base64
import hashlib
import hmac
import http.server
import json
import random
import threading
import time

from rig import wall_us


class CRM:
    def __init__(self, port, secret, journal, seed, delay=0.03):
        self.key = base64.b64decode(secret.removeprefix("whsec_"))
        self.journal, self.delay = journal, delay
        self.draw = random.Random(seed)
        self.lock = threading.Lock()
        self.known = set()
        self.had = set()                        # leads since `forget`, by Meta's id
        self.received = self.repeated = 0
        self.on_lead = None
        crm = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                crm.take(self)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, request, client_address):
                pass                            # the gateway was killed in the middle of it

        self.server = Server(("127.0.0.1", port), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def start(self):
        self.thread.start()

    def forget(self):
        with self.lock:
            self.had.clear()

    def stop(self):
        if self.thread.is_alive():
            self.server.shutdown()
        self.server.server_close()

    def take(self, request):
        body = request.rfile.read(int(request.headers.get("Content-Length", 0)))
        identity, stamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
        wanted = "v1," + base64.b64encode(hmac.new(self.key, f"{identity}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
        if wanted not in request.headers.get("webhook-signature", "").split() or abs(time.time() - int(stamp)) > 300:
            self.journal.add(wall_us=wall_us(), id=identity, verdict="forged")
            return self.answer(request, 401)
        with self.lock:
            self.received += 1
            luck = self.draw.random()
            if luck < 0.04:
                verdict = "failed"
            else:
                verdict = "repeat" if identity in self.known else "new"
                self.repeated += verdict == "repeat"
                self.known.add(identity)
                self.had.add(json.loads(body).get("lead_id"))
        self.journal.add(wall_us=wall_us(), id=identity, verdict=verdict, body=json.loads(body))
        if verdict == "failed":
            return self.answer(request, 500)
        listener = self.on_lead
        if listener:
            listener()
        time.sleep(self.delay)                  # so that a kill can fall between its taking and its answer
        if luck > 0.97:
            request.close_connection = True
            return None
        return self.answer(request, 200)

    @staticmethod
    def answer(request, status):
        request.send_response(status)
        request.send_header("Content-Length", "2")
        request.end_headers()
        request.wfile.write(b"ok")
