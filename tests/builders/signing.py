"""Signing keys and a device that holds one, for tests."""

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from gmssl_pyx import sm2_key_generate

from bank_adapters.signing import KeySigner


def sm2_pem() -> bytes:
    """A fresh SM2 private key, as OpenSSL writes one (EC PRIVATE KEY)."""
    point, secret = sm2_key_generate()
    der = bytes.fromhex("307702010104 20".replace(" ", "")) + secret
    der += bytes.fromhex("a00a06082a811ccf5501822da14403420004") + point
    return b"-----BEGIN EC PRIVATE KEY-----\n%s\n-----END EC PRIVATE KEY-----\n" % b64encode(der)


class Device:
    """A signing service on loopback that holds a key and says what it is told to say.

    It believes nothing it is given but the digest of `body`, which it signs anew: what comes back
    is the signature of that body, whatever was asked.
    """

    def __init__(self, signer: KeySigner, body: bytes = b"") -> None:
        self.signer, self.body = signer, body
        self.asked: list[dict[str, str]] = []
        self.tokens: list[str | None] = []
        self.paths: list[str] = []
        self.status = 200
        self.answer: bytes | None = None

    def respond(self, asked: dict[str, str], token: str | None) -> bytes:
        self.asked.append(asked)
        self.tokens.append(token)
        if self.answer is not None:
            return self.answer
        signature = self.signer.sign(self.body).hex()
        return json.dumps({"signature": signature}).encode()


@contextmanager
def serving(device: Device) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            device.paths.append(self.path)
            answer = device.respond(json.loads(body), self.headers["Authorization"])
            self.send_response(device.status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sign"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
