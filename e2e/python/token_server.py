"""A token server for the tests: oauthlib's OAuth 2.0 server behind the standard library's HTTP server."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_plus

from oauthlib.oauth2 import BackendApplicationServer, RequestValidator

CLIENT_ID = "wirepost:tests"
CLIENT_SECRET = "a secret / of the tests"


class Client:
    client_id = CLIENT_ID


class Validator(RequestValidator):
    """Knows one client; the scopes it may have; and which tokens were given."""

    def __init__(self):
        self.given = []
        self.proofs = []

    def authenticate_client(self, request, *_, **__):
        scheme, _, proof = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            identity = [unquote_plus(part) for part in base64.b64decode(proof).decode().split(":", 1)]
        else:
            identity = [request.client_id, request.client_secret]
        if identity != [CLIENT_ID, CLIENT_SECRET]:
            return False
        self.proofs.append(scheme or "body")
        request.client = Client()
        return True

    def validate_grant_type(self, client_id, grant_type, client, request, *_, **__):
        return grant_type == "client_credentials"

    def get_default_scopes(self, client_id, request, *_, **__):
        return ["webhooks"]

    def validate_scopes(self, client_id, scopes, client, request, *_, **__):
        return set(scopes) <= {"webhooks", "assets"}

    def save_bearer_token(self, token, request, *_, **__):
        self.given.append(token)


class TokenServer:
    def __init__(self):
        self.validator = Validator()
        self.oauth = BackendApplicationServer(self.validator, token_expires_in=3600)
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                headers = {name.title(): value for name, value in self.headers.items()}
                # oauthlib insists on https, which the tests of the client speak elsewhere.
                uri = f"https://{headers['Host']}{self.path}"
                headers, body, status = server.oauth.create_token_response(uri, "POST", body, headers)
                content = body.encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                """Keeps the tests' output free of one line a request."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/oauth/token"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
