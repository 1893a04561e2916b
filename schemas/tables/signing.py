"""The register of signing keys: public halves and when each speaks for us; never a private one."""

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field

from schemas.codes.signing import KeyPlace, SignatureAlgorithm
from schemas.tables.base import (
    PlainRow,
    datetime,
    instant_field,
    recorded_at_field,
    reference,
    text_field,
)


def _one_of(column: str, *values: str) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class SigningKey(PlainRow, table=True):
    """A key that signs messages to the bank, by the name that the bank knows it by.

    It signs from `valid_from` until before `valid_until`, and nothing from `revoked_at` on; a
    signature is believed if its key could sign at that moment. `public_key` is its
    SubjectPublicKeyInfo (DER).
    """

    __tablename__ = "signing_key"
    __table_args__ = (
        UniqueConstraint("key_name"),
        CheckConstraint("key_name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name="key_name_form"),
        CheckConstraint(_one_of("algorithm", *SignatureAlgorithm), name="algorithm_known"),
        CheckConstraint(_one_of("place", *KeyPlace), name="place_known"),
        CheckConstraint("valid_from < valid_until", name="valid_for_some_time"),
        CheckConstraint(
            "(revoked_at IS NULL) = (revocation_reason IS NULL)", name="revoked_with_a_reason"
        ),
        reference(updatable=("revoked_at", "revocation_reason"), parties=False),
    )

    key_name: str = text_field()
    algorithm: str = text_field()
    place: str = text_field()
    public_key: bytes = Field(sa_type=LargeBinary)
    user_id: str = text_field()
    """The user id that enters an SM2 signature; other algorithms take none."""
    valid_from: datetime = instant_field()
    valid_until: datetime = instant_field()
    revoked_at: datetime | None = instant_field(default=None)
    revocation_reason: str | None = text_field(default=None)
    recorded_at: datetime = recorded_at_field()
