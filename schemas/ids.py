"""Typed ids: one NewType per aggregate over UUIDv7, made by the server and never reused."""

from typing import NewType
from uuid import UUID

AreaCode = NewType("AreaCode", str)
"""Six opaque digits of a settlement area: the tenant."""

AgencyId = NewType("AgencyId", UUID)
HospitalId = NewType("HospitalId", UUID)
SupplierId = NewType("SupplierId", UUID)
ProductId = NewType("ProductId", UUID)
ContractId = NewType("ContractId", UUID)
MandateId = NewType("MandateId", UUID)
PayeeAccountId = NewType("PayeeAccountId", UUID)
RulePackId = NewType("RulePackId", UUID)

IntakeId = NewType("IntakeId", UUID)
DocumentId = NewType("DocumentId", UUID)
OrderLineId = NewType("OrderLineId", UUID)
ReceiptLineId = NewType("ReceiptLineId", UUID)
InvoiceLineId = NewType("InvoiceLineId", UUID)

MatchRunId = NewType("MatchRunId", UUID)
PayableId = NewType("PayableId", UUID)
DiscrepancyId = NewType("DiscrepancyId", UUID)

ClaimId = NewType("ClaimId", UUID)
ApplicationId = NewType("ApplicationId", UUID)
ApplicationLineId = NewType("ApplicationLineId", UUID)
PayableShareId = NewType("PayableShareId", UUID)
BatchId = NewType("BatchId", UUID)
PaymentId = NewType("PaymentId", UUID)
AttemptId = NewType("AttemptId", UUID)
SubmissionId = NewType("SubmissionId", UUID)
EvidenceId = NewType("EvidenceId", UUID)

LedgerId = NewType("LedgerId", UUID)
AccountId = NewType("AccountId", UUID)
EntryId = NewType("EntryId", UUID)
TransferId = NewType("TransferId", UUID)
StatementId = NewType("StatementId", UUID)
StatementEntryId = NewType("StatementEntryId", UUID)

UserId = NewType("UserId", UUID)
ClientId = NewType("ClientId", UUID)
