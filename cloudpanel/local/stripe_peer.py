"""A Stripe on loopback for `make run` and the tests: ``python -m cloudpanel.local.stripe_peer PORT [options]``.

It runs localstripe (GPL-3, a development tool that the product neither ships nor imports elsewhere) as a program of its own.
localstripe listens on every interface and lacks some of what Stripe documents; here it listens on 127.0.0.1 only, and gets
idempotency keys, ``description`` and ``off_session`` of PaymentIntents, and the code of a confirmation that comes too late.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import pickle
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from localstripe import resources
from localstripe.errors import UserError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
answers: dict[tuple[str, str], tuple[Any, tuple[int, bytes] | None]] = {}


def main() -> None:
    arguments = _arguments()
    _know_more_of_payment_intents()
    _keep_in(arguments.store)
    from localstripe.server import app  # reads the routes when it is imported
    from localstripe.webhooks import register_webhook

    app.middlewares.insert(0, idempotency)
    if arguments.webhook:
        register_webhook("panel", arguments.webhook, arguments.webhook_secret, None)
    logging.basicConfig(level=logging.WARNING)
    web.run_app(app, host="127.0.0.1", port=arguments.port, print=None, access_log=None)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--store", type=Path, help="file that keeps customers and cards from one start to the next")
    parser.add_argument("--webhook", help="where to post events")
    parser.add_argument("--webhook-secret", default="")
    return parser.parse_args()


@web.middleware
async def idempotency(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The same key gives the first answer again; with other parameters it is an error
    (docs.stripe.com/api/idempotent_requests)."""
    key = request.headers.get("Idempotency-Key")
    if request.method == "DELETE" and request.path == "/_config/data":
        answers.clear()
    if request.method != "POST" or not key:
        return await handler(request)
    name, asked = (request.headers.get("Authorization", ""), key), (request.path, await request.read())
    if name in answers:
        return _replayed(asked, *answers[name])
    answers[name] = (asked, None)
    try:
        response = await asyncio.shield(_answered(handler, request, name, asked))
    except BaseException:
        answers.pop(name, None)
        raise
    return response


async def _answered(handler: Handler, request: web.Request, name: tuple[str, str], asked: Any) -> web.StreamResponse:
    """Goes on when the caller hangs up: that is how a lost answer comes about."""
    response = await handler(request)
    if response.status in (401, 429) or response.status >= 500:
        answers.pop(name, None)
    else:
        assert isinstance(response, web.Response)
        assert isinstance(response.body, bytes)
        answers[name] = (asked, (response.status, response.body))
    return response


def _replayed(asked: Any, first: Any, answer: tuple[int, bytes] | None) -> web.Response:
    if first != asked:
        return _error(
            400, "idempotency_error", "Keys can only be used with the same parameters they were first used with."
        )
    if answer is None:
        return _error(409, "idempotency_error", "There is another request in progress with this key.")
    headers = {"Idempotent-Replayed": "true"}
    return web.Response(body=answer[1], status=answer[0], content_type="application/json", headers=headers)


def _error(status: int, kind: str, message: str) -> web.Response:
    return web.json_response({"error": {"type": kind, "message": message}}, status=status)


def _know_more_of_payment_intents() -> None:
    kind: Any = resources.PaymentIntent
    create, confirm = kind.__init__, kind._api_confirm

    def describing(self: Any, *args: Any, description: str | None = None, **data: Any) -> None:
        create(self, *args, **data)
        self.description = description

    def off_session(id: str, off_session: object = None, **data: Any) -> Any:
        if kind._api_retrieve(id).status != "requires_confirmation":
            raise UserError(400, "It cannot be confirmed any more.", {"code": "payment_intent_unexpected_state"})
        return confirm(id=id, **data)

    kind.__init__ = describing
    routes = resources.extra_apis
    routes[:] = [(method, url, off_session if function == confirm else function) for method, url, function in routes]


def _keep_in(path: Path | None) -> None:
    """localstripe writes one file in /tmp for all; this one belongs to one panel, or to nobody."""
    store: Any = resources.store
    if path is not None and path.exists():
        dict.update(store, pickle.loads(path.read_bytes()))  # noqa: S301 - our own file

    def dump() -> None:
        if path is not None:
            new = path.with_suffix(".new")
            new.write_bytes(pickle.dumps(dict(store)))
            new.replace(path)

    type(store).dump_to_disk = lambda self: dump()


if __name__ == "__main__":
    main()
