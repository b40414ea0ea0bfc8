"""`bonitas` and `dvc` as a shell finds them while tests run: hands its words to the warm process, and ends as the fork ended.

Nothing but the smallest modules is imported: this is what a new process still costs.
"""

import json
import os
import resource
import socket
import sys

ADDRESS = "BONITAS_WARM"
"""The variable that names the socket."""
LIMITS = (resource.RLIMIT_FSIZE, resource.RLIMIT_AS)
"""What a process hands on to those it starts."""


def ask(module: str, words: list[str]) -> int:
    """The exit code of `python -m module words...` here; negative where a signal ended it."""
    environment = dict(os.environ)
    request = {
        "words": [module, *words],
        "folder": os.getcwd(),  # noqa: PTH109 - the smallest
        "environment": environment,
        "limits": [(one, *resource.getrlimit(one)) for one in LIMITS],
    }
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(environment[ADDRESS])
        socket.send_fds(line, [json.dumps(request).encode() + b"\n"], [0, 1, 2])
        answer = b""
        while part := line.recv(16):
            answer += part
    return int(answer) if answer else 1


if __name__ == "__main__":
    module = "dvc" if sys.argv[0].endswith("dvc") else "pipelines"
    code = ask(module, sys.argv[1:])
    if code < 0:
        os.kill(os.getpid(), -code)
    sys.exit(code)
