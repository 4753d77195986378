"""The control endpoint: what tests and benchmarks ask of the sandbox itself, never counted."""

from __future__ import annotations

import json
import typing as t

from aiohttp import web

from sandbox.faults import parse_fault
from sandbox.limits import Limiter, parse_windows
from sandbox.world.clock import parse_moment, whole

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.state import Sandbox
    from sandbox.wire import Record


class Control:
    """Answers under /_control."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Control one sandbox."""
        self.sandbox = sandbox
        self._routes: dict[tuple[str, str], Callable[[t.Any], object]] = {
            ("GET", "/stats"): self._stats,
            ("GET", "/requests"): lambda _: list(sandbox.log),
            ("GET", "/served"): self._served,
            ("POST", "/reset"): lambda _: sandbox.reset(),
            ("POST", "/advance"): self._advance,
            ("POST", "/ulule"): self._change_ulule,
            ("GET", "/leads"): lambda _: sandbox.leads.listing(),
            ("DELETE", "/leads"): lambda _: sandbox.forget_leads(),
            ("GET", "/options"): self._options,
            ("PUT", "/options"): self._set_options,
            ("GET", "/faults"): lambda _: sandbox.faults.listing(),
            ("POST", "/faults"): lambda body: sandbox.faults.add(parse_fault(body)),
            ("POST", "/moco/custom_fields"): self._custom_field,
            ("DELETE", "/faults"): lambda _: sandbox.faults.clear(),
        }

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request; what cannot be understood is 400 with one line saying why."""
        path = request.rel_url.path.removeprefix("/_control")
        route = self._routes.get((request.method, path))
        try:
            text = await request.text()
            body = json.loads(text) if text.strip() else None
            if route:
                value = route(body)
            elif request.method == "GET" and path.startswith("/world/"):
                value = self._world(path)
            else:
                return _json({"error": "no such control"}, 404)
        except ValueError as error:
            return _json({"error": str(error)}, 400)
        return _json(value if value is not None else {"ok": True})

    def _stats(self, _body: object) -> Record:
        found: Record = {}
        for api, counts in self.sandbox.counts.items():
            groups: Record = {
                name: {
                    key.removeprefix(f"{name} "): count
                    for key, count in sorted(counts.items())
                    if key.startswith(f"{name} ")
                }
                for name in ("status", "path")
            }
            found[api] = {
                "requests": counts["requests"],
                "refused": counts["refused"],
                "faults": counts["faults"],
                "by_status": groups["status"],
                "by_path": groups["path"],
            }
        return found

    def _served(self, _body: object) -> Record:
        return {
            api: {stream: len(keys) for stream, keys in sorted(streams.items())}
            for api, streams in self.sandbox.served.items()
        }

    def _advance(self, body: object) -> Record:
        """Move the world on once, or, given a ``number``, until it has moved that many times."""
        asked = body if isinstance(body, dict) else {}
        given = asked.get("now")
        scenario = self.sandbox.world.scenario
        if (number := asked.get("number")) is not None:
            while len(scenario.advances) < int(number):
                self.sandbox.advance(None)
            return {"number": len(scenario.advances), "now": whole(scenario.now)}
        step = self.sandbox.advance(parse_moment(str(given)) if given else None)
        return {
            "number": step.number,
            "since": whole(step.since),
            "now": whole(step.until),
        }

    def _custom_field(self, body: object) -> None:
        """Add, rename or remove a custom field in MOCO."""
        if not isinstance(body, dict) or not set(body) <= {"action", "entity", "name", "value"}:
            raise ValueError("a custom field has action, entity, name and value")
        self.sandbox.change_field({key: str(value) for key, value in body.items()})

    def _change_ulule(self, body: object) -> object:
        return self.sandbox.ulule.changes.ask(body)

    def _options(self, _body: object) -> Record:
        limits = {
            name: [vars(window) for window in limiter.windows]
            for name, limiter in self.sandbox.limiters.items()
        }
        return {**vars(self.sandbox.options), "limits": limits}

    def _set_options(self, body: object) -> Record:
        if not isinstance(body, dict):
            raise ValueError("options must be an object")  # noqa: TRY004 - answered with 400
        limits = body.get("limits", {})
        if not isinstance(limits, dict) or not set(limits) <= set(self.sandbox.limiters):
            raise ValueError("limits must be an object by API")
        windows = {name: parse_windows(value) for name, value in limits.items()}
        self.sandbox.change_options({k: v for k, v in body.items() if k != "limits"})
        for name, value in windows.items():
            self.sandbox.limiters[name] = Limiter(value)
        return self._options(None)

    def _world(self, path: str) -> Record:
        _, _, api_name, stream = [*path.split("/"), ""][:4]
        for api in self.sandbox.apis:
            if api.name == api_name:
                found = api.records(stream)
                if found is not None:
                    key, rows = found
                    return {"api": api_name, "stream": stream, "key": list(key), "records": rows}
        raise ValueError("no such API or stream")


def _json(value: object, status: int = 200) -> web.Response:
    text = json.dumps(value, ensure_ascii=False)
    return web.Response(status=status, text=text, content_type="application/json")
