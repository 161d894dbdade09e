"""The laptop's issuer of tokens in a process of its own, for `make run-real` and its tests."""

import os
from pathlib import Path

import uvicorn

from libs.development import parts

if __name__ == "__main__":
    environment = os.environ
    issuer = parts.issuer(
        environment["SQN_ISSUER"], Path(environment["SQN_ISSUER_FOLDER"]), environment.get("SQN_CONSOLE_URL")
    )
    uvicorn.run(issuer.app(), host="127.0.0.1", port=int(environment["SQN_PORT"]), log_config=None)
