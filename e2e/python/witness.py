"""Stands between a client and the server and writes down what was asked and with which status it was answered.

It passes everything on unchanged, so a client needs no other setting than its server URL.
"""

import http.client
import os
import pathlib
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LONGEST_WAIT_SECONDS = 30
LOOK_EVERY_SECONDS = 0.01
# These belong to one connection, and there are two here.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Witness:
    """Listens for a client until it is closed; without `WIREPOST_RECORDS` it writes nothing down."""

    def __init__(self, server_url, client):
        server = urllib.parse.urlsplit(server_url).netloc
        folder = os.environ.get("WIREPOST_RECORDS")
        record = pathlib.Path(folder) / f"{client}.part" if folder else None

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("content-length", "0")))
                onward = http.client.HTTPConnection(server, timeout=LONGEST_WAIT_SECONDS)
                onward.request(self.command, self.path, body, dict(self.headers.items()))
                answer = onward.getresponse()
                content = answer.read()
                onward.close()
                if record:
                    path = urllib.parse.urlsplit(self.path).path
                    with record.open("a") as lines:
                        lines.write(f"{self.command} {path} {answer.status}\n")
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on

            def log_message(self, *_):
                """Keeps the tests' output free of one line a request."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, args=[LOOK_EVERY_SECONDS], daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
