"""A small client of yaml-language-server, the program that editors ask about a YAML file."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
import time
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

Json = dict[str, Any]
PATIENCE = 30.0
SETTINGS: dict[str, Json] = {
    "yaml": {
        "validate": True,
        "hover": True,
        "completion": True,
        "schemaStore": {"enable": False, "url": ""},
    },
    "http": {"proxy": "", "proxyStrictSSL": False},
}
CAPABILITIES: Json = {
    "workspace": {"configuration": True},
    "textDocument": {
        "completion": {"completionItem": {"snippetSupport": True, "documentationFormat": ["markdown"]}},
        "hover": {"contentFormat": ["markdown"]},
        "publishDiagnostics": {},
    },
}


class Mark(NamedTuple):
    """What an editor underlines: the file, the line as people count it, and the words shown there."""

    file: str
    line: int
    message: str


class Offer(NamedTuple):
    """What an editor offers to insert, and the explanation beside it."""

    label: str
    text: str
    about: str


def find_server(root: Path) -> Path | None:
    """The script of the language server, or None where it or node is not installed."""
    if shutil.which("node") is None:
        return None
    return next((found for place in _places(root) if (found := _script(place)) is not None), None)


def _places(root: Path) -> list[Path]:
    named = os.environ.get("YAML_LANGUAGE_SERVER")
    if named:
        return [Path(named)]
    installed = [root / "node_modules", Path("/usr/lib/node_modules"), *_npm_modules()]
    return [modules / "yaml-language-server" for modules in installed]


def _npm_modules() -> list[Path]:
    npm = shutil.which("npm")
    if npm is None:
        return []
    answer = subprocess.run([npm, "root", "-g"], capture_output=True, text=True, timeout=PATIENCE, check=False)
    return [Path(answer.stdout.strip())] if answer.returncode == 0 else []


def _script(place: Path) -> Path | None:
    script = place / "bin" / "yaml-language-server" if place.is_dir() else place
    return script if script.is_file() else None


class LanguageServer:
    """A running language server; every wait ends with an answer or a TimeoutError."""

    def __init__(self, script: Path, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(script), "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._inbox: queue.Queue[Json | None] = queue.Queue()
        self._published: dict[str, list[Json]] = {}
        self._opened: set[str] = set()
        self._asked = 0
        threading.Thread(target=self._listen, daemon=True).start()
        self._greet(folder)

    def __enter__(self) -> Self:
        """The server itself, stopped when the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing; the server is gone afterwards."""
        self._process.kill()
        self._process.wait(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            _pipe(pipe).close()

    def marks(self, *paths: Path) -> list[Mark]:
        """What is underlined in the files, from top to bottom."""
        uris = [(path, self._open(path)) for path in paths]
        deadline = time.monotonic() + PATIENCE
        while any(uri not in self._published for _, uri in uris):
            self._take(deadline)
        return [mark for path, uri in uris for mark in sorted(_mark(path, each) for each in self._published[uri])]

    def offers(self, path: Path, line: int, column: int) -> dict[str, Offer]:
        """What completion offers at a place in a file, by label."""
        answer = self._at("textDocument/completion", path, line, column)
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: _offer(item) for item in items or []}

    def hover(self, path: Path, line: int, column: int) -> str:
        """The text that appears over a place in a file, empty where there is none."""
        answer = self._at("textDocument/hover", path, line, column)
        return _words(answer["contents"]) if answer else ""

    def _greet(self, folder: Path) -> None:
        self._ask("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": CAPABILITIES})
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": SETTINGS})
        deadline = time.monotonic() + PATIENCE
        while self._take(deadline).get("method") != "workspace/configuration":
            pass

    def _at(self, method: str, path: Path, line: int, column: int) -> Any:
        place = {"line": line - 1, "character": column - 1}
        return self._ask(method, {"textDocument": {"uri": self._open(path)}, "position": place})

    def _open(self, path: Path) -> str:
        uri = path.as_uri()
        if uri not in self._opened:
            self._opened.add(uri)
            document = {"uri": uri, "languageId": "yaml", "version": 1, "text": path.read_text(encoding="utf-8")}
            self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def _ask(self, method: str, params: Json) -> Any:
        self._asked += 1
        mine = self._asked
        self._send({"id": mine, "method": method, "params": params})
        deadline = time.monotonic() + PATIENCE
        while (message := self._take(deadline)).get("id") != mine or "method" in message:
            pass
        return message.get("result")

    def _tell(self, method: str, params: Json) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Json) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        pipe = _pipe(self._process.stdin)
        pipe.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        pipe.flush()

    def _take(self, deadline: float) -> Json:
        try:
            message = self._inbox.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError(f"no answer from the language server in {PATIENCE:.0f} s") from None
        if message is None:
            raise ConnectionError("the language server stopped")
        self._attend(message)
        return message

    def _attend(self, message: Json) -> None:
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self._published[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method is not None and "id" in message:
            self._send({"id": message["id"], "result": _reply(method, message.get("params") or {})})

    def _listen(self) -> None:
        pipe = _pipe(self._process.stdout)
        while (message := _read(pipe)) is not None:
            self._inbox.put(message)
        self._inbox.put(None)


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _read(pipe: IO[bytes]) -> Json | None:
    length = 0
    for line in iter(pipe.readline, b""):
        name, _, value = line.decode().partition(":")
        if not name.strip():
            break
        length = int(value) if name.lower() == "content-length" else length
    body = pipe.read(length)
    return dict(json.loads(body)) if body else None


def _reply(method: str, params: Json) -> list[Json | None] | None:
    if method != "workspace/configuration":
        return None
    return [SETTINGS.get(item.get("section", "")) for item in params["items"]]


def _mark(path: Path, diagnostic: Json) -> Mark:
    return Mark(path.name, diagnostic["range"]["start"]["line"] + 1, diagnostic["message"])


def _offer(item: Json) -> Offer:
    text = item.get("textEdit", {}).get("newText") or item.get("insertText") or item["label"]
    return Offer(item["label"], text, _words(item.get("documentation") or ""))


def _words(contents: Json | str) -> str:
    return contents if isinstance(contents, str) else str(contents["value"])
