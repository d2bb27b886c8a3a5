"""Writes docs/compatibility.md from what the published clients asked of the real server and how it answered.

`operations.toml` says which operations there are to be; the records say which of them were answered with success in a
run of tests that passed; the clients' own sources say which of them a client can ask at all. Nobody writes into the
page by hand: with `--check` it fails when the page says anything else.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tomllib

WORKSPACE = pathlib.Path(__file__).parents[2]
PAGE = WORKSPACE / "docs/compatibility.md"
WORKS, NOT_ASKED, NOT_YET = "works", "–", "not yet"
ASKED_BY_NOBODY = "plain"
BASE = "/api/v1"

# Operations beside those of the protocol.
OURS = [
    ("v1.message.create-batch", "POST", "/app/{app_id}/msg/batch"),
    ("v1.event-type.export-openapi", "GET", "/event-type/export/openapi"),
    ("v1.health.ping", "GET", "/health/ping"),
]

# How a client's source names the method and path of a call.
CALLS = {
    "python": re.compile(r'method="(\w+)",\s*path="(/[^"]*)"'),
    "rust": re.compile(r'Request::new\(\s*http1?::Method::(\w+),\s*"(/[^"]*)"'),
    "node": re.compile(r'HttpMethod\.(\w+), "(/[^"]*)"'),
}
TITLES = {"python": "Python", "rust": "Rust", "node": "JavaScript"}


def shape(path):
    """A path without the names of what stands in it."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def facts():
    return tomllib.loads(pathlib.Path(__file__).with_name("operations.toml").read_text())


def operations():
    """Id, method and path below /api/v1 of each, those that belong together side by side."""
    asked = [(one["id"], *one["call"].split()) for one in facts()["operation"]]
    asked = [(name, method, path.removeprefix(BASE)) for name, method, path in asked]
    return sorted(asked + OURS, key=lambda one: (one[0].split(".")[1], shape(one[2]), one[1]))


def answered(record):
    """The ids of the operations that this record shows answered with success."""
    patterns = []
    for name, method, path in operations():
        # A literal path stands before one with a place for a name in it.
        pattern = re.compile(BASE + re.sub(r"\{[^}]*\}", "[^/]+", path) + "/?")
        patterns.append((path.count("{"), method, pattern, name))
    patterns.sort(key=lambda entry: entry[0])
    if not record.exists():
        sys.exit(f"there is no {record}: all clients have to run first, see `make compatibility`")
    found = set()
    for line in record.read_text().splitlines():
        asked, path, status = line.split()
        if 200 <= int(status) < 300:
            fits = (name for _, method, pattern, name in patterns if method == asked and pattern.fullmatch(path))
            found.update(name for name in [next(fits, None)] if name)
    return found


def source(client, packages):
    """The version of a client and the folder of its source."""
    if client == "python":
        lines = (WORKSPACE / "e2e/requirements.txt").read_text()
        [folder] = (packages / "venv").glob("lib/python*/site-packages/svix")
        return re.search(r"^svix==(.+)$", lines, re.MULTILINE)[1], folder, "*.py"
    if client == "node":
        folder = packages / "node/node_modules/svix"
        return json.loads((folder / "package.json").read_text())["version"], folder / "dist", "*.js"
    command = ["cargo", "metadata", "--format-version", "1", "--offline", "--manifest-path", WORKSPACE / "Cargo.toml"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
    [package] = [one for one in found if one["name"] == "svix"]
    return package["version"], pathlib.Path(package["manifest_path"]).parent / "src", "*.rs"


def asks(client, folder, files):
    """Method and shape of the path of every call that the client's source can make."""
    texts = (path.read_text() for path in sorted(folder.rglob(files)))
    calls = {(method.upper(), path) for text in texts for method, path in CALLS[client].findall(text)}
    if not calls:
        sys.exit(f"no calls found in {folder}: the client writes them in another way now")
    return calls


def area(path):
    """What a call is about: the first two words of its path."""
    return " ".join([word for word in path.removeprefix(BASE).split("/") if word and "{" not in word][:2])


def table(columns, rows):
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def page(packages, records):
    works = {client: answered(records / f"{client}.txt") for client in [*CALLS, ASKED_BY_NOBODY]}
    versions, calls = {}, {}
    for client in CALLS:
        versions[client], folder, files = source(client, packages)
        calls[client] = asks(client, folder, files)
    shapes = {client: {(method, shape(path)) for method, path in calls[client]} for client in CALLS}
    rows, ours = [], set()
    for name, method, path in operations():
        call = (method, shape(BASE + path))
        ours.add(call)
        cells = []
        for client in CALLS:
            can_ask = call in shapes[client]
            cells.append(WORKS if name in works[client] else NOT_YET if can_ask else NOT_ASKED)
        by_hand = ""
        if set(cells) == {NOT_ASKED}:
            by_hand = WORKS if name in works[ASKED_BY_NOBODY] else NOT_YET
        rows.append([f"`{name}`", method, f"`{path}`", *cells, by_hand])
    beyond = {}
    for client in CALLS:
        for method, path in calls[client]:
            if (method, shape(path)) not in ours:
                counts = beyond.setdefault(area(path), dict.fromkeys(CALLS, 0))
                counts[client] += 1
    others = [[name, *(str(counts[client] or "") for client in CALLS)] for name, counts in sorted(beyond.items())]
    clients = [f"{TITLES[client]} `svix` {versions[client]}" for client in CALLS]
    ignored = [[f"`{name}`", why] for name, why in sorted(facts()["ignored"].items())]
    done = sum(NOT_YET not in row for row in rows)
    return f"""# Compatibility

<!-- Written by `make compatibility` from a run of the clients against the server. Do not edit. -->

Which operations of the Svix API work here, asked by the published clients as they come from their registries. Nothing but their server URL is set. `make test` runs them again and fails when this page says anything else.

- **{WORKS}**: the client asked, the server answered with success, the client could read the answer, and it was the right one.
- **{NOT_ASKED}**: this client has no such call. Where none of the three has it, the last column says what plain HTTP gets.
- **{NOT_YET}**: comes with a later version.

{done} of {len(rows)} operations. Paths are below `{BASE}`.

{table(["Operation", "Method", "Path", *clients, "Plain HTTP"], rows)}
## What clients may send and what changes nothing here

{table(["Field or parameter", "Why"], ignored)}
The helpers for raw payloads (`message_in_raw`, `new_raw_payload`, `messageInRaw`) work: the text that they put into `transformationsParams` is the payload, byte for byte. It has to be a JSON object; all else, and any content type but `application/json`, is refused with 422. Everything else in `transformationsParams` changes nothing: nothing is transformed.

## What else these clients can ask

Calls outside the operations above, by what they are about. Wirepost does not offer them: it answers 404.

{table(["About", *TITLES.values()], others)}"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the page would change")
    parser.add_argument("--packages", type=pathlib.Path, default=WORKSPACE / "target", help="where clients lie")
    arguments = parser.parse_args()
    text = page(arguments.packages, arguments.packages / "compatibility")
    if not arguments.check:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit("docs/compatibility.md does not say what the clients saw: run `make compatibility`")


if __name__ == "__main__":
    main()
