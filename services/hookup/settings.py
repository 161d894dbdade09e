"""Settings of the hookup service."""

from libs.common.encryption.keys import EncryptionSettings
from libs.common.settings import CommonSettings


class Settings(CommonSettings, EncryptionSettings):
    """What every service needs, and the keys of the ledgers that are read in."""
