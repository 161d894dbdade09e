"""Settings of the sampling service."""

from libs.common.encryption.keys import EncryptionSettings
from libs.common.settings import CommonSettings


class Settings(CommonSettings, EncryptionSettings):
    """What every service needs, and the keys that its records are sealed under."""
