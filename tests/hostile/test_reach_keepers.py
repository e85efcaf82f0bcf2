"""A keeper or witness that drips, floods or says nothing costs one call its deadline, and nothing more."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.ledger import wire

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.fixture
def answering() -> Iterator[Callable[[Callable[[socket.socket], None]], str]]:
    """Listen and answer every connection by `say`; gives the address."""
    listeners: list[socket.socket] = []

    def listen(say: Callable[[socket.socket], None]) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def one(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                say(connection)

        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield listen
    for listener in listeners:
        listener.close()


def drip(text: bytes, every: float) -> Callable[[socket.socket], None]:
    def say(connection: socket.socket) -> None:
        for at in range(len(text)):
            connection.sendall(text[at : at + 1])
            time.sleep(every)

    return say


@pytest.mark.parametrize(
    "text", [HEAD + b"X: " + b"x" * 600, HEAD + b"Content-Length: 600\r\n\r\n" + b"{" * 600]
)
def test_a_keeper_that_drips_cannot_hold_a_call_beyond_its_deadline(answering, text: bytes) -> None:
    begun = time.monotonic()
    with wire.client(0.5) as http, pytest.raises(httpx.TimeoutException):
        http.get(answering(drip(text, 0.02)))
    assert time.monotonic() - begun < 2


def test_a_keeper_that_never_answers_cannot_hold_a_call_beyond_its_deadline(answering) -> None:
    begun = time.monotonic()
    with wire.client(0.5) as http, pytest.raises(httpx.TimeoutException):
        http.get(answering(lambda connection: time.sleep(3)))
    assert time.monotonic() - begun < 2


def test_a_keeper_cannot_fill_the_platforms_memory(answering) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with wire.client(5) as http, pytest.raises(httpx.HTTPError, match="too long"):
        http.get(answering(flood))


@pytest.mark.parametrize("text", [b"", b"garbage\r\n\r\n", HEAD + b"Content-Length: 5\r\n\r\nab"])
def test_an_answer_that_is_no_http_is_an_error_of_the_connection(answering, text: bytes) -> None:
    with wire.client(2) as http, pytest.raises(httpx.HTTPError):
        http.get(answering(lambda connection: connection.sendall(text)))


def test_an_ordinary_answer_is_read_and_its_connection_used_again(answering) -> None:
    def twice(connection: socket.socket) -> None:
        for _ in range(2):
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
            connection.recv(65536)

    with wire.client(2) as http:
        url = answering(twice)
        answers = [http.post(url, content=b"{}"), http.get(url)]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {})] * 2


def test_a_keeper_elsewhere_is_reached_by_mutual_tls_alone(settings: Any, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
    ]
    make += ["-subj", "/CN=keeper", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listener.accept()
                with contextlib.suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(65536)
                    connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")

    threading.Thread(target=run, daemon=True).start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    try:
        with wire.client(5) as http, pytest.raises(httpx.HTTPError):
            http.get(url)  # unknown authority
        settings.KEEPERS_CA_FILE = str(certificate)
        with wire.client(5) as http, pytest.raises(httpx.HTTPError):
            http.get(url)  # no certificate of the platform's
        settings.KEEPERS_CLIENT_CERT_FILE, settings.KEEPERS_CLIENT_KEY_FILE = str(certificate), str(key)
        with wire.client(5) as http:
            assert http.get(url).json() == {}
    finally:
        listener.close()
