"""The real server and a receiver for the tests of the published Python packages."""

import os
import pathlib
import queue
import subprocess
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from svix import Svix, SvixOptions
from svix.models import ApplicationIn, EndpointIn
from witness import Witness

TOKEN = "organisation-token-of-the-tests"
LONGEST_WAIT_SECONDS = 30
LOOK_EVERY_SECONDS = 0.01
READY = "is ready: "


def binary() -> pathlib.Path:
    workspace = pathlib.Path(__file__).parents[2]
    path = pathlib.Path(os.environ.get("WIREPOST_BIN") or workspace / "target/debug/wirepost")
    if not path.is_file():
        pytest.fail(f"there is no wirepost at {path}: run `cargo build -p wirepost-server`")
    return path


@pytest.fixture(scope="session")
def server_url(tmp_path_factory):
    """The URL of a server that lets this machine be sent to and retries once, at once."""
    directory = tmp_path_factory.mktemp("wirepost")
    variables = {
        "WIREPOST_LISTEN": "127.0.0.1:0",
        "WIREPOST_STORE": "sqlite:wirepost.db",
        "WIREPOST_ADMIN_TOKEN": TOKEN,
        "WIREPOST_ALLOW_HTTP": "true",
        "WIREPOST_ALLOW_SUBNETS": "127.0.0.0/8",
        "WIREPOST_RETRY_SCHEDULE": "0s",
    }
    errors = directory / "standard-error.log"
    with errors.open("w") as log:
        process = subprocess.Popen(
            [binary(), "serve"], cwd=directory, env=variables, stdout=subprocess.PIPE, stderr=log, text=True
        )
    # A server that says nothing ends here, and with it the reading of its lines.
    overdue = threading.Timer(LONGEST_WAIT_SECONDS, process.kill)
    overdue.start()
    ready = next((line for line in process.stdout if READY in line), None)
    overdue.cancel()
    try:
        assert ready, f"the server did not start: {errors.read_text()}"
        yield ready.split(READY)[1].split()[0]
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def token():
    """The organisation token."""
    return TOKEN


@pytest.fixture(scope="session")
def client(server_url):
    """Makes published clients, unchanged but for their server URL; what they ask goes on record."""
    witness = Witness(server_url, "python")
    yield lambda token: Svix(token, SvixOptions(server_url=witness.url))
    witness.close()


@pytest.fixture(scope="session")
def svix(client):
    """The published client with the organisation token."""
    return client(TOKEN)


@pytest.fixture(scope="session")
def plain(server_url):
    """Plain HTTP, for what no published client asks; it goes on record too."""
    witness = Witness(server_url, "plain")
    headers = {"authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{witness.url}/api/v1", headers=headers, timeout=LONGEST_WAIT_SECONDS) as http:
        yield http
    witness.close()


@pytest.fixture
def app(svix):
    """The id of a fresh app."""
    return svix.application.create(ApplicationIn(name="A customer", uid=f"customer-{uuid.uuid4()}")).id


class Receiver:
    """Keeps what arrives, and answers with the statuses it was given, then with 204."""

    def __init__(self):
        self.statuses = queue.SimpleQueue()
        self.arrived = queue.SimpleQueue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.arrived.put((dict(self.headers.items()), body))
                try:
                    status = receiver.statuses.get_nowait()
                except queue.Empty:
                    status = 204
                self.send_response(status)
                if status != 204:
                    self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                """Keeps the tests' output free of one line a request."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/hook"
        threading.Thread(target=self.http.serve_forever, args=[LOOK_EVERY_SECONDS], daemon=True).start()

    def next(self):
        """Headers and body of the next request."""
        return self.arrived.get(timeout=LONGEST_WAIT_SECONDS)

    def nothing_more(self):
        return self.arrived.empty()


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.http.shutdown()
    receiver.http.server_close()


@pytest.fixture
def endpoint(svix, app, receiver):
    """The id of a fresh endpoint that leads to the receiver."""
    return svix.endpoint.create(app, EndpointIn(url=receiver.url)).id


@pytest.fixture(scope="session")
def eventually():
    """Looks again and again until what it sees is true."""

    def wait(what, look):
        tick = threading.Event()
        end = time.monotonic() + LONGEST_WAIT_SECONDS
        while not (seen := look()):
            assert time.monotonic() < end, f"waited in vain for {what}"
            tick.wait(LOOK_EVERY_SECONDS)
        return seen

    return wait
