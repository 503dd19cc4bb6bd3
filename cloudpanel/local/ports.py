"""The port of the web server: sensible, free, and answering."""

from __future__ import annotations

import errno
import http.client
import os
import socket

import psutil

from cloudpanel.local.places import LocalError

DEFAULT_PORT = 8000


def chosen_port() -> int:
    try:
        number = int(os.environ.get("PORT") or DEFAULT_PORT)
    except ValueError:
        number = 0
    if not 0 < number < 65536:
        raise LocalError(f"PORT={os.environ['PORT']} is not a port: give a number from 1 to 65535.")
    return number


def refuse_taken_port(number: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise LocalError(f"Port {number} needs root. Choose one above 1023: PORT=8001 make run") from None
            raise LocalError(
                f"Port {number} is taken{_by_whom(number)}. End that program or choose another port: "
                f"PORT={number + 1} make run"
            ) from None


def is_free(number: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
        return True


def any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(web_port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", web_port, timeout=1.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _by_whom(number: int) -> str:
    try:
        for connection in psutil.net_connections("inet"):
            if connection.laddr and connection.laddr.port == number and connection.status == psutil.CONN_LISTEN:
                return (
                    f" by {psutil.Process(connection.pid).name()} (process {connection.pid})" if connection.pid else ""
                )
    except (psutil.Error, OSError):
        pass
    return ""
