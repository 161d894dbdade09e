"""The laptop's issuer of tokens in a process of its own, for `make run-real` and its tests."""

import os
from pathlib import Path

import uvicorn

from libs.common.auth.local_issuer import LocalIssuer
from libs.common.clock import SystemClock
from services.dev import MACHINES, USERS


def issuer() -> LocalIssuer:
    """Compose it from the environment."""
    return LocalIssuer(
        os.environ["SQN_ISSUER"],
        Path(os.environ["SQN_ISSUER_FOLDER"]),
        SystemClock(),
        users=USERS,
        machines=MACHINES,
        redirect_uris=[f"{os.environ['SQN_PUBLIC_URL']}/signin/callback"],
    )


if __name__ == "__main__":
    uvicorn.run(issuer().app(), host="127.0.0.1", port=int(os.environ["SQN_PORT"]), log_config=None)
