"""Settings of the registry service."""

from libs.common.audit.keys import AuditSettings
from libs.common.encryption.keys import EncryptionSettings
from libs.common.settings import CommonSettings
from services.registry.identity.settings import IdentitySettings


class Settings(CommonSettings, EncryptionSettings, AuditSettings, IdentitySettings):
    """What every service needs, the keys of personal data and of the audit record, and the sign-in of citizens."""
