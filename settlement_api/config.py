"""Settings of a process: one frozen object read from ZHIJIE_* variables."""

from enum import StrEnum
from pathlib import Path

from pydantic import DirectoryPath, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.codes.banks import CodeMeaning, Dialect
from schemas.codes.signing import SignatureAlgorithm


class ClockKind(StrEnum):
    """Where the business instant comes from."""

    SYSTEM = "system"
    SIMULATED = "simulated"


class Settings(BaseSettings):
    """How this process runs. Business parameters are rule packs, never settings."""

    model_config = SettingsConfigDict(env_prefix="ZHIJIE_", frozen=True, extra="ignore")

    state_directory: Path = Path(".zhijie")
    """Where the embedded server's data, secrets and the encryption key live."""
    database_dsn: str | None = None
    """An external PostgreSQL (application role); None starts the embedded one."""
    database_system_dsn: str | None = None
    """The same server as `zhijie_system` (BYPASSRLS, SELECT only)."""
    database_signer_dsn: str | None = None
    """The same server as `zhijie_signer`, for `zhijie signer` only."""
    database_migrator_dsn: str | None = None
    """The same server as `zhijie_migrator`, for `zhijie migrate` only."""
    clock: ClockKind = ClockKind.SYSTEM
    pool_size: int = Field(default=16, ge=1, le=64)
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    bank_url: str = "http://127.0.0.1:8090"
    bank_dialect: Dialect = Dialect.ISO20022
    """How the bank is spoken to; `docs/how-to/add-a-bank.md` says which bank needs which."""
    bank_customer_id: str = Field(default="", max_length=32)
    """The customer number (CIS) at a bank with a front end."""
    bank_front_end_user: str = Field(default="", max_length=32)
    """The user of that front end."""
    bank_codes: dict[str, CodeMeaning] = {}
    """What such a bank says its return codes mean: JSON of code to `rejected`, `duplicate` or
    `not_found`. A code that is not listed is never a refusal: its payments stay unknown."""
    statement_profiles: DirectoryPath | None = None
    """Where profiles of banks' CSV and XLSX statements lie, one a JSON file, beside our own."""
    bank_initiating_party: str = Field(default="医保经办机构", min_length=1, max_length=140)
    """How messages to the bank name their sender (ISO 20022 Max140Text)."""
    bank_signature: SignatureAlgorithm | None = None
    """How the bank wants messages signed, which `zhijie signer` does; None: its front end secures
    them."""
    signing_keys: Path = Path(".zhijie/signing-keys")
    """Of the signing process alone: the folder of private keys, `<key name>.pem`."""
    signing_service_url: str | None = None
    """Of the signing process alone: where the device that holds keys answers."""
    signing_service_token: str | None = Field(default=None, repr=False)
    signing_key_alarm_days: int = Field(default=30, ge=1)
    """How long before a key's end without a successor the alarm is raised."""
    bank_states_rest_days: bool = True
    """Whether the bank gives statements of weekends and holidays; many give none: then `false`."""
    body_limit_bytes: int = Field(default=1 << 30, ge=1)
    """Largest bulk body accepted, after decompression."""
    log_level: str = "info"
    hourly_rounds: bool = True
    """Reminders, sweeps and clean-up by real time; a demo does without them, or what it ends with
    would depend on how long it takes."""
