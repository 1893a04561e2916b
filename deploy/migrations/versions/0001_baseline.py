"""The first schema: tables, keys, constraints, roles, grants and row security."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROLES = """
CREATE ROLE zhijie_area NOLOGIN;
CREATE ROLE zhijie_hospital NOLOGIN;
CREATE ROLE zhijie_supplier NOLOGIN;
GRANT zhijie_area, zhijie_hospital, zhijie_supplier TO zhijie_app WITH INHERIT FALSE, SET TRUE;
"""

SECURITY = """
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public
    TO zhijie_app, zhijie_system, zhijie_area, zhijie_hospital, zhijie_supplier;
GRANT SELECT ON bank_message TO zhijie_system;
GRANT SELECT, INSERT ON bank_message TO zhijie_area;
GRANT UPDATE (read_at, xsd_valid) ON bank_message TO zhijie_area;
ALTER TABLE bank_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE bank_message FORCE ROW LEVEL SECURITY;
CREATE POLICY bank_message_area ON bank_message TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON business_clock TO zhijie_system;
GRANT SELECT, INSERT ON business_clock TO zhijie_area;
GRANT UPDATE ON business_clock TO zhijie_area;
GRANT SELECT, INSERT ON business_clock TO zhijie_app;
GRANT UPDATE ON business_clock TO zhijie_app;
GRANT SELECT ON outbox_event TO zhijie_system;
GRANT SELECT, INSERT ON outbox_event TO zhijie_area;
ALTER TABLE outbox_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_event FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_event_area ON outbox_event TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON payment TO zhijie_system;
GRANT SELECT, INSERT ON payment TO zhijie_area;
GRANT UPDATE (outcome, returned_minor) ON payment TO zhijie_area;
GRANT SELECT ON payment TO zhijie_supplier;
ALTER TABLE payment ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_area ON payment TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_supplier ON payment FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON payment_attempt TO zhijie_system;
GRANT SELECT, INSERT ON payment_attempt TO zhijie_area;
GRANT UPDATE (decision_state, submission_id, outcome, returned_minor, is_final, posted_paid_minor, posted_returned_minor, posted_released, version) ON payment_attempt TO zhijie_area;
ALTER TABLE payment_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_attempt_area ON payment_attempt TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON payment_decision TO zhijie_system;
GRANT SELECT, INSERT ON payment_decision TO zhijie_area;
GRANT UPDATE (confirmed_by, confirmed_at) ON payment_decision TO zhijie_area;
ALTER TABLE payment_decision ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_decision FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_decision_area ON payment_decision TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON payment_evidence TO zhijie_system;
GRANT SELECT, INSERT ON payment_evidence TO zhijie_area;
ALTER TABLE payment_evidence ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_evidence FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_evidence_area ON payment_evidence TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON payment_item TO zhijie_system;
GRANT SELECT, INSERT ON payment_item TO zhijie_area;
GRANT UPDATE (is_final) ON payment_item TO zhijie_area;
GRANT SELECT ON payment_item TO zhijie_hospital;
GRANT SELECT ON payment_item TO zhijie_supplier;
ALTER TABLE payment_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_item FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_item_area ON payment_item TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_item_hospital ON payment_item FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY payment_item_supplier ON payment_item FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON payment_stop TO zhijie_system;
GRANT SELECT, INSERT ON payment_stop TO zhijie_area;
GRANT UPDATE (lifted_by, lifted_at) ON payment_stop TO zhijie_area;
ALTER TABLE payment_stop ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_stop FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_stop_area ON payment_stop TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON platform_event TO zhijie_system;
GRANT SELECT, INSERT ON platform_event TO zhijie_area;
GRANT SELECT, INSERT ON platform_event TO zhijie_app;
GRANT SELECT ON submission TO zhijie_system;
GRANT SELECT, INSERT ON submission TO zhijie_area;
GRANT UPDATE (state, sent_at, answered_at, next_inquiry_at, inquiry_count) ON submission TO zhijie_area;
ALTER TABLE submission ENABLE ROW LEVEL SECURITY;
ALTER TABLE submission FORCE ROW LEVEL SECURITY;
CREATE POLICY submission_area ON submission TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)))
"""


def upgrade() -> None:
    create_roles()
    op.create_table(
        "business_clock",
        sa.Column("only_row", sa.Boolean(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("ck_business_clock_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "outbox_event",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_outbox_event")),
    )
    op.create_index(
        "ix_outbox_event_aggregate",
        "outbox_event",
        ["area_code", "aggregate_id", "aggregate_version"],
        unique=False,
    )
    op.create_table(
        "payment",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=True),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.Text(), server_default=sa.text("'credit'"), nullable=False),
        sa.Column(
            "purpose", sa.Text(), server_default=sa.text("'supplier_settlement'"), nullable=False
        ),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("claim_month", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("payee_account_id", sa.Uuid(), nullable=True),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("payee_cnaps_code", sa.Text(), nullable=False),
        sa.Column("payee_account_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("payee_key_id", sa.Text(), nullable=False),
        sa.Column("payee_account_blind_index", sa.LargeBinary(), nullable=False),
        sa.Column("payee_account_last4", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("remittance", sa.Text(), nullable=False),
        sa.Column("replaces_payment_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'unknown'"), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "claim_month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_payment_claim_month_form")
        ),
        sa.CheckConstraint(
            "direction IN ('credit', 'debit')", name=op.f("ck_payment_direction_known")
        ),
        sa.CheckConstraint(
            "outcome IN ('unknown', 'received', 'accepted', 'in_settlement', 'debited', 'credited', 'rejected', 'cancelled', 'returned', 'not_sent', 'suspect_return', 'blocked', 'conflict')",
            name=op.f("ck_payment_outcome_known"),
        ),
        sa.CheckConstraint(
            "purpose IN ('supplier_settlement', 'hospital_prepayment', 'hospital_net', 'collection', 'reserve_refill', 'supplier_refund', 'verification')",
            name=op.f("ck_payment_purpose_known"),
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_payment_scheme_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_amount_positive")),
        sa.CheckConstraint("item_count >= 0", name=op.f("ck_payment_item_count_not_negative")),
        sa.CheckConstraint(
            "returned_minor BETWEEN 0 AND amount_minor",
            name=op.f("ck_payment_returned_within_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["area_code", "replaces_payment_id"],
            ["payment.area_code", "payment.id"],
            name=op.f("fk_payment_area_code_replaces_payment_id"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_batch", "payment", ["area_code", "payment_batch_id"], unique=False)
    op.create_index("ix_payment_supplier", "payment", ["supplier_id", "id"], unique=False)
    op.create_table(
        "payment_item",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("payable_share_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("recovery_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_final", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_item_amount_positive")),
        sa.CheckConstraint(
            "recovery_minor BETWEEN 0 AND amount_minor",
            name=op.f("ck_payment_item_recovery_within_amount"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_item")),
    )
    op.create_index("ix_payment_item_hospital", "payment_item", ["hospital_id", "id"], unique=False)
    op.create_index(
        "ix_payment_item_payment", "payment_item", ["area_code", "payment_id"], unique=False
    )
    op.create_index("ix_payment_item_supplier", "payment_item", ["supplier_id", "id"], unique=False)
    op.create_index(
        "uq_payment_item_open_share",
        "payment_item",
        ["area_code", "payable_share_id"],
        unique=True,
        postgresql_where=sa.text("NOT is_final"),
    )
    op.create_table(
        "payment_stop",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("engaged_by", sa.Uuid(), nullable=False),
        sa.Column("engaged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(lifted_by IS NULL) = (lifted_at IS NULL)",
            name=op.f("ck_payment_stop_lifted_together"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_stop")),
    )
    op.create_index(
        "uq_payment_stop_in_force",
        "payment_stop",
        ["area_code"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "platform_event",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("aggregate_version", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_event")),
    )
    op.create_table(
        "submission",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=True),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("bank_code", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("message_kind", sa.Text(), nullable=False),
        sa.Column("body_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("payment_count", sa.Integer(), nullable=False),
        sa.Column("control_sum_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_inquiry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("inquiry_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'sending') = (sent_at IS NOT NULL)",
            name=op.f("ck_submission_sent_when_sending"),
        ),
        sa.CheckConstraint(
            "message_id = replace(id::text, '-', '')", name=op.f("ck_submission_message_id_is_id")
        ),
        sa.CheckConstraint(
            "state IN ('signed', 'sending', 'voided')", name=op.f("ck_submission_state_known")
        ),
        sa.CheckConstraint(
            "control_sum_minor > 0", name=op.f("ck_submission_control_sum_positive")
        ),
        sa.CheckConstraint(
            "octet_length(body_sha256) = 32", name=op.f("ck_submission_digest_length")
        ),
        sa.CheckConstraint("payment_count > 0", name=op.f("ck_submission_payment_count_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_submission")),
        sa.UniqueConstraint(
            "area_code", "message_id", name=op.f("uq_submission_area_code_message_id")
        ),
    )
    op.create_index(
        "ix_submission_batch", "submission", ["area_code", "payment_batch_id"], unique=False
    )
    op.create_index(
        "ix_submission_next_inquiry",
        "submission",
        ["area_code", "next_inquiry_at"],
        unique=False,
        postgresql_where=sa.text("next_inquiry_at IS NOT NULL"),
    )
    op.create_table(
        "bank_message",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("body_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("xsd_valid", sa.Boolean(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "source IN ('synchronous_reply', 'status_inquiry', 'statement_booking')",
            name=op.f("ck_bank_message_source_known"),
        ),
        sa.CheckConstraint(
            "octet_length(body_sha256) = 32", name=op.f("ck_bank_message_digest_length")
        ),
        sa.ForeignKeyConstraint(
            ["area_code", "submission_id"],
            ["submission.area_code", "submission.id"],
            name=op.f("fk_bank_message_area_code_submission_id"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_bank_message")),
    )
    op.create_index(
        "ix_bank_message_submission", "bank_message", ["area_code", "submission_id"], unique=False
    )
    op.create_table(
        "payment_attempt",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_no", sa.Integer(), nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("decision_state", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default=sa.text("'unknown'"), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("is_final", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "posted_paid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column(
            "posted_returned_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("posted_released", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(decision_state IN ('signed', 'sending')) <= (submission_id IS NOT NULL)",
            name=op.f("ck_payment_attempt_signed_has_submission"),
        ),
        sa.CheckConstraint(
            "decision_state IN ('draft', 'approved', 'signed', 'sending', 'voided')",
            name=op.f("ck_payment_attempt_decision_state_known"),
        ),
        sa.CheckConstraint(
            "end_to_end_id = replace(id::text, '-', '')",
            name=op.f("ck_payment_attempt_end_to_end_id_is_id"),
        ),
        sa.CheckConstraint(
            "outcome IN ('unknown', 'received', 'accepted', 'in_settlement', 'debited', 'credited', 'rejected', 'cancelled', 'returned', 'not_sent', 'suspect_return', 'blocked', 'conflict')",
            name=op.f("ck_payment_attempt_outcome_known"),
        ),
        sa.CheckConstraint(
            "NOT (posted_released AND posted_paid_minor > 0)",
            name=op.f("ck_payment_attempt_released_or_paid_never_both"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_attempt_amount_positive")),
        sa.CheckConstraint("attempt_no > 0", name=op.f("ck_payment_attempt_attempt_no_positive")),
        sa.CheckConstraint(
            "posted_paid_minor IN (0, amount_minor)",
            name=op.f("ck_payment_attempt_posted_paid_is_all_or_nothing"),
        ),
        sa.CheckConstraint(
            "posted_returned_minor BETWEEN 0 AND posted_paid_minor",
            name=op.f("ck_payment_attempt_posted_returned_within_paid"),
        ),
        sa.ForeignKeyConstraint(
            ["area_code", "payment_id"],
            ["payment.area_code", "payment.id"],
            name=op.f("fk_payment_attempt_area_code_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["area_code", "submission_id"],
            ["submission.area_code", "submission.id"],
            name=op.f("fk_payment_attempt_area_code_submission_id"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint(
            "area_code", "end_to_end_id", name=op.f("uq_payment_attempt_area_code_end_to_end_id")
        ),
        sa.UniqueConstraint(
            "area_code",
            "payment_id",
            "attempt_no",
            name=op.f("uq_payment_attempt_area_code_payment_id_attempt_no"),
        ),
    )
    op.create_index(
        "ix_payment_attempt_submission",
        "payment_attempt",
        ["area_code", "submission_id"],
        unique=False,
    )
    op.create_index(
        "uq_payment_attempt_open",
        "payment_attempt",
        ["area_code", "payment_id"],
        unique=True,
        postgresql_where=sa.text("NOT is_final"),
    )
    op.create_table(
        "payment_decision",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('not_sent', 'return_confirmed', 'return_dismissed')",
            name=op.f("ck_payment_decision_kind_known"),
        ),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)",
            name=op.f("ck_payment_decision_confirmed_together"),
        ),
        sa.CheckConstraint(
            "proposed_by <> confirmed_by", name=op.f("ck_payment_decision_two_different_people")
        ),
        sa.ForeignKeyConstraint(
            ["area_code", "attempt_id"],
            ["payment_attempt.area_code", "payment_attempt.id"],
            name=op.f("fk_payment_decision_area_code_attempt_id"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_decision")),
    )
    op.create_index(
        "uq_payment_decision_open",
        "payment_decision",
        ["area_code", "attempt_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_by IS NULL"),
    )
    op.create_table(
        "payment_evidence",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("code_map_version", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("bank_message_id", sa.Uuid(), nullable=True),
        sa.Column("statement_entry_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_first", sa.Uuid(), nullable=True),
        sa.Column("decided_by_second", sa.Uuid(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(source = 'human_decision') = (decided_by_first IS NOT NULL) AND (source = 'human_decision') = (decided_by_second IS NOT NULL) AND decided_by_first IS DISTINCT FROM decided_by_second OR source <> 'human_decision' AND decided_by_first IS NULL AND decided_by_second IS NULL",
            name=op.f("ck_payment_evidence_two_people_decide"),
        ),
        sa.CheckConstraint(
            "source IN ('synchronous_reply', 'status_inquiry', 'statement_booking', 'human_decision')",
            name=op.f("ck_payment_evidence_source_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_evidence_amount_positive")),
        sa.CheckConstraint(
            "octet_length(digest) = 32", name=op.f("ck_payment_evidence_digest_length")
        ),
        sa.ForeignKeyConstraint(
            ["area_code", "attempt_id"],
            ["payment_attempt.area_code", "payment_attempt.id"],
            name=op.f("fk_payment_evidence_area_code_attempt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["area_code", "bank_message_id"],
            ["bank_message.area_code", "bank_message.id"],
            name=op.f("fk_payment_evidence_area_code_bank_message_id"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_evidence")),
        sa.UniqueConstraint(
            "area_code",
            "attempt_id",
            "digest",
            name=op.f("uq_payment_evidence_area_code_attempt_id_digest"),
        ),
    )
    for statement in SECURITY.strip().split(";\n"):
        op.execute(statement.rstrip(";\n"))


def create_roles() -> None:
    """Makes the roles unless another database of this server already did."""
    made = op.get_bind().exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = 'zhijie_area'")
    if made.first() is None:
        for statement in ROLES.strip().split(";\n"):
            op.execute(statement.rstrip(";\n"))


def downgrade() -> None:
    raise RuntimeError("money is never migrated backwards: restore a backup")
