"""Facts about payee accounts; numbers appear with their last four digits only."""

from uuid import UUID

from schemas.events.base import DomainEvent


class AccountProposed(DomainEvent):
    """A receiving account was proposed for a supplier."""

    name = "parties.account.proposed"
    supplier_id: UUID
    account_last4: str
    cnaps_code: str


class AccountsChecked(DomainEvent):
    """One person checked accounts: some wait for a second person, some may be paid to now."""

    name = "parties.accounts.checked"
    checked_by: UUID
    first_checked: tuple[UUID, ...]
    verified: tuple[UUID, ...]


class AccountFrozen(DomainEvent):
    """An account may not be paid to until it is verified again."""

    name = "parties.account.frozen"
    supplier_id: UUID
    reason: str


class AccountReopened(DomainEvent):
    """A frozen account waits for two people again."""

    name = "parties.account.reopened"
    supplier_id: UUID
