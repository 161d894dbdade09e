"""Settings of the metrics service."""

from libs.common.settings import CommonSettings


class Settings(CommonSettings):
    """Nothing beyond what every service needs; the port is its own on a laptop."""

    port: int = 8006
