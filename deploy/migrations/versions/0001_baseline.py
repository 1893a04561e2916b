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
    TO zhijie_app, zhijie_system, zhijie_signer, zhijie_area, zhijie_hospital, zhijie_supplier;
GRANT SELECT ON acceptance_seal TO zhijie_system;
GRANT SELECT, INSERT ON acceptance_seal TO zhijie_area;
GRANT UPDATE (sealed_until) ON acceptance_seal TO zhijie_area;
ALTER TABLE acceptance_seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE acceptance_seal FORCE ROW LEVEL SECURITY;
CREATE POLICY acceptance_seal_area ON acceptance_seal TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON account_balance TO zhijie_system;
GRANT SELECT, INSERT ON account_balance TO zhijie_area;
ALTER TABLE account_balance ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_balance FORCE ROW LEVEL SECURITY;
CREATE POLICY account_balance_area ON account_balance TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON accounting_period TO zhijie_system;
GRANT SELECT, INSERT ON accounting_period TO zhijie_area;
GRANT UPDATE (state, closed_at, closed_by) ON accounting_period TO zhijie_area;
ALTER TABLE accounting_period ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounting_period FORCE ROW LEVEL SECURITY;
CREATE POLICY accounting_period_area ON accounting_period TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON agency TO zhijie_system;
GRANT SELECT, INSERT ON agency TO zhijie_area;
GRANT UPDATE (name, name_pinyin) ON agency TO zhijie_area;
GRANT SELECT ON agency TO zhijie_hospital;
GRANT SELECT ON agency TO zhijie_supplier;
ALTER TABLE agency ENABLE ROW LEVEL SECURITY;
ALTER TABLE agency FORCE ROW LEVEL SECURITY;
CREATE POLICY agency_area ON agency TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY agency_hospital ON agency FOR SELECT TO zhijie_hospital USING (true);
CREATE POLICY agency_supplier ON agency FOR SELECT TO zhijie_supplier USING (true);
GRANT SELECT ON agency_account TO zhijie_system;
GRANT SELECT, INSERT ON agency_account TO zhijie_area;
GRANT UPDATE (account_name, valid_to) ON agency_account TO zhijie_area;
GRANT SELECT ON agency_account TO zhijie_signer;
ALTER TABLE agency_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE agency_account FORCE ROW LEVEL SECURITY;
CREATE POLICY agency_account_area ON agency_account TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY agency_account_signer ON agency_account TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON agreed_volume TO zhijie_system;
GRANT SELECT, INSERT ON agreed_volume TO zhijie_area;
GRANT UPDATE (superseded_at) ON agreed_volume TO zhijie_area;
ALTER TABLE agreed_volume ENABLE ROW LEVEL SECURITY;
ALTER TABLE agreed_volume FORCE ROW LEVEL SECURITY;
CREATE POLICY agreed_volume_area ON agreed_volume TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON api_key TO zhijie_system;
GRANT SELECT, INSERT ON api_key TO zhijie_app;
GRANT UPDATE (revoked_at) ON api_key TO zhijie_app;
GRANT SELECT ON application_counter TO zhijie_system;
GRANT SELECT, INSERT ON application_counter TO zhijie_area;
GRANT UPDATE (last_run_no) ON application_counter TO zhijie_area;
ALTER TABLE application_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_counter FORCE ROW LEVEL SECURITY;
CREATE POLICY application_counter_area ON application_counter TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON application_line TO zhijie_system;
GRANT SELECT, INSERT ON application_line TO zhijie_area;
GRANT UPDATE (quantity_milli, amount_minor, status, dispute_reason, dispute_note, confirmed_by, confirmed_at, first_reviewed_by, first_reviewed_at, re_reviewed_by, accepted_at, shares_fixed) ON application_line TO zhijie_area;
GRANT SELECT ON application_line TO zhijie_hospital;
GRANT SELECT ON application_line TO zhijie_supplier;
ALTER TABLE application_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_line FORCE ROW LEVEL SECURITY;
CREATE POLICY application_line_area ON application_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY application_line_hospital ON application_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY application_line_supplier ON application_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON application_line_transition TO zhijie_system;
GRANT SELECT, INSERT ON application_line_transition TO zhijie_area;
ALTER TABLE application_line_transition ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_line_transition FORCE ROW LEVEL SECURITY;
CREATE POLICY application_line_transition_area ON application_line_transition TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON approval TO zhijie_system;
GRANT SELECT, INSERT ON approval TO zhijie_area;
GRANT SELECT ON approval TO zhijie_signer;
ALTER TABLE approval ENABLE ROW LEVEL SECURITY;
ALTER TABLE approval FORCE ROW LEVEL SECURITY;
CREATE POLICY approval_area ON approval TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY approval_signer ON approval TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON area TO zhijie_system;
GRANT SELECT, INSERT ON area TO zhijie_app;
GRANT UPDATE (name, name_pinyin) ON area TO zhijie_app;
GRANT SELECT ON area TO zhijie_area;
GRANT SELECT ON area TO zhijie_hospital;
GRANT SELECT ON area TO zhijie_supplier;
GRANT SELECT ON area TO zhijie_signer;
GRANT SELECT ON bank_message TO zhijie_system;
GRANT SELECT, INSERT ON bank_message TO zhijie_area;
GRANT UPDATE (read_at, xsd_valid, finding) ON bank_message TO zhijie_area;
ALTER TABLE bank_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE bank_message FORCE ROW LEVEL SECURITY;
CREATE POLICY bank_message_area ON bank_message TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON bank_statement TO zhijie_system;
GRANT SELECT, INSERT ON bank_statement TO zhijie_area;
GRANT UPDATE (opening_proposed_by, opening_confirmed_by, continuity, chain_difference_minor) ON bank_statement TO zhijie_area;
ALTER TABLE bank_statement ENABLE ROW LEVEL SECURITY;
ALTER TABLE bank_statement FORCE ROW LEVEL SECURITY;
CREATE POLICY bank_statement_area ON bank_statement TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON batch_counter TO zhijie_system;
GRANT SELECT, INSERT ON batch_counter TO zhijie_area;
GRANT UPDATE (last_no) ON batch_counter TO zhijie_area;
ALTER TABLE batch_counter ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch_counter FORCE ROW LEVEL SECURITY;
CREATE POLICY batch_counter_area ON batch_counter TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON batch_exclusion TO zhijie_system;
GRANT SELECT, INSERT ON batch_exclusion TO zhijie_area;
GRANT SELECT ON batch_exclusion TO zhijie_hospital;
GRANT SELECT ON batch_exclusion TO zhijie_supplier;
GRANT SELECT ON batch_exclusion TO zhijie_signer;
ALTER TABLE batch_exclusion ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch_exclusion FORCE ROW LEVEL SECURITY;
CREATE POLICY batch_exclusion_area ON batch_exclusion TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY batch_exclusion_signer ON batch_exclusion TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY batch_exclusion_hospital ON batch_exclusion FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY batch_exclusion_supplier ON batch_exclusion FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON batch_recovery TO zhijie_system;
GRANT SELECT, INSERT ON batch_recovery TO zhijie_area;
GRANT SELECT ON batch_recovery TO zhijie_hospital;
GRANT SELECT ON batch_recovery TO zhijie_signer;
ALTER TABLE batch_recovery ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch_recovery FORCE ROW LEVEL SECURITY;
CREATE POLICY batch_recovery_area ON batch_recovery TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY batch_recovery_signer ON batch_recovery TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY batch_recovery_hospital ON batch_recovery FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
GRANT SELECT ON business_clock TO zhijie_system;
GRANT SELECT, INSERT ON business_clock TO zhijie_area;
GRANT UPDATE ON business_clock TO zhijie_area;
GRANT SELECT, INSERT ON business_clock TO zhijie_app;
GRANT UPDATE ON business_clock TO zhijie_app;
GRANT SELECT ON business_clock TO zhijie_signer;
GRANT SELECT ON calendar_day TO zhijie_system;
GRANT SELECT, INSERT ON calendar_day TO zhijie_app;
GRANT UPDATE (superseded_at) ON calendar_day TO zhijie_app;
GRANT SELECT ON calendar_day TO zhijie_area;
GRANT SELECT ON calendar_day TO zhijie_hospital;
GRANT SELECT ON calendar_day TO zhijie_supplier;
GRANT SELECT ON calendar_year TO zhijie_system;
GRANT SELECT, INSERT ON calendar_year TO zhijie_app;
GRANT SELECT ON calendar_year TO zhijie_area;
GRANT SELECT ON calendar_year TO zhijie_hospital;
GRANT SELECT ON calendar_year TO zhijie_supplier;
GRANT SELECT ON carried_return TO zhijie_system;
GRANT SELECT, INSERT ON carried_return TO zhijie_area;
GRANT UPDATE (amount_minor, receivable_at, closed_at) ON carried_return TO zhijie_area;
GRANT SELECT ON carried_return TO zhijie_hospital;
GRANT SELECT ON carried_return TO zhijie_supplier;
ALTER TABLE carried_return ENABLE ROW LEVEL SECURITY;
ALTER TABLE carried_return FORCE ROW LEVEL SECURITY;
CREATE POLICY carried_return_area ON carried_return TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY carried_return_hospital ON carried_return FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY carried_return_supplier ON carried_return FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON charge_term TO zhijie_system;
GRANT SELECT, INSERT ON charge_term TO zhijie_app;
GRANT UPDATE (superseded_at) ON charge_term TO zhijie_app;
GRANT SELECT ON charge_term TO zhijie_area;
GRANT SELECT ON charge_term TO zhijie_hospital;
GRANT SELECT ON charge_term TO zhijie_supplier;
GRANT SELECT ON claim_capacity TO zhijie_system;
GRANT SELECT, INSERT ON claim_capacity TO zhijie_area;
GRANT UPDATE (available_minor, reserved_minor, consumed_minor, excess_minor) ON claim_capacity TO zhijie_area;
GRANT SELECT ON claim_capacity TO zhijie_hospital;
ALTER TABLE claim_capacity ENABLE ROW LEVEL SECURITY;
ALTER TABLE claim_capacity FORCE ROW LEVEL SECURITY;
CREATE POLICY claim_capacity_area ON claim_capacity TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY claim_capacity_hospital ON claim_capacity FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
GRANT SELECT ON contract TO zhijie_system;
GRANT SELECT, INSERT ON contract TO zhijie_app;
GRANT UPDATE (superseded_at) ON contract TO zhijie_app;
GRANT SELECT ON contract TO zhijie_area;
GRANT SELECT ON contract TO zhijie_hospital;
GRANT SELECT ON contract TO zhijie_supplier;
GRANT SELECT ON contract_scope TO zhijie_system;
GRANT SELECT, INSERT ON contract_scope TO zhijie_app;
GRANT UPDATE (superseded_at) ON contract_scope TO zhijie_app;
GRANT SELECT ON contract_scope TO zhijie_area;
GRANT SELECT ON contract_scope TO zhijie_hospital;
GRANT SELECT ON contract_scope TO zhijie_supplier;
GRANT SELECT ON decision_context TO zhijie_system;
GRANT SELECT, INSERT ON decision_context TO zhijie_area;
ALTER TABLE decision_context ENABLE ROW LEVEL SECURITY;
ALTER TABLE decision_context FORCE ROW LEVEL SECURITY;
CREATE POLICY decision_context_area ON decision_context TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON despatch_line TO zhijie_system;
GRANT SELECT, INSERT ON despatch_line TO zhijie_area;
GRANT UPDATE (state, product_id, unit_factor_known, quantity_milli) ON despatch_line TO zhijie_area;
GRANT SELECT ON despatch_line TO zhijie_hospital;
GRANT SELECT ON despatch_line TO zhijie_supplier;
ALTER TABLE despatch_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE despatch_line FORCE ROW LEVEL SECURITY;
CREATE POLICY despatch_line_area ON despatch_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY despatch_line_hospital ON despatch_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY despatch_line_supplier ON despatch_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON discrepancy TO zhijie_system;
GRANT SELECT, INSERT ON discrepancy TO zhijie_area;
GRANT UPDATE (status, superseded_by_run_id, note, resolved_by, resolution_id, act_by_date, deadline_date) ON discrepancy TO zhijie_area;
GRANT SELECT ON discrepancy TO zhijie_hospital;
GRANT SELECT ON discrepancy TO zhijie_supplier;
ALTER TABLE discrepancy ENABLE ROW LEVEL SECURITY;
ALTER TABLE discrepancy FORCE ROW LEVEL SECURITY;
CREATE POLICY discrepancy_area ON discrepancy TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY discrepancy_hospital ON discrepancy FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY discrepancy_supplier ON discrepancy FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON distributor_authorization TO zhijie_system;
GRANT SELECT, INSERT ON distributor_authorization TO zhijie_app;
GRANT UPDATE (superseded_at) ON distributor_authorization TO zhijie_app;
GRANT SELECT ON distributor_authorization TO zhijie_area;
GRANT SELECT ON distributor_authorization TO zhijie_hospital;
GRANT SELECT ON distributor_authorization TO zhijie_supplier;
GRANT SELECT ON document TO zhijie_system;
GRANT SELECT, INSERT ON document TO zhijie_area;
GRANT UPDATE (state, superseded_by_id) ON document TO zhijie_area;
GRANT SELECT ON document TO zhijie_hospital;
GRANT SELECT ON document TO zhijie_supplier;
ALTER TABLE document ENABLE ROW LEVEL SECURITY;
ALTER TABLE document FORCE ROW LEVEL SECURITY;
CREATE POLICY document_area ON document TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY document_hospital ON document FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY document_supplier ON document FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON document_cancellation TO zhijie_system;
GRANT SELECT, INSERT ON document_cancellation TO zhijie_area;
GRANT UPDATE (state) ON document_cancellation TO zhijie_area;
GRANT SELECT ON document_cancellation TO zhijie_hospital;
GRANT SELECT ON document_cancellation TO zhijie_supplier;
ALTER TABLE document_cancellation ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_cancellation FORCE ROW LEVEL SECURITY;
CREATE POLICY document_cancellation_area ON document_cancellation TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY document_cancellation_hospital ON document_cancellation FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY document_cancellation_supplier ON document_cancellation FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON document_gate TO zhijie_system;
GRANT SELECT, INSERT ON document_gate TO zhijie_area;
GRANT UPDATE (opened_at) ON document_gate TO zhijie_area;
ALTER TABLE document_gate ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_gate FORCE ROW LEVEL SECURITY;
CREATE POLICY document_gate_area ON document_gate TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON document_registry TO zhijie_system;
GRANT SELECT, INSERT ON document_registry TO zhijie_area;
GRANT SELECT, INSERT ON document_registry TO zhijie_app;
GRANT SELECT ON fund_document TO zhijie_system;
GRANT SELECT, INSERT ON fund_document TO zhijie_area;
GRANT UPDATE (state) ON fund_document TO zhijie_area;
GRANT SELECT ON fund_document TO zhijie_hospital;
ALTER TABLE fund_document ENABLE ROW LEVEL SECURITY;
ALTER TABLE fund_document FORCE ROW LEVEL SECURITY;
CREATE POLICY fund_document_area ON fund_document TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY fund_document_hospital ON fund_document FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
GRANT SELECT ON fund_import TO zhijie_system;
GRANT SELECT, INSERT ON fund_import TO zhijie_area;
ALTER TABLE fund_import ENABLE ROW LEVEL SECURITY;
ALTER TABLE fund_import FORCE ROW LEVEL SECURITY;
CREATE POLICY fund_import_area ON fund_import TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON funding_source TO zhijie_system;
GRANT SELECT, INSERT ON funding_source TO zhijie_area;
GRANT UPDATE (approved_by, approved_at) ON funding_source TO zhijie_area;
ALTER TABLE funding_source ENABLE ROW LEVEL SECURITY;
ALTER TABLE funding_source FORCE ROW LEVEL SECURITY;
CREATE POLICY funding_source_area ON funding_source TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON goods_receipt_line TO zhijie_system;
GRANT SELECT, INSERT ON goods_receipt_line TO zhijie_area;
GRANT UPDATE (state, product_id, unit_factor_known, accepted_milli, rejected_milli) ON goods_receipt_line TO zhijie_area;
GRANT SELECT ON goods_receipt_line TO zhijie_hospital;
GRANT SELECT ON goods_receipt_line TO zhijie_supplier;
ALTER TABLE goods_receipt_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE goods_receipt_line FORCE ROW LEVEL SECURITY;
CREATE POLICY goods_receipt_line_area ON goods_receipt_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY goods_receipt_line_hospital ON goods_receipt_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY goods_receipt_line_supplier ON goods_receipt_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON hospital TO zhijie_system;
GRANT SELECT, INSERT ON hospital TO zhijie_area;
GRANT UPDATE (name, name_pinyin, level, ownership, suspended_from) ON hospital TO zhijie_area;
GRANT SELECT ON hospital TO zhijie_hospital;
GRANT SELECT ON hospital TO zhijie_supplier;
ALTER TABLE hospital ENABLE ROW LEVEL SECURITY;
ALTER TABLE hospital FORCE ROW LEVEL SECURITY;
CREATE POLICY hospital_area ON hospital TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY hospital_hospital ON hospital FOR SELECT TO zhijie_hospital USING (id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY hospital_supplier ON hospital FOR SELECT TO zhijie_supplier USING (true);
GRANT SELECT ON hospital_registry TO zhijie_system;
GRANT SELECT, INSERT ON hospital_registry TO zhijie_area;
GRANT SELECT, INSERT ON hospital_registry TO zhijie_app;
GRANT SELECT ON import_gate TO zhijie_system;
GRANT SELECT, INSERT ON import_gate TO zhijie_area;
GRANT UPDATE (last_sha256) ON import_gate TO zhijie_area;
GRANT SELECT, INSERT ON import_gate TO zhijie_app;
GRANT UPDATE (last_sha256) ON import_gate TO zhijie_app;
GRANT SELECT ON installation_key TO zhijie_system;
GRANT SELECT, INSERT ON installation_key TO zhijie_area;
GRANT SELECT, INSERT ON installation_key TO zhijie_app;
GRANT SELECT ON installation_key TO zhijie_signer;
GRANT SELECT ON intake TO zhijie_system;
GRANT SELECT, INSERT ON intake TO zhijie_area;
GRANT UPDATE ON intake TO zhijie_area;
GRANT SELECT, INSERT ON intake TO zhijie_app;
GRANT UPDATE ON intake TO zhijie_app;
GRANT SELECT ON intake_chunk TO zhijie_system;
GRANT SELECT, INSERT ON intake_chunk TO zhijie_area;
GRANT SELECT, INSERT ON intake_chunk TO zhijie_app;
GRANT SELECT ON intake_part TO zhijie_system;
GRANT SELECT, INSERT ON intake_part TO zhijie_area;
GRANT SELECT, INSERT ON intake_part TO zhijie_app;
GRANT SELECT ON intake_result TO zhijie_system;
GRANT SELECT, INSERT ON intake_result TO zhijie_area;
GRANT SELECT, INSERT ON intake_result TO zhijie_app;
GRANT SELECT ON invoice_claim TO zhijie_system;
GRANT SELECT, INSERT ON invoice_claim TO zhijie_area;
GRANT UPDATE ON invoice_claim TO zhijie_area;
GRANT SELECT, INSERT ON invoice_claim TO zhijie_app;
GRANT UPDATE ON invoice_claim TO zhijie_app;
GRANT SELECT ON invoice_line TO zhijie_system;
GRANT SELECT, INSERT ON invoice_line TO zhijie_area;
GRANT UPDATE (state, product_id, unit_factor_known, quantity_milli) ON invoice_line TO zhijie_area;
GRANT SELECT ON invoice_line TO zhijie_hospital;
GRANT SELECT ON invoice_line TO zhijie_supplier;
ALTER TABLE invoice_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoice_line FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_line_area ON invoice_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY invoice_line_hospital ON invoice_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY invoice_line_supplier ON invoice_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON invoice_link_line TO zhijie_system;
GRANT SELECT, INSERT ON invoice_link_line TO zhijie_area;
GRANT UPDATE (state) ON invoice_link_line TO zhijie_area;
GRANT SELECT ON invoice_link_line TO zhijie_hospital;
GRANT SELECT ON invoice_link_line TO zhijie_supplier;
ALTER TABLE invoice_link_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE invoice_link_line FORCE ROW LEVEL SECURITY;
CREATE POLICY invoice_link_line_area ON invoice_link_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY invoice_link_line_hospital ON invoice_link_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY invoice_link_line_supplier ON invoice_link_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON invoice_registry TO zhijie_system;
GRANT SELECT, INSERT ON invoice_registry TO zhijie_area;
GRANT UPDATE ON invoice_registry TO zhijie_area;
GRANT SELECT, INSERT ON invoice_registry TO zhijie_app;
GRANT UPDATE ON invoice_registry TO zhijie_app;
GRANT SELECT ON ledger TO zhijie_system;
GRANT SELECT, INSERT ON ledger TO zhijie_area;
ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_area ON ledger TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON ledger_account TO zhijie_system;
GRANT SELECT, INSERT ON ledger_account TO zhijie_area;
ALTER TABLE ledger_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_account FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_account_area ON ledger_account TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON ledger_head TO zhijie_system;
GRANT SELECT, INSERT ON ledger_head TO zhijie_area;
GRANT UPDATE (last_number, last_posted_at) ON ledger_head TO zhijie_area;
ALTER TABLE ledger_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_head FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_head_area ON ledger_head TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON ledger_posting TO zhijie_system;
GRANT SELECT, INSERT ON ledger_posting TO zhijie_area;
ALTER TABLE ledger_posting ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_posting FORCE ROW LEVEL SECURITY;
CREATE POLICY ledger_posting_area ON ledger_posting TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON lodged_head TO zhijie_system;
GRANT SELECT, INSERT ON lodged_head TO zhijie_area;
ALTER TABLE lodged_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE lodged_head FORCE ROW LEVEL SECURITY;
CREATE POLICY lodged_head_area ON lodged_head TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON mandate TO zhijie_system;
GRANT SELECT, INSERT ON mandate TO zhijie_area;
GRANT UPDATE (superseded_at) ON mandate TO zhijie_area;
GRANT SELECT ON mandate TO zhijie_hospital;
ALTER TABLE mandate ENABLE ROW LEVEL SECURITY;
ALTER TABLE mandate FORCE ROW LEVEL SECURITY;
CREATE POLICY mandate_area ON mandate TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY mandate_hospital ON mandate FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
GRANT SELECT ON match_head TO zhijie_system;
GRANT SELECT, INSERT ON match_head TO zhijie_area;
GRANT UPDATE (last_run_number) ON match_head TO zhijie_area;
ALTER TABLE match_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE match_head FORCE ROW LEVEL SECURITY;
CREATE POLICY match_head_area ON match_head TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON match_request TO zhijie_system;
GRANT SELECT, INSERT ON match_request TO zhijie_area;
GRANT UPDATE ON match_request TO zhijie_area;
ALTER TABLE match_request ENABLE ROW LEVEL SECURITY;
ALTER TABLE match_request FORCE ROW LEVEL SECURITY;
CREATE POLICY match_request_area ON match_request TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON match_request_component TO zhijie_system;
GRANT SELECT, INSERT ON match_request_component TO zhijie_area;
GRANT DELETE ON match_request_component TO zhijie_area;
ALTER TABLE match_request_component ENABLE ROW LEVEL SECURITY;
ALTER TABLE match_request_component FORCE ROW LEVEL SECURITY;
CREATE POLICY match_request_component_area ON match_request_component TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON match_run TO zhijie_system;
GRANT SELECT, INSERT ON match_run TO zhijie_area;
ALTER TABLE match_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE match_run FORCE ROW LEVEL SECURITY;
CREATE POLICY match_run_area ON match_run TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON offset_instruction TO zhijie_system;
GRANT SELECT, INSERT ON offset_instruction TO zhijie_area;
GRANT UPDATE (status, acknowledged_by, acknowledged_at, reminded_date, reminder_count) ON offset_instruction TO zhijie_area;
GRANT SELECT ON offset_instruction TO zhijie_hospital;
ALTER TABLE offset_instruction ENABLE ROW LEVEL SECURITY;
ALTER TABLE offset_instruction FORCE ROW LEVEL SECURITY;
CREATE POLICY offset_instruction_area ON offset_instruction TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY offset_instruction_hospital ON offset_instruction FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
GRANT SELECT ON order_line_forecast TO zhijie_system;
GRANT SELECT, INSERT ON order_line_forecast TO zhijie_area;
GRANT UPDATE ON order_line_forecast TO zhijie_area;
GRANT SELECT ON order_line_forecast TO zhijie_hospital;
GRANT SELECT ON order_line_forecast TO zhijie_supplier;
ALTER TABLE order_line_forecast ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_line_forecast FORCE ROW LEVEL SECURITY;
CREATE POLICY order_line_forecast_area ON order_line_forecast TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY order_line_forecast_hospital ON order_line_forecast FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY order_line_forecast_supplier ON order_line_forecast FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON outbox_event TO zhijie_system;
GRANT SELECT, INSERT ON outbox_event TO zhijie_area;
ALTER TABLE outbox_event ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_event FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_event_area ON outbox_event TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON outbox_pending TO zhijie_system;
GRANT SELECT, INSERT ON outbox_pending TO zhijie_area;
GRANT DELETE ON outbox_pending TO zhijie_area;
GRANT SELECT, INSERT ON outbox_pending TO zhijie_app;
GRANT DELETE ON outbox_pending TO zhijie_app;
GRANT SELECT ON payable TO zhijie_system;
GRANT SELECT, INSERT ON payable TO zhijie_area;
GRANT UPDATE (status, superseded_by_run_id, due_date, due_date_state) ON payable TO zhijie_area;
GRANT SELECT ON payable TO zhijie_hospital;
GRANT SELECT ON payable TO zhijie_supplier;
ALTER TABLE payable ENABLE ROW LEVEL SECURITY;
ALTER TABLE payable FORCE ROW LEVEL SECURITY;
CREATE POLICY payable_area ON payable TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payable_hospital ON payable FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY payable_supplier ON payable FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON payable_share TO zhijie_system;
GRANT SELECT, INSERT ON payable_share TO zhijie_area;
GRANT UPDATE (reserved_minor, paid_minor, returned_minor, set_off_minor) ON payable_share TO zhijie_area;
GRANT SELECT ON payable_share TO zhijie_hospital;
GRANT SELECT ON payable_share TO zhijie_supplier;
ALTER TABLE payable_share ENABLE ROW LEVEL SECURITY;
ALTER TABLE payable_share FORCE ROW LEVEL SECURITY;
CREATE POLICY payable_share_area ON payable_share TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payable_share_hospital ON payable_share FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY payable_share_supplier ON payable_share FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON payee_account TO zhijie_system;
GRANT SELECT, INSERT ON payee_account TO zhijie_app;
GRANT UPDATE (verification_state, verified_by_first, verified_by_second, verified_at, valid_to) ON payee_account TO zhijie_app;
GRANT SELECT ON payee_account TO zhijie_area;
GRANT SELECT ON payee_account TO zhijie_supplier;
ALTER TABLE payee_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE payee_account FORCE ROW LEVEL SECURITY;
CREATE POLICY payee_account_area ON payee_account FOR SELECT TO zhijie_area USING (true);
CREATE POLICY payee_account_app ON payee_account TO zhijie_app USING (true) WITH CHECK (true);
CREATE POLICY payee_account_supplier ON payee_account FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON payment TO zhijie_system;
GRANT SELECT, INSERT ON payment TO zhijie_area;
GRANT UPDATE (outcome, returned_minor, is_released) ON payment TO zhijie_area;
GRANT SELECT ON payment TO zhijie_supplier;
GRANT SELECT ON payment TO zhijie_signer;
ALTER TABLE payment ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_area ON payment TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_signer ON payment TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_supplier ON payment FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON payment_attempt TO zhijie_system;
GRANT SELECT, INSERT ON payment_attempt TO zhijie_area;
GRANT UPDATE (decision_state, submission_id, outcome, returned_minor, is_final, posted_paid_minor, posted_returned_minor, posted_released, posted_disowned_minor, version) ON payment_attempt TO zhijie_area;
GRANT SELECT ON payment_attempt TO zhijie_signer;
ALTER TABLE payment_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_attempt_area ON payment_attempt TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_attempt_signer ON payment_attempt TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON payment_batch TO zhijie_system;
GRANT SELECT, INSERT ON payment_batch TO zhijie_area;
GRANT UPDATE (status, approved_by, approved_at, released_by, released_at, voided_by, voided_at, void_reason, content_hash, halted_at, version) ON payment_batch TO zhijie_area;
GRANT SELECT ON payment_batch TO zhijie_signer;
ALTER TABLE payment_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_batch_area ON payment_batch TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_batch_signer ON payment_batch TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON payment_decision TO zhijie_system;
GRANT SELECT, INSERT ON payment_decision TO zhijie_area;
GRANT UPDATE (confirmed_by, confirmed_at, withdrawn_by, withdrawn_at) ON payment_decision TO zhijie_area;
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
GRANT SELECT ON payment_item TO zhijie_signer;
ALTER TABLE payment_item ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_item FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_item_area ON payment_item TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_item_signer ON payment_item TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY payment_item_hospital ON payment_item FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY payment_item_supplier ON payment_item FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON payment_stop TO zhijie_system;
GRANT SELECT, INSERT ON payment_stop TO zhijie_area;
GRANT UPDATE (conflict_at, lift_proposed_by, lifted_by, lifted_at) ON payment_stop TO zhijie_area;
ALTER TABLE payment_stop ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_stop FORCE ROW LEVEL SECURITY;
CREATE POLICY payment_stop_area ON payment_stop TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON period_movement TO zhijie_system;
GRANT SELECT, INSERT ON period_movement TO zhijie_area;
ALTER TABLE period_movement ENABLE ROW LEVEL SECURITY;
ALTER TABLE period_movement FORCE ROW LEVEL SECURITY;
CREATE POLICY period_movement_area ON period_movement TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON place TO zhijie_system;
GRANT SELECT, INSERT ON place TO zhijie_app;
GRANT UPDATE (name, name_pinyin, valid_to) ON place TO zhijie_app;
GRANT SELECT ON place TO zhijie_area;
GRANT SELECT ON place TO zhijie_hospital;
GRANT SELECT ON place TO zhijie_supplier;
GRANT SELECT ON platform_event TO zhijie_system;
GRANT SELECT, INSERT ON platform_event TO zhijie_area;
GRANT SELECT, INSERT ON platform_event TO zhijie_app;
GRANT SELECT ON procurement_round TO zhijie_system;
GRANT SELECT, INSERT ON procurement_round TO zhijie_app;
GRANT UPDATE (name) ON procurement_round TO zhijie_app;
GRANT SELECT ON procurement_round TO zhijie_area;
GRANT SELECT ON procurement_round TO zhijie_hospital;
GRANT SELECT ON procurement_round TO zhijie_supplier;
GRANT SELECT ON product TO zhijie_system;
GRANT SELECT, INSERT ON product TO zhijie_app;
GRANT UPDATE (name, name_pinyin, specification) ON product TO zhijie_app;
GRANT SELECT ON product TO zhijie_area;
GRANT SELECT ON product TO zhijie_hospital;
GRANT SELECT ON product TO zhijie_supplier;
GRANT SELECT ON product_group_member TO zhijie_system;
GRANT SELECT, INSERT ON product_group_member TO zhijie_app;
GRANT UPDATE (superseded_at) ON product_group_member TO zhijie_app;
GRANT SELECT ON product_group_member TO zhijie_area;
GRANT SELECT ON product_group_member TO zhijie_hospital;
GRANT SELECT ON product_group_member TO zhijie_supplier;
GRANT SELECT ON product_unit TO zhijie_system;
GRANT SELECT, INSERT ON product_unit TO zhijie_app;
GRANT SELECT ON product_unit TO zhijie_area;
GRANT SELECT ON product_unit TO zhijie_hospital;
GRANT SELECT ON product_unit TO zhijie_supplier;
GRANT SELECT ON purchase_order_line TO zhijie_system;
GRANT SELECT, INSERT ON purchase_order_line TO zhijie_area;
GRANT UPDATE (state, product_id, unit_factor_known, quantity_milli, price_micro, price_pack_size) ON purchase_order_line TO zhijie_area;
GRANT SELECT ON purchase_order_line TO zhijie_hospital;
GRANT SELECT ON purchase_order_line TO zhijie_supplier;
ALTER TABLE purchase_order_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE purchase_order_line FORCE ROW LEVEL SECURITY;
CREATE POLICY purchase_order_line_area ON purchase_order_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY purchase_order_line_hospital ON purchase_order_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY purchase_order_line_supplier ON purchase_order_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON relay_cursor TO zhijie_system;
GRANT SELECT, INSERT ON relay_cursor TO zhijie_area;
GRANT UPDATE (number) ON relay_cursor TO zhijie_area;
ALTER TABLE relay_cursor ENABLE ROW LEVEL SECURITY;
ALTER TABLE relay_cursor FORCE ROW LEVEL SECURITY;
CREATE POLICY relay_cursor_area ON relay_cursor TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON replay TO zhijie_system;
GRANT SELECT, INSERT ON replay TO zhijie_area;
GRANT UPDATE ON replay TO zhijie_area;
ALTER TABLE replay ENABLE ROW LEVEL SECURITY;
ALTER TABLE replay FORCE ROW LEVEL SECURITY;
CREATE POLICY replay_area ON replay TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON replay_component TO zhijie_system;
GRANT SELECT, INSERT ON replay_component TO zhijie_area;
GRANT DELETE ON replay_component TO zhijie_area;
ALTER TABLE replay_component ENABLE ROW LEVEL SECURITY;
ALTER TABLE replay_component FORCE ROW LEVEL SECURITY;
CREATE POLICY replay_component_area ON replay_component TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON replay_difference TO zhijie_system;
GRANT SELECT, INSERT ON replay_difference TO zhijie_area;
GRANT UPDATE ON replay_difference TO zhijie_area;
ALTER TABLE replay_difference ENABLE ROW LEVEL SECURITY;
ALTER TABLE replay_difference FORCE ROW LEVEL SECURITY;
CREATE POLICY replay_difference_area ON replay_difference TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON replay_line TO zhijie_system;
GRANT SELECT, INSERT ON replay_line TO zhijie_area;
ALTER TABLE replay_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE replay_line FORCE ROW LEVEL SECURITY;
CREATE POLICY replay_line_area ON replay_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON request_key TO zhijie_system;
GRANT SELECT, INSERT ON request_key TO zhijie_area;
GRANT UPDATE (status, media_type, body) ON request_key TO zhijie_area;
GRANT DELETE ON request_key TO zhijie_area;
GRANT SELECT, INSERT ON request_key TO zhijie_app;
GRANT UPDATE (status, media_type, body) ON request_key TO zhijie_app;
GRANT DELETE ON request_key TO zhijie_app;
GRANT SELECT ON resolution TO zhijie_system;
GRANT SELECT, INSERT ON resolution TO zhijie_area;
GRANT UPDATE (status, decided_by, decided_at, before, after) ON resolution TO zhijie_area;
ALTER TABLE resolution ENABLE ROW LEVEL SECURITY;
ALTER TABLE resolution FORCE ROW LEVEL SECURITY;
CREATE POLICY resolution_area ON resolution TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON resolution_finding TO zhijie_system;
GRANT SELECT, INSERT ON resolution_finding TO zhijie_area;
GRANT UPDATE (status) ON resolution_finding TO zhijie_area;
GRANT SELECT ON resolution_finding TO zhijie_hospital;
GRANT SELECT ON resolution_finding TO zhijie_supplier;
ALTER TABLE resolution_finding ENABLE ROW LEVEL SECURITY;
ALTER TABLE resolution_finding FORCE ROW LEVEL SECURITY;
CREATE POLICY resolution_finding_area ON resolution_finding TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY resolution_finding_hospital ON resolution_finding FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY resolution_finding_supplier ON resolution_finding FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON resolution_link TO zhijie_system;
GRANT SELECT, INSERT ON resolution_link TO zhijie_area;
GRANT UPDATE (status) ON resolution_link TO zhijie_area;
GRANT SELECT ON resolution_link TO zhijie_hospital;
GRANT SELECT ON resolution_link TO zhijie_supplier;
ALTER TABLE resolution_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE resolution_link FORCE ROW LEVEL SECURITY;
CREATE POLICY resolution_link_area ON resolution_link TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY resolution_link_hospital ON resolution_link FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY resolution_link_supplier ON resolution_link FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON return_note_line TO zhijie_system;
GRANT SELECT, INSERT ON return_note_line TO zhijie_area;
GRANT UPDATE (state, product_id, unit_factor_known, quantity_milli) ON return_note_line TO zhijie_area;
GRANT SELECT ON return_note_line TO zhijie_hospital;
GRANT SELECT ON return_note_line TO zhijie_supplier;
ALTER TABLE return_note_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE return_note_line FORCE ROW LEVEL SECURITY;
CREATE POLICY return_note_line_area ON return_note_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY return_note_line_hospital ON return_note_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY return_note_line_supplier ON return_note_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON rule_pack TO zhijie_system;
GRANT SELECT, INSERT ON rule_pack TO zhijie_app;
GRANT SELECT ON rule_pack TO zhijie_area;
GRANT SELECT ON rule_pack TO zhijie_hospital;
GRANT SELECT ON rule_pack TO zhijie_supplier;
GRANT SELECT ON rule_pack_proposal TO zhijie_system;
GRANT SELECT, INSERT ON rule_pack_proposal TO zhijie_app;
GRANT UPDATE (status, decided_by, decided_at, remark) ON rule_pack_proposal TO zhijie_app;
GRANT SELECT ON rule_pack_proposal TO zhijie_area;
GRANT SELECT ON schedule_tick TO zhijie_system;
GRANT SELECT, INSERT ON schedule_tick TO zhijie_area;
GRANT UPDATE (due_at) ON schedule_tick TO zhijie_area;
GRANT DELETE ON schedule_tick TO zhijie_area;
GRANT SELECT, INSERT ON schedule_tick TO zhijie_app;
GRANT UPDATE (due_at) ON schedule_tick TO zhijie_app;
GRANT DELETE ON schedule_tick TO zhijie_app;
GRANT SELECT ON seal TO zhijie_system;
GRANT SELECT, INSERT ON seal TO zhijie_area;
ALTER TABLE seal ENABLE ROW LEVEL SECURITY;
ALTER TABLE seal FORCE ROW LEVEL SECURITY;
CREATE POLICY seal_area ON seal TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON seal_head TO zhijie_system;
GRANT SELECT, INSERT ON seal_head TO zhijie_area;
GRANT UPDATE (number, link) ON seal_head TO zhijie_area;
ALTER TABLE seal_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE seal_head FORCE ROW LEVEL SECURITY;
CREATE POLICY seal_head_area ON seal_head TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON self_payment TO zhijie_system;
GRANT SELECT, INSERT ON self_payment TO zhijie_area;
GRANT UPDATE (last_told_at) ON self_payment TO zhijie_area;
GRANT SELECT ON self_payment TO zhijie_hospital;
GRANT SELECT ON self_payment TO zhijie_supplier;
ALTER TABLE self_payment ENABLE ROW LEVEL SECURITY;
ALTER TABLE self_payment FORCE ROW LEVEL SECURITY;
CREATE POLICY self_payment_area ON self_payment TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY self_payment_hospital ON self_payment FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY self_payment_supplier ON self_payment FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON self_payment_use TO zhijie_system;
GRANT SELECT, INSERT ON self_payment_use TO zhijie_area;
GRANT SELECT ON self_payment_use TO zhijie_hospital;
GRANT SELECT ON self_payment_use TO zhijie_supplier;
ALTER TABLE self_payment_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE self_payment_use FORCE ROW LEVEL SECURITY;
CREATE POLICY self_payment_use_area ON self_payment_use TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY self_payment_use_hospital ON self_payment_use FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY self_payment_use_supplier ON self_payment_use FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON self_payment_voice TO zhijie_system;
GRANT SELECT, INSERT ON self_payment_voice TO zhijie_area;
GRANT SELECT ON self_payment_voice TO zhijie_hospital;
GRANT SELECT ON self_payment_voice TO zhijie_supplier;
ALTER TABLE self_payment_voice ENABLE ROW LEVEL SECURITY;
ALTER TABLE self_payment_voice FORCE ROW LEVEL SECURITY;
CREATE POLICY self_payment_voice_area ON self_payment_voice TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY self_payment_voice_hospital ON self_payment_voice FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY self_payment_voice_supplier ON self_payment_voice FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON set_off TO zhijie_system;
GRANT SELECT, INSERT ON set_off TO zhijie_area;
GRANT UPDATE (is_voided) ON set_off TO zhijie_area;
GRANT SELECT ON set_off TO zhijie_hospital;
GRANT SELECT ON set_off TO zhijie_supplier;
GRANT SELECT ON set_off TO zhijie_signer;
ALTER TABLE set_off ENABLE ROW LEVEL SECURITY;
ALTER TABLE set_off FORCE ROW LEVEL SECURITY;
CREATE POLICY set_off_area ON set_off TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY set_off_signer ON set_off TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY set_off_hospital ON set_off FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY set_off_supplier ON set_off FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON settled_batch TO zhijie_system;
GRANT SELECT, INSERT ON settled_batch TO zhijie_area;
ALTER TABLE settled_batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE settled_batch FORCE ROW LEVEL SECURITY;
CREATE POLICY settled_batch_area ON settled_batch TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON settlement_application TO zhijie_system;
GRANT SELECT, INSERT ON settlement_application TO zhijie_area;
GRANT UPDATE (reminded_date, reminder_count) ON settlement_application TO zhijie_area;
GRANT SELECT ON settlement_application TO zhijie_hospital;
GRANT SELECT ON settlement_application TO zhijie_supplier;
ALTER TABLE settlement_application ENABLE ROW LEVEL SECURITY;
ALTER TABLE settlement_application FORCE ROW LEVEL SECURITY;
CREATE POLICY settlement_application_area ON settlement_application TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY settlement_application_hospital ON settlement_application FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY settlement_application_supplier ON settlement_application FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON shortfall_case TO zhijie_system;
GRANT SELECT, INSERT ON shortfall_case TO zhijie_area;
GRANT UPDATE (shortfall_minor, recovered_minor) ON shortfall_case TO zhijie_area;
GRANT SELECT ON shortfall_case TO zhijie_hospital;
ALTER TABLE shortfall_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE shortfall_case FORCE ROW LEVEL SECURITY;
CREATE POLICY shortfall_case_area ON shortfall_case TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY shortfall_case_hospital ON shortfall_case FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
GRANT SELECT ON shortfall_recovery TO zhijie_system;
GRANT SELECT, INSERT ON shortfall_recovery TO zhijie_area;
ALTER TABLE shortfall_recovery ENABLE ROW LEVEL SECURITY;
ALTER TABLE shortfall_recovery FORCE ROW LEVEL SECURITY;
CREATE POLICY shortfall_recovery_area ON shortfall_recovery TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON signing_key TO zhijie_system;
GRANT SELECT, INSERT ON signing_key TO zhijie_app;
GRANT UPDATE (revoked_at, revocation_reason) ON signing_key TO zhijie_app;
GRANT SELECT ON signing_key TO zhijie_area;
GRANT SELECT ON signing_key TO zhijie_signer;
GRANT SELECT ON source_system TO zhijie_system;
GRANT SELECT, INSERT ON source_system TO zhijie_app;
GRANT UPDATE (name, revision_profile) ON source_system TO zhijie_app;
GRANT SELECT ON source_system TO zhijie_area;
GRANT SELECT ON source_system TO zhijie_hospital;
GRANT SELECT ON source_system TO zhijie_supplier;
GRANT SELECT ON statement_day TO zhijie_system;
GRANT SELECT, INSERT ON statement_day TO zhijie_area;
ALTER TABLE statement_day ENABLE ROW LEVEL SECURITY;
ALTER TABLE statement_day FORCE ROW LEVEL SECURITY;
CREATE POLICY statement_day_area ON statement_day TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON statement_entry TO zhijie_system;
GRANT SELECT, INSERT ON statement_entry TO zhijie_area;
ALTER TABLE statement_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE statement_entry FORCE ROW LEVEL SECURITY;
CREATE POLICY statement_entry_area ON statement_entry TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON statement_file TO zhijie_system;
GRANT SELECT, INSERT ON statement_file TO zhijie_area;
GRANT UPDATE (state, fault, xsd_valid, profile, profile_sha256) ON statement_file TO zhijie_area;
ALTER TABLE statement_file ENABLE ROW LEVEL SECURITY;
ALTER TABLE statement_file FORCE ROW LEVEL SECURITY;
CREATE POLICY statement_file_area ON statement_file TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON submission TO zhijie_system;
GRANT SELECT, INSERT ON submission TO zhijie_area;
GRANT UPDATE (state, sent_at, delivered_at, delivery_count, answered_at, next_inquiry_at, inquiry_count) ON submission TO zhijie_area;
GRANT SELECT ON submission TO zhijie_signer;
GRANT UPDATE (signature, signing_key, signed_at) ON submission TO zhijie_signer;
ALTER TABLE submission ENABLE ROW LEVEL SECURITY;
ALTER TABLE submission FORCE ROW LEVEL SECURITY;
CREATE POLICY submission_area ON submission TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY submission_signer ON submission TO zhijie_signer USING (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON supplier TO zhijie_system;
GRANT SELECT, INSERT ON supplier TO zhijie_app;
GRANT UPDATE (name, name_pinyin, is_sme, suspended_from, successor_id, succeeded_at) ON supplier TO zhijie_app;
GRANT SELECT ON supplier TO zhijie_area;
GRANT SELECT ON supplier TO zhijie_hospital;
GRANT SELECT ON supplier TO zhijie_supplier;
ALTER TABLE supplier ENABLE ROW LEVEL SECURITY;
ALTER TABLE supplier FORCE ROW LEVEL SECURITY;
CREATE POLICY supplier_area ON supplier FOR SELECT TO zhijie_area USING (true);
CREATE POLICY supplier_app ON supplier TO zhijie_app USING (true) WITH CHECK (true);
CREATE POLICY supplier_hospital ON supplier FOR SELECT TO zhijie_hospital USING (true);
CREATE POLICY supplier_supplier ON supplier FOR SELECT TO zhijie_supplier USING (id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON supplier_alias TO zhijie_system;
GRANT SELECT, INSERT ON supplier_alias TO zhijie_app;
GRANT UPDATE (superseded_at) ON supplier_alias TO zhijie_app;
GRANT SELECT ON supplier_alias TO zhijie_area;
GRANT SELECT ON suspense_case TO zhijie_system;
GRANT SELECT, INSERT ON suspense_case TO zhijie_area;
GRANT UPDATE (reason, owner_role, due_date, status, resolution, attempt_id, attempt_ids, note, proposed_by, confirmed_by, resolved_at) ON suspense_case TO zhijie_area;
ALTER TABLE suspense_case ENABLE ROW LEVEL SECURITY;
ALTER TABLE suspense_case FORCE ROW LEVEL SECURITY;
CREATE POLICY suspense_case_area ON suspense_case TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON trace_code TO zhijie_system;
GRANT SELECT, INSERT ON trace_code TO zhijie_area;
GRANT UPDATE ON trace_code TO zhijie_area;
GRANT SELECT, INSERT ON trace_code TO zhijie_app;
GRANT UPDATE ON trace_code TO zhijie_app;
GRANT SELECT ON transfer TO zhijie_system;
GRANT SELECT, INSERT ON transfer TO zhijie_area;
ALTER TABLE transfer ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfer FORCE ROW LEVEL SECURITY;
CREATE POLICY transfer_area ON transfer TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON user_account TO zhijie_system;
GRANT SELECT, INSERT ON user_account TO zhijie_app;
GRANT UPDATE (display_name, password_hash, password_is_initial, failed_count, locked_until, disabled_at) ON user_account TO zhijie_app;
GRANT SELECT ON user_role TO zhijie_system;
GRANT SELECT, INSERT ON user_role TO zhijie_app;
GRANT DELETE ON user_role TO zhijie_app;
GRANT SELECT ON user_session TO zhijie_system;
GRANT SELECT, INSERT ON user_session TO zhijie_app;
GRANT UPDATE (ended_at) ON user_session TO zhijie_app;
GRANT DELETE ON user_session TO zhijie_app;
GRANT SELECT ON voucher TO zhijie_system;
GRANT SELECT, INSERT ON voucher TO zhijie_area;
GRANT SELECT ON voucher TO zhijie_hospital;
GRANT SELECT ON voucher TO zhijie_supplier;
ALTER TABLE voucher ENABLE ROW LEVEL SECURITY;
ALTER TABLE voucher FORCE ROW LEVEL SECURITY;
CREATE POLICY voucher_area ON voucher TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY voucher_hospital ON voucher FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY voucher_supplier ON voucher FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON voucher_head TO zhijie_system;
GRANT SELECT, INSERT ON voucher_head TO zhijie_area;
GRANT UPDATE (through_number, issued_at) ON voucher_head TO zhijie_area;
ALTER TABLE voucher_head ENABLE ROW LEVEL SECURITY;
ALTER TABLE voucher_head FORCE ROW LEVEL SECURITY;
CREATE POLICY voucher_head_area ON voucher_head TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
GRANT SELECT ON voucher_line TO zhijie_system;
GRANT SELECT, INSERT ON voucher_line TO zhijie_area;
GRANT SELECT ON voucher_line TO zhijie_hospital;
GRANT SELECT ON voucher_line TO zhijie_supplier;
ALTER TABLE voucher_line ENABLE ROW LEVEL SECURITY;
ALTER TABLE voucher_line FORCE ROW LEVEL SECURITY;
CREATE POLICY voucher_line_area ON voucher_line TO zhijie_area USING (area_code = (SELECT current_setting('app.area_code', true))) WITH CHECK (area_code = (SELECT current_setting('app.area_code', true)));
CREATE POLICY voucher_line_hospital ON voucher_line FOR SELECT TO zhijie_hospital USING (hospital_id = (SELECT nullif(current_setting('app.hospital_id', true), '')::uuid));
CREATE POLICY voucher_line_supplier ON voucher_line FOR SELECT TO zhijie_supplier USING (supplier_id = (SELECT nullif(current_setting('app.supplier_id', true), '')::uuid));
GRANT SELECT ON worker_heartbeat TO zhijie_system;
GRANT SELECT, INSERT ON worker_heartbeat TO zhijie_area;
GRANT UPDATE (seen_at) ON worker_heartbeat TO zhijie_area;
GRANT DELETE ON worker_heartbeat TO zhijie_area;
GRANT SELECT, INSERT ON worker_heartbeat TO zhijie_app;
GRANT UPDATE (seen_at) ON worker_heartbeat TO zhijie_app;
GRANT DELETE ON worker_heartbeat TO zhijie_app
"""


def upgrade() -> None:
    create_roles()
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")  # periods that may not overlap
    op.create_table(
        "acceptance_seal",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("sealed_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_acceptance_seal")),
        sa.UniqueConstraint("area_code", name=op.f("uq_acceptance_seal_area_code")),
    )
    op.create_table(
        "accounting_period",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL AND closed_by IS NOT NULL)",
            name=op.f("ck_accounting_period_closed"),
        ),
        sa.CheckConstraint(
            "period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_accounting_period_period")
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_accounting_period_state")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_accounting_period")),
        sa.UniqueConstraint(
            "area_code", "period", name=op.f("uq_accounting_period_area_code_period")
        ),
    )
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("party_kind", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("hospital_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("issued_by", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(party_kind = 'hospital' AND roles <@ ARRAY['hospital_clerk', 'hospital_confirmer']::text[]) OR (party_kind = 'supplier' AND roles <@ ARRAY['supplier']::text[]) OR (party_kind = 'area' AND roles <@ ARRAY['administrator', 'agency_checker', 'agency_maker', 'agency_releaser', 'bureau_viewer', 'finance']::text[]) OR (party_kind = 'platform' AND roles <@ ARRAY['administrator', 'bureau_viewer']::text[])",
            name=op.f("ck_api_key_roles_of_party"),
        ),
        sa.CheckConstraint(
            "CASE party_kind WHEN 'hospital' THEN area_code IS NOT NULL AND hospital_id IS NOT NULL AND supplier_id IS NULL WHEN 'supplier' THEN area_code IS NULL AND hospital_id IS NULL AND supplier_id IS NOT NULL WHEN 'area' THEN area_code IS NOT NULL AND hospital_id IS NULL AND supplier_id IS NULL WHEN 'platform' THEN area_code IS NULL AND hospital_id IS NULL AND supplier_id IS NULL ELSE false END",
            name=op.f("ck_api_key_party"),
        ),
        sa.CheckConstraint("cardinality(scopes) > 0", name=op.f("ck_api_key_scopes_given")),
        sa.CheckConstraint(
            "octet_length(secret_hash) = 32", name=op.f("ck_api_key_secret_hash_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_key_secret_hash")),
    )
    op.create_table(
        "application_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("part_no", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("dispute_reason", sa.Text(), nullable=True),
        sa.Column("dispute_note", sa.Text(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("first_reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("re_reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shares_fixed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'accepted') <= (re_reviewed_by IS NOT NULL AND accepted_at IS NOT NULL)",
            name=op.f("ck_application_line_re_reviewed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(status IN ('confirmed','under_review','accepted')) <= (confirmed_by IS NOT NULL)",
            name=op.f("ck_application_line_confirmed_by_somebody"),
        ),
        sa.CheckConstraint(
            "(status IN ('under_review','accepted')) <= (first_reviewed_by IS NOT NULL)",
            name=op.f("ck_application_line_first_reviewed_by_somebody"),
        ),
        sa.CheckConstraint(
            "NOT shares_fixed OR status = 'accepted'",
            name=op.f("ck_application_line_shares_only_accepted"),
        ),
        sa.CheckConstraint(
            "dispute_reason IS NULL OR dispute_reason IN ('not_received', 'quantity_differs', 'price_differs', 'quality', 'returned', 'already_paid', 'wrong_hospital', 'other')",
            name=op.f("ck_application_line_dispute_reason_known"),
        ),
        sa.CheckConstraint(
            "status <> 'disputed' OR dispute_reason IS NOT NULL",
            name=op.f("ck_application_line_dispute_has_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('submitted', 'confirmed', 'disputed', 'under_review', 'accepted', 'withdrawn', 'rejected')",
            name=op.f("ck_application_line_status_known"),
        ),
        sa.CheckConstraint(
            "first_reviewed_by <> re_reviewed_by", name=op.f("ck_application_line_two_reviewers")
        ),
        sa.CheckConstraint("part_no > 0", name=op.f("ck_application_line_part_no_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_application_line")),
        sa.UniqueConstraint(
            "area_code",
            "payable_id",
            "part_no",
            name=op.f("uq_application_line_area_code_payable_id_part_no"),
        ),
    )
    op.create_index(
        "ix_application_line_application",
        "application_line",
        ["area_code", "application_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_application_line_hospital", "application_line", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_application_line_shares_due",
        "application_line",
        ["area_code", "accepted_at"],
        unique=False,
        postgresql_where=sa.text("status = 'accepted' AND NOT shares_fixed"),
    )
    op.create_index(
        "ix_application_line_supplier", "application_line", ["supplier_id", "id"], unique=False
    )
    op.create_index(
        "ix_application_line_waiting",
        "application_line",
        ["area_code", "status", "hospital_id", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('submitted','confirmed','disputed','under_review')"),
    )
    op.create_table(
        "application_line_transition",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("application_line_id", sa.Uuid(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "event IN ('submit', 'confirm', 'dispute', 'split', 'resolve', 'withdraw', 'review', 're_review', 'reject', 'reinstate')",
            name=op.f("ck_application_line_transition_event_known"),
        ),
        sa.CheckConstraint(
            "to_status IN ('submitted', 'confirmed', 'disputed', 'under_review', 'accepted', 'withdrawn', 'rejected')",
            name=op.f("ck_application_line_transition_to_status_known"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_application_line_transition")),
    )
    op.create_index(
        "ix_application_line_transition_line",
        "application_line_transition",
        ["area_code", "application_line_id", "id"],
        unique=False,
    )
    op.create_table(
        "approval",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "decision IN ('approved', 'rejected')", name=op.f("ck_approval_decision_known")
        ),
        sa.CheckConstraint(
            "step IN ('maker', 'checker', 'releaser')", name=op.f("ck_approval_step_known")
        ),
        sa.CheckConstraint(
            "subject_kind IN ('payment_batch', 'payee_account', 'opening_transfer', 'bank_decision', 'period_closing', 'resolution')",
            name=op.f("ck_approval_subject_kind_known"),
        ),
        sa.CheckConstraint(
            "octet_length(content_hash) = 32", name=op.f("ck_approval_content_hash_length")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_approval")),
        sa.UniqueConstraint(
            "area_code",
            "subject_kind",
            "subject_id",
            "content_hash",
            "step",
            name="uq_approval_one_decision_per_step",
        ),
        sa.UniqueConstraint(
            "area_code",
            "subject_kind",
            "subject_id",
            "content_hash",
            "user_id",
            name="uq_approval_one_person_decides_once",
        ),
    )
    op.create_table(
        "area",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_pinyin", sa.Text(), nullable=False),
        sa.Column("province_code", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("area_code ~ '^[0-9]{6}$'", name=op.f("ck_area_area_code_form")),
        sa.CheckConstraint("province_code ~ '^[0-9]{6}$'", name=op.f("ck_area_province_code_form")),
        sa.PrimaryKeyConstraint("area_code", name=op.f("pk_area")),
    )
    op.create_table(
        "batch_exclusion",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=False),
        sa.Column("application_line_id", sa.Uuid(), nullable=False),
        sa.Column("payable_share_id", sa.Uuid(), nullable=True),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(payable_share_id IS NULL) = (reason IN ('claims_pending', 'original_pending'))",
            name=op.f("ck_batch_exclusion_share_or_pending"),
        ),
        sa.CheckConstraint(
            "reason IN ('payment_in_conflict', 'mandate_missing', 'supplier_suspended', 'account_unverified', 'original_pending', 'claims_pending', 'net_negative', 'capacity_short', 'account_short')",
            name=op.f("ck_batch_exclusion_reason_known"),
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_batch_exclusion_amount_not_zero")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_batch_exclusion")),
        sa.UniqueConstraint(
            "area_code",
            "payment_batch_id",
            "application_line_id",
            name=op.f("uq_batch_exclusion_area_code_payment_batch_id_application_line_id"),
        ),
    )
    op.create_index(
        "ix_batch_exclusion_line",
        "batch_exclusion",
        ["area_code", "application_line_id"],
        unique=False,
    )
    op.create_table(
        "business_clock",
        sa.Column("only_row", sa.Boolean(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("only_row", name=op.f("ck_business_clock_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_business_clock")),
    )
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "year BETWEEN 1990 AND 2200", name=op.f("ck_calendar_year_year_plausible")
        ),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )
    op.create_table(
        "charge_term",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("contract_code", sa.Text(), nullable=False),
        sa.Column("charge_kind", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("most_permyriad", sa.Integer(), nullable=True),
        sa.Column("most_minor", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("contract_code"), "="),
            (sa.column("charge_kind"), "="),
            (sa.text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=sa.text("superseded_at IS NULL"),
            using="gist",
            name="ex_charge_term_one",
        ),
        sa.CheckConstraint(
            "(terms = 'payable') = (coalesce(most_permyriad, most_minor) IS NOT NULL)",
            name=op.f("ck_charge_term_limited"),
        ),
        sa.CheckConstraint("charge_kind <> 'goods'", name=op.f("ck_charge_term_no_goods")),
        sa.CheckConstraint(
            "charge_kind IN ('goods', 'freight', 'insurance', 'other')",
            name=op.f("ck_charge_term_charge_kind_known"),
        ),
        sa.CheckConstraint(
            "terms IN ('included', 'payable')", name=op.f("ck_charge_term_terms_known")
        ),
        sa.CheckConstraint("most_minor > 0", name=op.f("ck_charge_term_most_minor")),
        sa.CheckConstraint(
            "most_permyriad BETWEEN 1 AND 10000", name=op.f("ck_charge_term_most_permyriad")
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_charge_term_period_forward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_term")),
    )
    op.create_table(
        "decision_context",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "octet_length(digest) = 32", name=op.f("ck_decision_context_digest_sha256")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_decision_context")),
        sa.UniqueConstraint(
            "area_code", "digest", name=op.f("uq_decision_context_area_code_digest")
        ),
    )
    op.create_table(
        "despatch_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("unit_factor_known", sa.Boolean(), nullable=False),
        sa.Column("despatch_number", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("order_line_number", sa.Integer(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("expiry_date", sa.Date(), nullable=True),
        sa.Column("despatch_date", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')", name=op.f("ck_despatch_line_state")
        ),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_despatch_line_quantity")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_despatch_line")),
    )
    op.create_index(
        "ix_despatch_line_component",
        "despatch_line",
        ["hospital_id", "supplier_id", "product_code"],
        unique=False,
    )
    op.create_index("ix_despatch_line_document", "despatch_line", ["document_id"], unique=False)
    op.create_index(
        "ix_despatch_line_hospital", "despatch_line", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_despatch_line_supplier", "despatch_line", ["supplier_id", "id"], unique=False
    )
    op.create_index(
        "ix_despatch_line_unresolved",
        "despatch_line",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("NOT unit_factor_known AND product_code IS NOT NULL"),
    )
    op.create_table(
        "discrepancy",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("match_run_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.Column("receipt_line_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=True),
        sa.Column("other_line_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("compared", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("superseded_by_run_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.Column("resolution_id", sa.Uuid(), nullable=True),
        sa.Column("act_by_date", sa.Date(), nullable=True),
        sa.Column("deadline_date", sa.Date(), nullable=True),
        sa.Column("found_date", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'superseded') = (superseded_by_run_id IS NOT NULL)",
            name=op.f("ck_discrepancy_superseded"),
        ),
        sa.CheckConstraint(
            "effect IN ('waiting', 'held', 'information', 'absorbed')",
            name=op.f("ck_discrepancy_effect_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('not_received', 'not_invoiced', 'quantity_over_order', 'quantity_over_receipt', 'price_above_contract', 'price_below_contract', 'price_differs_from_order', 'amount_rounding', 'no_contract', 'contract_expired', 'supplier_not_authorised', 'area_not_covered', 'product_unknown', 'unit_not_convertible', 'invoice_duplicate', 'invoice_overdrawn', 'invoice_party_mismatch', 'credit_without_invoice', 'return_without_receipt', 'receipt_cancelled', 'two_invoice_chain_missing', 'trace_code_missing', 'expired_lot', 'date_out_of_order', 'no_order', 'no_price', 'nothing_to_pay', 'order_date_missing', 'charge_not_contracted', 'account_short', 'supplier_suspended', 'mandate_missing', 'account_unverified', 'volume_over_agreed', 'adjustment_without_invoice', 'accepted_lower', 'charge_repeated', 'charge_above_contract', 'trace_code_repeated', 'product_substituted', 'link_total_mismatch')",
            name=op.f("ck_discrepancy_reason_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'explained', 'corrected', 'written_off', 'sent_back', 'snoozed', 'to_check', 'superseded')",
            name=op.f("ck_discrepancy_status_known"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_discrepancy")),
    )
    op.create_index(
        "ix_discrepancy_component",
        "discrepancy",
        ["hospital_id", "supplier_id", "component_code"],
        unique=False,
        postgresql_where=sa.text("status <> 'superseded'"),
    )
    op.create_index("ix_discrepancy_hospital", "discrepancy", ["hospital_id", "id"], unique=False)
    op.create_index(
        "ix_discrepancy_resolution",
        "discrepancy",
        ["area_code", "resolution_id"],
        unique=False,
        postgresql_where=sa.text("resolution_id IS NOT NULL"),
    )
    op.create_index("ix_discrepancy_supplier", "discrepancy", ["supplier_id", "id"], unique=False)
    op.create_index(
        "ix_discrepancy_undated",
        "discrepancy",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text(
            "deadline_date IS NULL AND status <> 'superseded' AND effect IN ('waiting', 'held')"
        ),
    )
    op.create_table(
        "document",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("issuer_code", sa.Text(), nullable=False),
        sa.Column("external_number", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_alias", sa.Text(), nullable=True),
        sa.Column("document_date", sa.Date(), nullable=True),
        sa.Column("stated_total_minor", sa.BigInteger(), nullable=True),
        sa.Column("total_difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("raw_position", sa.BigInteger(), nullable=False),
        sa.Column("raw_length", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("superseded_by_id", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('purchase_order', 'order_change', 'order_cancellation', 'despatch_advice', 'goods_receipt', 'receipt_cancellation', 'invoice', 'invoice_void', 'credit_note', 'invoice_link', 'return_note')",
            name=op.f("ck_document_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')", name=op.f("ck_document_state")
        ),
        sa.CheckConstraint(
            "octet_length(content_sha256) = 32", name=op.f("ck_document_content_sha256")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_document_revision")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_document")),
        sa.UniqueConstraint(
            "area_code",
            "source_system",
            "kind",
            "issuer_code",
            "external_number",
            "revision",
            name="uq_document_identity",
        ),
    )
    op.create_index(
        "ix_document_difference",
        "document",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("total_difference_minor <> 0"),
    )
    op.create_index("ix_document_hospital", "document", ["hospital_id", "id"], unique=False)
    op.create_index("ix_document_intake", "document", ["area_code", "intake_id"], unique=False)
    op.create_index("ix_document_supplier", "document", ["supplier_id", "id"], unique=False)
    op.create_table(
        "document_cancellation",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("target_number", sa.Text(), nullable=False),
        sa.Column("target_line_number", sa.Integer(), nullable=True),
        sa.Column("cancelled_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')",
            name=op.f("ck_document_cancellation_state"),
        ),
        sa.CheckConstraint(
            "target_kind IN ('purchase_order', 'goods_receipt', 'invoice')",
            name=op.f("ck_document_cancellation_target_kind"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_document_cancellation")),
    )
    op.create_index(
        "ix_document_cancellation_document",
        "document_cancellation",
        ["area_code", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_document_cancellation_hospital",
        "document_cancellation",
        ["hospital_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_document_cancellation_supplier",
        "document_cancellation",
        ["supplier_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_document_cancellation_target",
        "document_cancellation",
        ["area_code", "hospital_id", "supplier_id", "target_kind", "target_number"],
        unique=False,
    )
    op.create_table(
        "document_gate",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("area_code", name=op.f("pk_document_gate")),
    )
    op.create_table(
        "fund_import",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("content_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("received_count", sa.Integer(), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=False),
        sa.Column("unchanged_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "octet_length(content_sha256) = 32", name=op.f("ck_fund_import_digest_length")
        ),
        sa.CheckConstraint(
            "received_count = accepted_count + unchanged_count + rejected_count",
            name=op.f("ck_fund_import_rows_add_up"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_fund_import")),
    )
    op.create_table(
        "goods_receipt_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("unit_factor_known", sa.Boolean(), nullable=False),
        sa.Column("receipt_number", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("order_line_number", sa.Integer(), nullable=True),
        sa.Column("despatch_number", sa.Text(), nullable=True),
        sa.Column("accepted_milli", sa.BigInteger(), nullable=False),
        sa.Column("rejected_milli", sa.BigInteger(), nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("expiry_date", sa.Date(), nullable=True),
        sa.Column("receipt_date", sa.Date(), nullable=False),
        sa.Column("accepted_date", sa.Date(), nullable=True),
        sa.Column("recorded_date", sa.Date(), nullable=True),
        sa.Column("trace_code_count", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')",
            name=op.f("ck_goods_receipt_line_state"),
        ),
        sa.CheckConstraint(
            "accepted_milli >= 0 AND rejected_milli >= 0 AND accepted_milli + rejected_milli > 0",
            name=op.f("ck_goods_receipt_line_quantity"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_goods_receipt_line")),
    )
    op.create_index(
        "ix_goods_receipt_line_component",
        "goods_receipt_line",
        ["hospital_id", "supplier_id", "product_code"],
        unique=False,
    )
    op.create_index(
        "ix_goods_receipt_line_document", "goods_receipt_line", ["document_id"], unique=False
    )
    op.create_index(
        "ix_goods_receipt_line_hospital", "goods_receipt_line", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_goods_receipt_line_number",
        "goods_receipt_line",
        ["hospital_id", "receipt_number"],
        unique=False,
    )
    op.create_index(
        "ix_goods_receipt_line_supplier", "goods_receipt_line", ["supplier_id", "id"], unique=False
    )
    op.create_index(
        "ix_goods_receipt_line_unresolved",
        "goods_receipt_line",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("NOT unit_factor_known AND product_code IS NOT NULL"),
    )
    op.create_table(
        "import_gate",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("last_sha256", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_import_gate")),
    )
    op.create_table(
        "installation_key",
        sa.Column("only_row", sa.Boolean(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "octet_length(mark) = 32", name=op.f("ck_installation_key_mark_of_32_bytes")
        ),
        sa.CheckConstraint("only_row", name=op.f("ck_installation_key_only_row")),
        sa.PrimaryKeyConstraint("only_row", name=op.f("pk_installation_key")),
    )
    op.create_table(
        "intake",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("sender_kind", sa.Text(), nullable=False),
        sa.Column("sender_id", sa.Uuid(), nullable=True),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("hospital_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=True),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("compressed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=True),
        sa.Column(
            "refusal", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("received_records", sa.BigInteger(), nullable=False),
        sa.Column("accepted_records", sa.BigInteger(), nullable=False),
        sa.Column("unchanged_records", sa.BigInteger(), nullable=False),
        sa.Column("rejected_records", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_intake_refusal")
        ),
        sa.CheckConstraint(
            "announced_at IS NULL OR state = 'applied'", name=op.f("ck_intake_announced_applied")
        ),
        sa.CheckConstraint(
            "document_kind IS NULL OR document_kind IN ('purchase_order', 'order_change', 'order_cancellation', 'despatch_advice', 'goods_receipt', 'receipt_cancellation', 'invoice', 'invoice_void', 'credit_note', 'invoice_link', 'return_note')",
            name=op.f("ck_intake_document_kind"),
        ),
        sa.CheckConstraint("format IN ('ndjson', 'json', 'csv')", name=op.f("ck_intake_format")),
        sa.CheckConstraint(
            "state <> 'applied' OR received_records = accepted_records + unchanged_records + rejected_records",
            name=op.f("ck_intake_totals"),
        ),
        sa.CheckConstraint(
            "state IN ('receiving', 'refused', 'received', 'applied')", name=op.f("ck_intake_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake")),
    )
    op.create_index("ix_intake_sender", "intake", ["sender_kind", "sender_id", "id"], unique=False)
    op.create_index(
        "ix_intake_waiting",
        "intake",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text(
            "state = 'received' OR state = 'applied' AND announced_at IS NULL"
        ),
    )
    op.create_table(
        "intake_chunk",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("chunk_number", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("record_count", sa.BigInteger(), nullable=False),
        sa.Column("document_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "applied_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "intake_id", "chunk_number", "area_code", name=op.f("pk_intake_chunk")
        ),
    )
    op.create_table(
        "intake_result",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("record_number", sa.BigInteger(), nullable=False),
        sa.Column("last_record_number", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=True),
        sa.Column("external_number", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column(
            "faults", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.CheckConstraint(
            "(outcome = 'rejected') = (document_id IS NULL)", name=op.f("ck_intake_result_document")
        ),
        sa.CheckConstraint(
            "(outcome = 'rejected') = (faults IS NOT NULL)", name=op.f("ck_intake_result_faults")
        ),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'unchanged', 'rejected')",
            name=op.f("ck_intake_result_outcome"),
        ),
        sa.CheckConstraint(
            "last_record_number >= record_number", name=op.f("ck_intake_result_range")
        ),
        sa.PrimaryKeyConstraint("intake_id", "record_number", name=op.f("pk_intake_result")),
    )
    op.create_table(
        "invoice_claim",
        sa.Column("invoice_key", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_invoice_claim_amount")),
        sa.PrimaryKeyConstraint(
            "invoice_key", "area_code", "document_id", name=op.f("pk_invoice_claim")
        ),
    )
    op.create_index(
        "ix_invoice_claim_document", "invoice_claim", ["area_code", "document_id"], unique=False
    )
    op.create_table(
        "invoice_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("unit_factor_known", sa.Boolean(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("charge_kind", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("order_line_number", sa.Integer(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("receipt_line_number", sa.Integer(), nullable=True),
        sa.Column("blue_invoice_number", sa.Text(), nullable=True),
        sa.Column("blue_line_number", sa.Integer(), nullable=True),
        sa.Column("upstream_invoice_number", sa.Text(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=True),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("price_text", sa.Text(), nullable=True),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "charge_kind <> 'goods' OR product_code IS NOT NULL AND (quantity_milli IS NOT NULL OR document_kind = 'credit_note' OR blue_invoice_number IS NOT NULL)",
            name=op.f("ck_invoice_line_goods"),
        ),
        sa.CheckConstraint(
            "charge_kind IN ('goods', 'freight', 'insurance', 'other')",
            name=op.f("ck_invoice_line_charge_kind"),
        ),
        sa.CheckConstraint(
            "document_kind = 'credit_note' OR blue_invoice_number IS NULL OR charge_kind = 'goods' AND quantity_milli IS NULL AND total_minor > 0",
            name=op.f("ck_invoice_line_adds_to_another"),
        ),
        sa.CheckConstraint(
            "document_kind = 'invoice' OR quantity_milli IS NOT NULL OR total_minor > 0",
            name=op.f("ck_invoice_line_credit"),
        ),
        sa.CheckConstraint(
            "document_kind IN ('invoice', 'credit_note')",
            name=op.f("ck_invoice_line_document_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')", name=op.f("ck_invoice_line_state")
        ),
        sa.CheckConstraint(
            "net_minor >= 0 AND tax_minor >= 0", name=op.f("ck_invoice_line_amounts")
        ),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_invoice_line_quantity")),
        sa.CheckConstraint(
            "total_minor = net_minor + tax_minor", name=op.f("ck_invoice_line_total")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_invoice_line")),
    )
    op.create_index(
        "ix_invoice_line_charge_credited",
        "invoice_line",
        ["supplier_id", "blue_invoice_number"],
        unique=False,
        postgresql_where=sa.text("charge_kind <> 'goods' AND blue_invoice_number IS NOT NULL"),
    )
    op.create_index(
        "ix_invoice_line_charged_order",
        "invoice_line",
        ["area_code", "hospital_id", "order_number"],
        unique=False,
        postgresql_where=sa.text("charge_kind <> 'goods' AND order_number IS NOT NULL"),
    )
    op.create_index(
        "ix_invoice_line_component",
        "invoice_line",
        ["hospital_id", "supplier_id", "product_code"],
        unique=False,
    )
    op.create_index("ix_invoice_line_document", "invoice_line", ["document_id"], unique=False)
    op.create_index("ix_invoice_line_hospital", "invoice_line", ["hospital_id", "id"], unique=False)
    op.create_index(
        "ix_invoice_line_number", "invoice_line", ["supplier_id", "invoice_number"], unique=False
    )
    op.create_index(
        "ix_invoice_line_raising",
        "invoice_line",
        ["hospital_id", "supplier_id"],
        unique=False,
        postgresql_where=sa.text("document_kind = 'invoice' AND blue_invoice_number IS NOT NULL"),
    )
    op.create_index("ix_invoice_line_supplier", "invoice_line", ["supplier_id", "id"], unique=False)
    op.create_index(
        "ix_invoice_line_unresolved",
        "invoice_line",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("NOT unit_factor_known AND product_code IS NOT NULL"),
    )
    op.create_table(
        "invoice_link_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("link_number", sa.Text(), nullable=False),
        sa.Column("link_date", sa.Date(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("invoice_line_number", sa.Integer(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("order_line_number", sa.Integer(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("receipt_line_number", sa.Integer(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "mode = 'quantity' OR quantity_milli IS NULL",
            name=op.f("ck_invoice_link_line_mode_quantity"),
        ),
        sa.CheckConstraint(
            "mode IN ('quantity', 'lines_to_invoice', 'line_to_invoices')",
            name=op.f("ck_invoice_link_line_mode"),
        ),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')",
            name=op.f("ck_invoice_link_line_state"),
        ),
        sa.CheckConstraint(
            "order_number IS NOT NULL OR receipt_number IS NOT NULL",
            name=op.f("ck_invoice_link_line_target"),
        ),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_invoice_link_line_quantity")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_invoice_link_line")),
    )
    op.create_index(
        "ix_invoice_link_line_document",
        "invoice_link_line",
        ["area_code", "document_id"],
        unique=False,
    )
    op.create_index(
        "ix_invoice_link_line_hospital", "invoice_link_line", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_invoice_link_line_invoice",
        "invoice_link_line",
        ["area_code", "supplier_id", "invoice_number", "invoice_line_number"],
        unique=False,
    )
    op.create_index(
        "ix_invoice_link_line_order",
        "invoice_link_line",
        ["area_code", "hospital_id", "order_number"],
        unique=False,
        postgresql_where=sa.text("mode <> 'quantity'"),
    )
    op.create_index(
        "ix_invoice_link_line_receipt",
        "invoice_link_line",
        ["area_code", "hospital_id", "receipt_number"],
        unique=False,
        postgresql_where=sa.text("mode <> 'quantity'"),
    )
    op.create_index(
        "ix_invoice_link_line_supplier", "invoice_link_line", ["supplier_id", "id"], unique=False
    )
    op.create_table(
        "invoice_registry",
        sa.Column("invoice_key", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("claimed_minor", sa.BigInteger(), nullable=False),
        sa.Column("flag", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "flag IS NULL OR flag IN ('invoice_duplicate', 'invoice_overdrawn')",
            name=op.f("ck_invoice_registry_flag"),
        ),
        sa.PrimaryKeyConstraint("invoice_key", name=op.f("pk_invoice_registry")),
    )
    op.create_table(
        "ledger",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(book = 'trade' AND scheme = '') OR (book = 'fund' AND scheme IN ('310', '390'))",
            name=op.f("ck_ledger_book_scheme"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "area_code", "book", "scheme", name=op.f("uq_ledger_area_code_book_scheme")
        ),
        sa.UniqueConstraint("area_code", "id", "book", name=op.f("uq_ledger_area_code_id_book")),
    )
    op.create_table(
        "lodged_head",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_lodged_head")),
        sa.UniqueConstraint("area_code", "day", name=op.f("uq_lodged_head_area_code_day")),
    )
    op.create_table(
        "match_head",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("last_run_number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_match_head")),
        sa.UniqueConstraint("area_code", name=op.f("uq_match_head_area_code")),
    )
    op.create_table(
        "match_request",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("component_count", sa.Integer(), nullable=True),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("run_count", sa.Integer(), nullable=False),
        sa.Column("order_line_count", sa.Integer(), nullable=False),
        sa.Column("payables_inserted", sa.Integer(), nullable=False),
        sa.Column("payables_superseded", sa.Integer(), nullable=False),
        sa.Column("discrepancies_inserted", sa.Integer(), nullable=False),
        sa.Column("discrepancies_superseded", sa.Integer(), nullable=False),
        sa.Column("invoiced_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), nullable=False),
        sa.Column("matched_minor", sa.BigInteger(), nullable=False),
        sa.Column("waiting_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'failed') = (failure IS NOT NULL)",
            name=op.f("ck_match_request_failure_named"),
        ),
        sa.CheckConstraint(
            "(status IN ('requested', 'running')) = (ended_at IS NULL)",
            name=op.f("ck_match_request_ended_when_over"),
        ),
        sa.CheckConstraint("kind IN ('area')", name=op.f("ck_match_request_kind_known")),
        sa.CheckConstraint(
            "status <> 'completed' OR done_count = component_count",
            name=op.f("ck_match_request_completed_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'running', 'completed', 'cancelled', 'failed')",
            name=op.f("ck_match_request_status_known"),
        ),
        sa.CheckConstraint(
            "done_count >= 0 AND done_count <= coalesce(component_count, 0)",
            name=op.f("ck_match_request_done"),
        ),
        sa.CheckConstraint(
            "invoiced_minor - credited_minor = matched_minor + waiting_minor + held_minor",
            name=op.f("ck_match_request_amount_balanced"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_match_request")),
    )
    op.create_index(
        "uq_match_request_active",
        "match_request",
        ["area_code"],
        unique=True,
        postgresql_where=sa.text("status IN ('requested', 'running')"),
    )
    op.create_table(
        "match_request_component",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("match_request_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_match_request_component")),
        sa.UniqueConstraint(
            "area_code",
            "match_request_id",
            "position",
            name=op.f("uq_match_request_component_area_code_match_request_id_position"),
        ),
    )
    op.create_table(
        "order_line_forecast",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("match_run_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("matched_milli", sa.BigInteger(), nullable=False),
        sa.Column("open_milli", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "reason IS NULL OR reason IN ('not_received', 'not_invoiced', 'quantity_over_order', 'quantity_over_receipt', 'price_above_contract', 'price_below_contract', 'price_differs_from_order', 'amount_rounding', 'no_contract', 'contract_expired', 'supplier_not_authorised', 'area_not_covered', 'product_unknown', 'unit_not_convertible', 'invoice_duplicate', 'invoice_overdrawn', 'invoice_party_mismatch', 'credit_without_invoice', 'return_without_receipt', 'receipt_cancelled', 'two_invoice_chain_missing', 'trace_code_missing', 'expired_lot', 'date_out_of_order', 'no_order', 'no_price', 'nothing_to_pay', 'order_date_missing', 'charge_not_contracted', 'account_short', 'supplier_suspended', 'mandate_missing', 'account_unverified', 'volume_over_agreed', 'adjustment_without_invoice', 'accepted_lower', 'charge_repeated', 'charge_above_contract', 'trace_code_repeated', 'product_substituted', 'link_total_mismatch')",
            name=op.f("ck_order_line_forecast_reason_known"),
        ),
        sa.CheckConstraint(
            "route IN ('direct', 'self', 'outside')",
            name=op.f("ck_order_line_forecast_route_known"),
        ),
        sa.CheckConstraint(
            "matched_milli >= 0 AND open_milli >= 0",
            name=op.f("ck_order_line_forecast_quantity_not_negative"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_order_line_forecast")),
    )
    op.create_table(
        "outbox_pending",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "event_id", name=op.f("pk_outbox_pending")),
    )
    op.create_table(
        "payable",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("match_run_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_line_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("adjusts_payable_id", sa.Uuid(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("decision_context_id", sa.Uuid(), nullable=False),
        sa.Column("basis_date", sa.Date(), nullable=False),
        sa.Column("clock_start_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("due_date_state", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="open", nullable=False),
        sa.Column("superseded_by_run_id", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(due_date IS NOT NULL) = (due_date_state = 'known')", name=op.f("ck_payable_due_date")
        ),
        sa.CheckConstraint(
            "(status = 'superseded') = (superseded_by_run_id IS NOT NULL)",
            name=op.f("ck_payable_superseded"),
        ),
        sa.CheckConstraint(
            "due_date_state IN ('known', 'pending_calendar')",
            name=op.f("ck_payable_due_date_state_known"),
        ),
        sa.CheckConstraint(
            "kind <> 'goods' OR (quantity_milli > 0 AND amount_minor > 0 AND adjusts_payable_id IS NULL)",
            name=op.f("ck_payable_goods_positive"),
        ),
        sa.CheckConstraint(
            "kind <> 'return' OR (quantity_milli < 0 AND adjusts_payable_id IS NOT NULL)",
            name=op.f("ck_payable_return_negative"),
        ),
        sa.CheckConstraint(
            "kind IN ('goods', 'return', 'price_adj', 'freight', 'rounding')",
            name=op.f("ck_payable_kind_known"),
        ),
        sa.CheckConstraint(
            "route IN ('direct', 'self', 'outside')", name=op.f("ck_payable_route_known")
        ),
        sa.CheckConstraint(
            "status IN ('open', 'superseded', 'committed')", name=op.f("ck_payable_status_known")
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_payable_amount_not_zero")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payable")),
    )
    op.create_index(
        "ix_payable_adjusts",
        "payable",
        ["area_code", "adjusts_payable_id"],
        unique=False,
        postgresql_where=sa.text("adjusts_payable_id IS NOT NULL"),
    )
    op.create_index(
        "ix_payable_component",
        "payable",
        ["hospital_id", "supplier_id", "component_code"],
        unique=False,
        postgresql_where=sa.text("status <> 'superseded'"),
    )
    op.create_index("ix_payable_hospital", "payable", ["hospital_id", "id"], unique=False)
    op.create_index("ix_payable_supplier", "payable", ["supplier_id", "id"], unique=False)
    op.create_index(
        "ix_payable_undated",
        "payable",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("due_date_state = 'pending_calendar' AND status <> 'superseded'"),
    )
    op.create_index(
        "uq_payable_open_slice",
        "payable",
        [
            "order_line_id",
            "receipt_line_id",
            "invoice_line_id",
            "kind",
            "adjusts_payable_id",
            "contract_id",
            "route",
            "decision_context_id",
            "area_code",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "payable_share",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payable_id", sa.Uuid(), nullable=False),
        sa.Column("application_line_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("confirmed_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserved_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("returned_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("set_off_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_payable_share_scheme_known")),
        sa.CheckConstraint(
            "confirmed_minor < 0 OR set_off_minor >= 0 AND reserved_minor + paid_minor - returned_minor + set_off_minor <= confirmed_minor",
            name=op.f("ck_payable_share_never_more_than_confirmed"),
        ),
        sa.CheckConstraint(
            "confirmed_minor <> 0", name=op.f("ck_payable_share_confirmed_not_zero")
        ),
        sa.CheckConstraint(
            "confirmed_minor > 0 OR reserved_minor = 0 AND paid_minor = 0 AND set_off_minor BETWEEN confirmed_minor AND 0",
            name=op.f("ck_payable_share_negative_only_set_off"),
        ),
        sa.CheckConstraint("paid_minor >= 0", name=op.f("ck_payable_share_paid_not_negative")),
        sa.CheckConstraint(
            "reserved_minor >= 0", name=op.f("ck_payable_share_reserved_not_negative")
        ),
        sa.CheckConstraint(
            "returned_minor BETWEEN 0 AND paid_minor",
            name=op.f("ck_payable_share_returned_within_paid"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payable_share")),
        sa.UniqueConstraint(
            "area_code",
            "application_line_id",
            "scheme",
            name=op.f("uq_payable_share_area_code_application_line_id_scheme"),
        ),
    )
    op.create_index(
        "ix_payable_share_open",
        "payable_share",
        ["area_code", "scheme", "id"],
        unique=False,
        postgresql_where=sa.text(
            "confirmed_minor - reserved_minor - paid_minor + returned_minor - set_off_minor <> 0"
        ),
    )
    op.create_index(
        "ix_payable_share_payable", "payable_share", ["area_code", "payable_id"], unique=False
    )
    op.create_index(
        "ix_payable_share_reserved",
        "payable_share",
        ["area_code", "scheme"],
        unique=False,
        postgresql_where=sa.text("reserved_minor > 0"),
    )
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
    op.create_index(
        "ix_payment_item_payment", "payment_item", ["area_code", "payment_id"], unique=False
    )
    op.create_index(
        "ix_payment_item_share", "payment_item", ["area_code", "payable_share_id"], unique=False
    )
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
        sa.Column("engaged_by", sa.Uuid(), nullable=True),
        sa.Column("engaged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conflict_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_proposed_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(lifted_by IS NULL) = (lifted_at IS NULL)",
            name=op.f("ck_payment_stop_lifted_together"),
        ),
        sa.CheckConstraint(
            "engaged_by IS NOT NULL OR conflict_at IS NOT NULL",
            name=op.f("ck_payment_stop_engaged_by_somebody"),
        ),
        sa.CheckConstraint(
            "lifted_by IS NULL OR conflict_at IS NULL OR coalesce(lift_proposed_by <> lifted_by, false)",
            name=op.f("ck_payment_stop_conflict_lifted_by_two"),
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
        "procurement_round",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("round_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "level IN ('national', 'alliance', 'provincial', 'city')",
            name=op.f("ck_procurement_round_level_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_round")),
        sa.UniqueConstraint("round_code", name=op.f("uq_procurement_round_round_code")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("product_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_pinyin", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("specification", sa.Text(), nullable=False),
        sa.Column("smallest_unit", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('drug', 'consumable', 'reagent')", name=op.f("ck_product_kind_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("product_code", name=op.f("uq_product_product_code")),
    )
    op.create_table(
        "purchase_order_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("unit_factor_known", sa.Boolean(), nullable=False),
        sa.Column("document_kind", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.Column("contract_code", sa.Text(), nullable=True),
        sa.Column("manufacturer", sa.Text(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("price_micro", sa.BigInteger(), nullable=True),
        sa.Column("price_pack_size", sa.BigInteger(), nullable=False),
        sa.Column("price_decimals", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("order_date", sa.Date(), nullable=True),
        sa.Column("required_date", sa.Date(), nullable=True),
        sa.Column("paid_offline", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "document_kind IN ('purchase_order', 'order_change')",
            name=op.f("ck_purchase_order_line_document_kind"),
        ),
        sa.CheckConstraint(
            "quantity_milli > 0 OR (quantity_milli = 0 AND document_kind = 'order_change')",
            name=op.f("ck_purchase_order_line_quantity"),
        ),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')",
            name=op.f("ck_purchase_order_line_state"),
        ),
        sa.CheckConstraint("price_micro >= 0", name=op.f("ck_purchase_order_line_price")),
        sa.CheckConstraint(
            "price_pack_size > 0", name=op.f("ck_purchase_order_line_price_pack_size")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_purchase_order_line")),
    )
    op.create_index(
        "ix_purchase_order_line_component",
        "purchase_order_line",
        ["hospital_id", "supplier_id", "product_code"],
        unique=False,
    )
    op.create_index(
        "ix_purchase_order_line_document", "purchase_order_line", ["document_id"], unique=False
    )
    op.create_index(
        "ix_purchase_order_line_hospital",
        "purchase_order_line",
        ["hospital_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_purchase_order_line_number",
        "purchase_order_line",
        ["hospital_id", "order_number"],
        unique=False,
    )
    op.create_index(
        "ix_purchase_order_line_supplier",
        "purchase_order_line",
        ["supplier_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_purchase_order_line_unresolved",
        "purchase_order_line",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("NOT unit_factor_known AND product_code IS NOT NULL"),
    )
    op.create_table(
        "relay_cursor",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_relay_cursor")),
        sa.UniqueConstraint(
            "area_code", "consumer", name=op.f("uq_relay_cursor_area_code_consumer")
        ),
    )
    op.create_table(
        "replay",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("from_month", sa.Text(), nullable=False),
        sa.Column("to_month", sa.Text(), nullable=False),
        sa.Column("stretches", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("alternative", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("component_count", sa.Integer(), nullable=True),
        sa.Column("done_count", sa.Integer(), nullable=False),
        sa.Column("order_line_count", sa.Integer(), nullable=False),
        sa.Column("changed_count", sa.Integer(), nullable=False),
        sa.Column("invoiced_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), nullable=False),
        sa.Column("matched_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("waiting_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("matched_after_minor", sa.BigInteger(), nullable=False),
        sa.Column("waiting_after_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_after_minor", sa.BigInteger(), nullable=False),
        sa.Column("received_milli", sa.BigInteger(), nullable=False),
        sa.Column("returned_milli", sa.BigInteger(), nullable=False),
        sa.Column("matched_before_milli", sa.BigInteger(), nullable=False),
        sa.Column("waiting_before_milli", sa.BigInteger(), nullable=False),
        sa.Column("held_before_milli", sa.BigInteger(), nullable=False),
        sa.Column("matched_after_milli", sa.BigInteger(), nullable=False),
        sa.Column("waiting_after_milli", sa.BigInteger(), nullable=False),
        sa.Column("held_after_milli", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'failed') = (failure IS NOT NULL)", name=op.f("ck_replay_failure_named")
        ),
        sa.CheckConstraint(
            "from_month ~ '^[0-9]{4}-[0-9]{2}$'", name=op.f("ck_replay_from_month_form")
        ),
        sa.CheckConstraint(
            "status <> 'completed' OR done_count = component_count",
            name=op.f("ck_replay_completed_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('requested', 'running', 'completed', 'cancelled', 'failed')",
            name=op.f("ck_replay_status_known"),
        ),
        sa.CheckConstraint(
            "to_month ~ '^[0-9]{4}-[0-9]{2}$'", name=op.f("ck_replay_to_month_form")
        ),
        sa.CheckConstraint(
            "done_count >= 0 AND done_count <= coalesce(component_count, 0)",
            name=op.f("ck_replay_done"),
        ),
        sa.CheckConstraint("from_month <= to_month", name=op.f("ck_replay_months_in_order")),
        sa.CheckConstraint(
            "invoiced_minor - credited_minor = matched_after_minor + waiting_after_minor + held_after_minor",
            name=op.f("ck_replay_amount_balanced_after"),
        ),
        sa.CheckConstraint(
            "invoiced_minor - credited_minor = matched_before_minor + waiting_before_minor + held_before_minor",
            name=op.f("ck_replay_amount_balanced_before"),
        ),
        sa.CheckConstraint(
            "received_milli - returned_milli = matched_after_milli + waiting_after_milli + held_after_milli",
            name=op.f("ck_replay_quantity_balanced_after"),
        ),
        sa.CheckConstraint(
            "received_milli - returned_milli = matched_before_milli + waiting_before_milli + held_before_milli",
            name=op.f("ck_replay_quantity_balanced_before"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_replay")),
    )
    op.create_table(
        "replay_component",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("replay_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_replay_component")),
        sa.UniqueConstraint(
            "area_code",
            "replay_id",
            "position",
            name=op.f("uq_replay_component_area_code_replay_id_position"),
        ),
    )
    op.create_table(
        "replay_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("replay_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("before_milli", sa.BigInteger(), nullable=False),
        sa.Column("after_milli", sa.BigInteger(), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=False),
        sa.Column("after_minor", sa.BigInteger(), nullable=False),
        sa.Column("routes_before", sa.Text(), nullable=False),
        sa.Column("routes_after", sa.Text(), nullable=False),
        sa.Column("reasons_before", sa.Text(), nullable=False),
        sa.Column("reasons_after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_replay_line")),
        sa.UniqueConstraint(
            "area_code",
            "replay_id",
            "order_line_id",
            name=op.f("uq_replay_line_area_code_replay_id_order_line_id"),
        ),
    )
    op.create_index(
        "ix_replay_line_listed", "replay_line", ["area_code", "replay_id", "id"], unique=False
    )
    op.create_table(
        "request_key",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(key) BETWEEN 8 AND 128", name=op.f("ck_request_key_key_length")),
        sa.CheckConstraint(
            "octet_length(fingerprint) = 32", name=op.f("ck_request_key_fingerprint_length")
        ),
        sa.PrimaryKeyConstraint("client_id", "key", name=op.f("pk_request_key")),
    )
    op.create_index(
        op.f("ix_request_key_recorded_at"), "request_key", ["recorded_at"], unique=False
    )
    op.create_table(
        "resolution",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("sent_to", sa.Text(), nullable=True),
        sa.Column("act_by_date", sa.Date(), nullable=True),
        sa.Column("undoes_resolution_id", sa.Uuid(), nullable=True),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("stake_minor", sa.BigInteger(), nullable=True),
        sa.Column("needs_two", sa.Boolean(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(action = 'send_back') = (sent_to IS NOT NULL)",
            name=op.f("ck_resolution_sent_to_somebody"),
        ),
        sa.CheckConstraint(
            "(action = 'undo') = (undoes_resolution_id IS NOT NULL)",
            name=op.f("ck_resolution_undo_names_another"),
        ),
        sa.CheckConstraint(
            "NOT needs_two OR status IN ('proposed') OR decided_by IS NOT NULL",
            name=op.f("ck_resolution_second_person"),
        ),
        sa.CheckConstraint(
            "action IN ('explain', 'correct', 'write_off', 'send_back', 'snooze', 'to_check', 'link', 'split', 'accept_lower', 'undo')",
            name=op.f("ck_resolution_action_known"),
        ),
        sa.CheckConstraint(
            "action NOT IN ('send_back', 'snooze') OR act_by_date IS NOT NULL",
            name=op.f("ck_resolution_act_by_date"),
        ),
        sa.CheckConstraint("btrim(remark) <> ''", name=op.f("ck_resolution_remark_given")),
        sa.CheckConstraint(
            "reason_code IN ('document_corrected', 'document_expected', 'parties_agree', 'proven_on_paper', 'reference_missing', 'reference_wrong', 'too_small_to_pursue', 'unclear', 'decided_wrongly')",
            name=op.f("ck_resolution_reason_code_known"),
        ),
        sa.CheckConstraint(
            "sent_to IS NULL OR sent_to IN ('hospital', 'supplier')",
            name=op.f("ck_resolution_sent_to_known"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'effective', 'rejected', 'undone', 'lapsed')",
            name=op.f("ck_resolution_status_known"),
        ),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_resolution_two_people")),
        sa.CheckConstraint("item_count > 0", name=op.f("ck_resolution_item_count_positive")),
        sa.CheckConstraint(
            "octet_length(content_hash) = 32", name=op.f("ck_resolution_content_hash_length")
        ),
        sa.CheckConstraint("stake_minor >= 0", name=op.f("ck_resolution_stake_not_negative")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_resolution")),
    )
    op.create_index(
        "ix_resolution_snoozed",
        "resolution",
        ["area_code", "act_by_date"],
        unique=False,
        postgresql_where=sa.text("action = 'snooze' AND status = 'effective'"),
    )
    op.create_index(
        "uq_resolution_undone_once",
        "resolution",
        ["area_code", "undoes_resolution_id"],
        unique=True,
        postgresql_where=sa.text(
            "undoes_resolution_id IS NOT NULL AND status IN ('proposed', 'effective')"
        ),
    )
    op.create_table(
        "resolution_finding",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("resolution_id", sa.Uuid(), nullable=False),
        sa.Column("discrepancy_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.Column("receipt_line_id", sa.Uuid(), nullable=True),
        sa.Column("invoice_line_id", sa.Uuid(), nullable=True),
        sa.Column("other_line_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status_after", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "effect IN ('waiting', 'held', 'information', 'absorbed')",
            name=op.f("ck_resolution_finding_effect_known"),
        ),
        sa.CheckConstraint(
            "reason IN ('not_received', 'not_invoiced', 'quantity_over_order', 'quantity_over_receipt', 'price_above_contract', 'price_below_contract', 'price_differs_from_order', 'amount_rounding', 'no_contract', 'contract_expired', 'supplier_not_authorised', 'area_not_covered', 'product_unknown', 'unit_not_convertible', 'invoice_duplicate', 'invoice_overdrawn', 'invoice_party_mismatch', 'credit_without_invoice', 'return_without_receipt', 'receipt_cancelled', 'two_invoice_chain_missing', 'trace_code_missing', 'expired_lot', 'date_out_of_order', 'no_order', 'no_price', 'nothing_to_pay', 'order_date_missing', 'charge_not_contracted', 'account_short', 'supplier_suspended', 'mandate_missing', 'account_unverified', 'volume_over_agreed', 'adjustment_without_invoice', 'accepted_lower', 'charge_repeated', 'charge_above_contract', 'trace_code_repeated', 'product_substituted', 'link_total_mismatch')",
            name=op.f("ck_resolution_finding_reason_known"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'effective', 'rejected', 'undone', 'lapsed')",
            name=op.f("ck_resolution_finding_status_known"),
        ),
        sa.CheckConstraint(
            "status_after IN ('open', 'explained', 'corrected', 'written_off', 'sent_back', 'snoozed', 'to_check', 'superseded')",
            name=op.f("ck_resolution_finding_status_after_known"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_resolution_finding")),
    )
    op.create_index(
        "ix_resolution_finding_component",
        "resolution_finding",
        ["hospital_id", "supplier_id", "component_code"],
        unique=False,
        postgresql_where=sa.text("status = 'effective'"),
    )
    op.create_index(
        "ix_resolution_finding_hospital", "resolution_finding", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_resolution_finding_resolution",
        "resolution_finding",
        ["area_code", "resolution_id"],
        unique=False,
    )
    op.create_index(
        "ix_resolution_finding_supplier", "resolution_finding", ["supplier_id", "id"], unique=False
    )
    op.create_index(
        "uq_resolution_finding_decided_once",
        "resolution_finding",
        ["area_code", "discrepancy_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('proposed', 'effective')"),
    )
    op.create_table(
        "resolution_link",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("resolution_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("invoice_line_number", sa.Integer(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("order_line_number", sa.Integer(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("receipt_line_number", sa.Integer(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=True),
        sa.Column("accepted_minor", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'effective', 'rejected', 'undone', 'lapsed')",
            name=op.f("ck_resolution_link_status_known"),
        ),
        sa.CheckConstraint(
            "(order_number IS NULL) = (order_line_number IS NULL) AND (receipt_number IS NULL) = (receipt_line_number IS NULL) AND num_nonnulls(order_number, receipt_number, accepted_minor) = 1 AND (accepted_minor IS NULL OR quantity_milli IS NULL)",
            name=op.f("ck_resolution_link_one_target"),
        ),
        sa.CheckConstraint("accepted_minor > 0", name=op.f("ck_resolution_link_accepted_positive")),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_resolution_link_quantity_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_resolution_link")),
    )
    op.create_index(
        "ix_resolution_link_component",
        "resolution_link",
        ["hospital_id", "supplier_id", "component_code"],
        unique=False,
        postgresql_where=sa.text("status = 'effective'"),
    )
    op.create_index(
        "ix_resolution_link_hospital", "resolution_link", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_resolution_link_resolution",
        "resolution_link",
        ["area_code", "resolution_id"],
        unique=False,
    )
    op.create_index(
        "ix_resolution_link_supplier", "resolution_link", ["supplier_id", "id"], unique=False
    )
    op.create_index(
        "uq_resolution_link_made_once",
        "resolution_link",
        [
            "area_code",
            "supplier_id",
            "invoice_number",
            "invoice_line_number",
            "order_number",
            "order_line_number",
            "receipt_number",
            "receipt_line_number",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("status IN ('proposed', 'effective')"),
    )
    op.create_table(
        "return_note_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("product_code", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("unit_factor_known", sa.Boolean(), nullable=False),
        sa.Column("return_number", sa.Text(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("order_line_number", sa.Integer(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("receipt_line_number", sa.Integer(), nullable=True),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column("lot_number", sa.Text(), nullable=True),
        sa.Column("return_date", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded', 'cancelled')",
            name=op.f("ck_return_note_line_state"),
        ),
        sa.CheckConstraint("quantity_milli > 0", name=op.f("ck_return_note_line_quantity")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_return_note_line")),
    )
    op.create_index(
        "ix_return_note_line_component",
        "return_note_line",
        ["hospital_id", "supplier_id", "product_code"],
        unique=False,
    )
    op.create_index(
        "ix_return_note_line_document", "return_note_line", ["document_id"], unique=False
    )
    op.create_index(
        "ix_return_note_line_hospital", "return_note_line", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_return_note_line_supplier", "return_note_line", ["supplier_id", "id"], unique=False
    )
    op.create_index(
        "ix_return_note_line_unresolved",
        "return_note_line",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("NOT unit_factor_known AND product_code IS NOT NULL"),
    )
    op.create_table(
        "rule_pack_proposal",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_rule_pack_proposal_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR btrim(remark) <> ''",
            name=op.f("ck_rule_pack_proposal_rejected_with_reason"),
        ),
        sa.CheckConstraint(
            "status IN ('proposed', 'approved', 'rejected')",
            name=op.f("ck_rule_pack_proposal_status_known"),
        ),
        sa.CheckConstraint(
            "decided_by <> proposed_by", name=op.f("ck_rule_pack_proposal_two_people")
        ),
        sa.CheckConstraint(
            "version >= 1", name=op.f("ck_rule_pack_proposal_version_counts_from_one")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_pack_proposal")),
        sa.UniqueConstraint("id", "proposed_by", "decided_by", name="uq_rule_pack_proposal_people"),
    )
    op.create_index(
        "uq_rule_pack_proposal_day",
        "rule_pack_proposal",
        ["valid_from"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_index(
        "uq_rule_pack_proposal_version",
        "rule_pack_proposal",
        ["code", "version"],
        unique=True,
        postgresql_where=sa.text("status = 'proposed'"),
    )
    op.create_table(
        "schedule_tick",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_schedule_tick")),
    )
    op.create_table(
        "seal",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column(
            "sealed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('area', 'platform')", name=op.f("ck_seal_kind")),
        sa.CheckConstraint("number > 0", name=op.f("ck_seal_number_positive")),
        sa.CheckConstraint(
            "octet_length(salt) = 16 AND octet_length(digest) = 32 AND octet_length(previous) = 32 AND octet_length(link) = 32 AND octet_length(mac) = 32",
            name=op.f("ck_seal_lengths"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_seal")),
        sa.UniqueConstraint("area_code", "event_id", name=op.f("uq_seal_area_code_event_id")),
        sa.UniqueConstraint("area_code", "number", name=op.f("uq_seal_area_code_number")),
    )
    op.create_table(
        "seal_head",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "link",
            sa.LargeBinary(),
            server_default=sa.text("decode(repeat('00', 32), 'hex')"),
            nullable=False,
        ),
        sa.CheckConstraint("number >= 0", name=op.f("ck_seal_head_number_natural")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_seal_head")),
        sa.UniqueConstraint("area_code", name=op.f("uq_seal_head_area_code")),
    )
    op.create_table(
        "set_off",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=False),
        sa.Column("negative_share_id", sa.Uuid(), nullable=False),
        sa.Column("positive_share_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_voided", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_set_off_amount_positive")),
        sa.CheckConstraint(
            "negative_share_id <> positive_share_id", name=op.f("ck_set_off_two_shares")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_set_off")),
    )
    op.create_index("ix_set_off_batch", "set_off", ["area_code", "payment_batch_id"], unique=False)
    op.create_index(
        "ix_set_off_negative", "set_off", ["area_code", "negative_share_id"], unique=False
    )
    op.create_index(
        "ix_set_off_positive", "set_off", ["area_code", "positive_share_id"], unique=False
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("key_name", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "algorithm IN ('sm2_sm3', 'ed25519', 'rsa_pss_sha256', 'rsa_pkcs1_sha256')",
            name=op.f("ck_signing_key_algorithm_known"),
        ),
        sa.CheckConstraint(
            "key_name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'", name=op.f("ck_signing_key_key_name_form")
        ),
        sa.CheckConstraint("place IN ('file', 'remote')", name=op.f("ck_signing_key_place_known")),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revocation_reason IS NULL)",
            name=op.f("ck_signing_key_revoked_with_a_reason"),
        ),
        sa.CheckConstraint(
            "valid_from < valid_until", name=op.f("ck_signing_key_valid_for_some_time")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_key")),
        sa.UniqueConstraint("key_name", name=op.f("uq_signing_key_key_name")),
    )
    op.create_table(
        "source_system",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("revision_profile", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "revision_profile IN ('refuse', 'next_revision')",
            name=op.f("ck_source_system_profile_known"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_source_system")),
    )
    op.create_table(
        "supplier",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_pinyin", sa.Text(), nullable=False),
        sa.Column("is_sme", sa.Boolean(), nullable=False),
        sa.Column("suspended_from", sa.Date(), nullable=True),
        sa.Column("successor_id", sa.Uuid(), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "uscc ~ '^[0-9A-HJ-NP-RTUWXY]{18}$'", name=op.f("ck_supplier_uscc_form")
        ),
        sa.CheckConstraint(
            "(successor_id IS NULL) = (succeeded_at IS NULL)",
            name=op.f("ck_supplier_succession_recorded"),
        ),
        sa.CheckConstraint(
            "successor_id IS NULL OR successor_id <> id",
            name=op.f("ck_supplier_successor_is_another"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("uscc", name=op.f("uq_supplier_uscc")),
    )
    op.create_index(
        "ix_supplier_successor",
        "supplier",
        ["successor_id"],
        unique=False,
        postgresql_where=sa.text("successor_id IS NOT NULL"),
    )
    op.create_table(
        "trace_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_repeated", sa.Boolean(), nullable=False),
        sa.CheckConstraint("is_active OR NOT is_repeated", name=op.f("ck_trace_code_repeated")),
        sa.CheckConstraint("place >= 0", name=op.f("ck_trace_code_place")),
        sa.PrimaryKeyConstraint("code", "place", name=op.f("pk_trace_code")),
    )
    op.create_index(
        "ix_trace_code_counted",
        "trace_code",
        ["code", "is_repeated"],
        unique=False,
        postgresql_where=sa.text("is_active"),
    )
    op.create_index(
        "ix_trace_code_line",
        "trace_code",
        ["area_code", "document_id", "line_number"],
        unique=False,
    )
    op.create_index(
        "ix_trace_code_repeated",
        "trace_code",
        ["area_code", "document_id", "line_number"],
        unique=False,
        postgresql_where=sa.text("is_repeated"),
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("login_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column(
            "password_is_initial", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("party_kind", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("hospital_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("failed_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "CASE party_kind WHEN 'hospital' THEN area_code IS NOT NULL AND hospital_id IS NOT NULL AND supplier_id IS NULL WHEN 'supplier' THEN area_code IS NULL AND hospital_id IS NULL AND supplier_id IS NOT NULL WHEN 'area' THEN area_code IS NOT NULL AND hospital_id IS NULL AND supplier_id IS NULL WHEN 'platform' THEN area_code IS NULL AND hospital_id IS NULL AND supplier_id IS NULL ELSE false END",
            name=op.f("ck_user_account_party"),
        ),
        sa.CheckConstraint(
            "login_name = lower(login_name)", name=op.f("ck_user_account_login_name_lower")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("id", "party_kind", name=op.f("uq_user_account_id_party_kind")),
        sa.UniqueConstraint("login_name", name=op.f("uq_user_account_login_name")),
    )
    op.create_table(
        "worker_heartbeat",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker_id", name=op.f("pk_worker_heartbeat")),
    )
    op.create_table(
        "agency",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_pinyin", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_agency")),
        sa.UniqueConstraint("area_code", "code", name=op.f("uq_agency_area_code_code")),
    )
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "year = extract(year FROM day)", name=op.f("ck_calendar_day_day_in_year")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
    )
    op.create_index(
        "uq_calendar_day_current",
        "calendar_day",
        ["day"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "contract",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("contract_code", sa.Text(), nullable=False),
        sa.Column("item_no", sa.Text(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("manufacturer", sa.Text(), nullable=False),
        sa.Column("holder_uscc", sa.Text(), nullable=True),
        sa.Column("pack_price_micro", sa.BigInteger(), nullable=False),
        sa.Column("pack_size", sa.Integer(), nullable=False),
        sa.Column("pack_size_inferred", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("contract_code"), "="),
            (sa.column("product_id"), "="),
            (sa.column("manufacturer"), "="),
            (sa.text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=sa.text("superseded_at IS NULL"),
            using="gist",
            name="ex_contract_one_price",
        ),
        sa.CheckConstraint("pack_price_micro > 0", name=op.f("ck_contract_pack_price_positive")),
        sa.CheckConstraint("pack_size > 0", name=op.f("ck_contract_pack_size_positive")),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_contract_period_forward")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract")),
    )
    op.create_index("ix_contract_product", "contract", ["product_id", "valid_from"], unique=False)
    op.create_index(
        "uq_contract_current",
        "contract",
        ["contract_code", "item_no", "manufacturer", "valid_from"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "distributor_authorization",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_distributor_authorization_period_forward"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distributor_authorization")),
    )
    op.create_index(
        "uq_distributor_authorization_current",
        "distributor_authorization",
        ["area_code", "product_id", "supplier_id", "valid_from"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "document_registry",
        sa.Column("source_system", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issuer_code", sa.Text(), nullable=False),
        sa.Column("external_number", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "source_system",
            "kind",
            "issuer_code",
            "external_number",
            name=op.f("pk_document_registry"),
        ),
    )
    op.create_table(
        "hospital",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_pinyin", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("ownership", sa.Text(), nullable=False),
        sa.Column("suspended_from", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "hospital_code ~ '^[HP][0-9]{11}$'", name=op.f("ck_hospital_hospital_code_form")
        ),
        sa.CheckConstraint(
            "level IN ('tertiary', 'secondary', 'primary', 'unknown')",
            name=op.f("ck_hospital_level_known"),
        ),
        sa.CheckConstraint(
            "ownership IN ('public', 'private', 'military', 'unknown')",
            name=op.f("ck_hospital_ownership_known"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_hospital")),
        sa.UniqueConstraint(
            "area_code", "hospital_code", name=op.f("uq_hospital_area_code_hospital_code")
        ),
    )
    op.create_table(
        "hospital_registry",
        sa.Column("hospital_code", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "hospital_code ~ '^[HP][0-9]{11}$'",
            name=op.f("ck_hospital_registry_hospital_code_form"),
        ),
        sa.PrimaryKeyConstraint("hospital_code", name=op.f("pk_hospital_registry")),
        sa.UniqueConstraint("hospital_id", name=op.f("uq_hospital_registry_hospital_id")),
    )
    op.create_table(
        "intake_part",
        sa.Column("intake_id", sa.Uuid(), nullable=False),
        sa.Column("part_number", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("intake_id", "part_number", name=op.f("pk_intake_part")),
    )
    op.create_table(
        "ledger_account",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("ledger_id", sa.Uuid(), nullable=False),
        sa.Column("book", sa.Text(), nullable=False),
        sa.Column("account_kind", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("counterparty_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(book = 'trade' AND account_kind IN ('owed', 'paid_on_mandate', 'purchases', 'self_paid')) OR (book = 'fund' AND account_kind IN ('advance', 'bank', 'bank_finance', 'benefits', 'deposit', 'fund_transfers', 'in_transit', 'opening', 'payable', 'prepayment', 'reserve', 'suspense'))",
            name=op.f("ck_ledger_account_kind_of_book"),
        ),
        sa.CheckConstraint(
            "(party_id <> '00000000-0000-0000-0000-000000000000') = (account_kind IN ('advance', 'bank', 'deposit', 'owed', 'paid_on_mandate', 'payable', 'prepayment', 'purchases', 'self_paid')) AND (counterparty_id <> '00000000-0000-0000-0000-000000000000') = (account_kind IN ('owed'))",
            name=op.f("ck_ledger_account_parties_of_kind"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_ledger_account")),
        sa.UniqueConstraint(
            "area_code",
            "ledger_id",
            "account_kind",
            "party_id",
            "counterparty_id",
            name=op.f(
                "uq_ledger_account_area_code_ledger_id_account_kind_party_id_counterparty_id"
            ),
        ),
        sa.UniqueConstraint(
            "area_code", "ledger_id", "id", name=op.f("uq_ledger_account_area_code_ledger_id_id")
        ),
    )
    op.create_table(
        "ledger_head",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("last_posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("last_number >= 0", name=op.f("ck_ledger_head_last_number")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_ledger_head")),
    )
    op.create_table(
        "ledger_posting",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("ledger_id", sa.Uuid(), nullable=False),
        sa.Column("posting_number", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("transfer_count", sa.Integer(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("posting_number > 0", name=op.f("ck_ledger_posting_posting_number")),
        sa.CheckConstraint("transfer_count > 0", name=op.f("ck_ledger_posting_transfer_count")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_ledger_posting")),
        sa.UniqueConstraint(
            "area_code",
            "ledger_id",
            "posting_number",
            name=op.f("uq_ledger_posting_area_code_ledger_id_posting_number"),
        ),
    )
    op.create_table(
        "match_run",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("run_number", sa.BigInteger(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("intake_id", sa.Uuid(), nullable=True),
        sa.Column("match_request_id", sa.Uuid(), nullable=True),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_line_count", sa.Integer(), nullable=False),
        sa.Column("receipt_line_count", sa.Integer(), nullable=False),
        sa.Column("invoice_line_count", sa.Integer(), nullable=False),
        sa.Column("payables_inserted", sa.Integer(), nullable=False),
        sa.Column("payables_superseded", sa.Integer(), nullable=False),
        sa.Column("discrepancies_inserted", sa.Integer(), nullable=False),
        sa.Column("discrepancies_superseded", sa.Integer(), nullable=False),
        sa.Column("received_milli", sa.BigInteger(), nullable=False),
        sa.Column("returned_milli", sa.BigInteger(), nullable=False),
        sa.Column("received_matched_milli", sa.BigInteger(), nullable=False),
        sa.Column("received_waiting_milli", sa.BigInteger(), nullable=False),
        sa.Column("received_held_milli", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_milli", sa.BigInteger(), nullable=False),
        sa.Column("credited_milli", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_matched_milli", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_waiting_milli", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_held_milli", sa.BigInteger(), nullable=False),
        sa.Column("invoiced_minor", sa.BigInteger(), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), nullable=False),
        sa.Column("matched_minor", sa.BigInteger(), nullable=False),
        sa.Column("waiting_minor", sa.BigInteger(), nullable=False),
        sa.Column("held_minor", sa.BigInteger(), nullable=False),
        sa.Column("absorbed_milli", sa.BigInteger(), nullable=False),
        sa.Column("absorbed_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "trigger IN ('arrival', 'manual', 'invoice_flag', 'trace_code', 'master_data', 'resolution')",
            name=op.f("ck_match_run_trigger_known"),
        ),
        sa.CheckConstraint(
            "invoiced_milli - credited_milli = invoiced_matched_milli + invoiced_waiting_milli + invoiced_held_milli",
            name=op.f("ck_match_run_invoiced_balanced"),
        ),
        sa.CheckConstraint(
            "invoiced_minor - credited_minor = matched_minor + waiting_minor + held_minor",
            name=op.f("ck_match_run_amount_balanced"),
        ),
        sa.CheckConstraint(
            "received_milli - returned_milli = received_matched_milli + received_waiting_milli + received_held_milli",
            name=op.f("ck_match_run_received_balanced"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_match_run")),
        sa.UniqueConstraint(
            "area_code", "run_number", name=op.f("uq_match_run_area_code_run_number")
        ),
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
        "payee_account",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("account_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("account_blind_index", sa.LargeBinary(), nullable=False),
        sa.Column("account_last4", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("cnaps_code", sa.Text(), nullable=False),
        sa.Column("verification_state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("verified_by_first", sa.Uuid(), nullable=True),
        sa.Column("verified_by_second", sa.Uuid(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("supplier_id"), "="),
            (sa.text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=sa.text("verification_state IN ('verified', 'frozen')"),
            using="gist",
            name="ex_payee_account_one_current",
        ),
        sa.CheckConstraint(
            "account_last4 ~ '^[0-9]{4}$'", name=op.f("ck_payee_account_account_last4_form")
        ),
        sa.CheckConstraint(
            "cnaps_code ~ '^[0-9]{12}$'", name=op.f("ck_payee_account_cnaps_code_form")
        ),
        sa.CheckConstraint(
            "verification_state <> 'verified' OR (verified_by_first IS NOT NULL AND verified_by_second IS NOT NULL)",
            name=op.f("ck_payee_account_verified_by_two"),
        ),
        sa.CheckConstraint(
            "verification_state IN ('unverified', 'verified', 'frozen', 'superseded')",
            name=op.f("ck_payee_account_verification_state_known"),
        ),
        sa.CheckConstraint(
            "octet_length(account_blind_index) = 32",
            name=op.f("ck_payee_account_blind_index_length"),
        ),
        sa.CheckConstraint(
            "proposed_by <> verified_by_first AND proposed_by <> verified_by_second",
            name=op.f("ck_payee_account_proposer_does_not_verify"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_payee_account_period_forward"),
        ),
        sa.CheckConstraint(
            "verified_by_first <> verified_by_second",
            name=op.f("ck_payee_account_verifiers_differ"),
        ),
        sa.CheckConstraint(
            "verified_by_first IS NOT NULL OR verified_by_second IS NULL",
            name=op.f("ck_payee_account_first_before_second"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payee_account")),
        sa.UniqueConstraint(
            "supplier_id",
            "account_blind_index",
            "cnaps_code",
            "valid_from",
            name="uq_payee_account_from",
        ),
    )
    op.create_index(
        "ix_payee_account_supplier", "payee_account", ["supplier_id", "id"], unique=False
    )
    op.create_table(
        "period_movement",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("ledger_id", sa.Uuid(), nullable=False),
        sa.Column("account_kind", sa.Text(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "debit_minor >= 0 AND credit_minor >= 0", name=op.f("ck_period_movement_sides")
        ),
        sa.CheckConstraint(
            "octet_length(digest) = 32", name=op.f("ck_period_movement_digest_length")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_period_movement")),
        sa.UniqueConstraint(
            "area_code",
            "period",
            "ledger_id",
            "account_kind",
            name=op.f("uq_period_movement_area_code_period_ledger_id_account_kind"),
        ),
    )
    op.create_table(
        "place",
        sa.Column("place_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_pinyin", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("place_code ~ '^[0-9]{6}$'", name=op.f("ck_place_place_code_form")),
        sa.PrimaryKeyConstraint("place_code", name=op.f("pk_place")),
    )
    op.create_table(
        "product_group_member",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("group_code", sa.Text(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_group_member")),
    )
    op.create_index(
        "ix_product_group_member_group",
        "product_group_member",
        ["round_id", "group_code"],
        unique=False,
    )
    op.create_index(
        "uq_product_group_member_current",
        "product_group_member",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "product_unit",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("numerator", sa.BigInteger(), nullable=False),
        sa.Column("denominator", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "numerator > 0 AND denominator > 0", name=op.f("ck_product_unit_factor_positive")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_unit")),
        sa.UniqueConstraint("product_id", "unit", name=op.f("uq_product_unit_product_id_unit")),
    )
    op.create_table(
        "replay_difference",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("replay_id", sa.Uuid(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lines_before", sa.Integer(), nullable=False),
        sa.Column("lines_after", sa.Integer(), nullable=False),
        sa.Column("before_milli", sa.BigInteger(), nullable=False),
        sa.Column("after_milli", sa.BigInteger(), nullable=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=False),
        sa.Column("after_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(ending = 'matched') = (kind <> '')", name=op.f("ck_replay_difference_kind_of_matched")
        ),
        sa.CheckConstraint(
            "(ending = 'matched') = (reason = '')",
            name=op.f("ck_replay_difference_reason_of_the_rest"),
        ),
        sa.CheckConstraint(
            "(ending = 'matched') = (route <> '')",
            name=op.f("ck_replay_difference_route_of_matched"),
        ),
        sa.CheckConstraint(
            "ending IN ('matched', 'waiting', 'held', 'absorbed', 'information', 'correction')",
            name=op.f("ck_replay_difference_ending_known"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_replay_difference")),
        sa.UniqueConstraint(
            "area_code",
            "replay_id",
            "ending",
            "reason",
            "route",
            "kind",
            name=op.f("uq_replay_difference_area_code_replay_id_ending_reason_route_kind"),
        ),
    )
    op.create_table(
        "rule_pack",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issuing_document", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(proposal_id IS NULL) = (proposed_by IS NULL) AND (proposal_id IS NULL) = (released_by IS NULL)",
            name=op.f("ck_rule_pack_proposal_names_people"),
        ),
        sa.CheckConstraint("proposed_by <> released_by", name=op.f("ck_rule_pack_two_people")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_rule_pack_version_counts_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_pack")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_rule_pack_code_version")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_rule_pack_proposal_id")),
        sa.UniqueConstraint("valid_from", name=op.f("uq_rule_pack_valid_from")),
    )
    op.create_table(
        "supplier_alias",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "alias !~ '^[0-9A-Z]{18}$'", name=op.f("ck_supplier_alias_alias_is_no_uscc")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_alias")),
    )
    op.create_index(
        "uq_supplier_alias_current",
        "supplier_alias",
        ["alias"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("party_kind", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(party_kind = 'hospital' AND role IN ('hospital_clerk', 'hospital_confirmer')) OR (party_kind = 'supplier' AND role IN ('supplier')) OR (party_kind = 'area' AND role IN ('administrator', 'agency_checker', 'agency_maker', 'agency_releaser', 'bureau_viewer', 'finance')) OR (party_kind = 'platform' AND role IN ('administrator', 'bureau_viewer'))",
            name=op.f("ck_user_role_role_of_party"),
        ),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "octet_length(token_hash) = 32", name=op.f("ck_user_session_token_hash_length")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    op.create_index(
        op.f("ix_user_session_expires_at"), "user_session", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "voucher_head",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("through_number", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("through_number >= 0", name=op.f("ck_voucher_head_through_number")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_voucher_head")),
    )
    op.create_table(
        "account_balance",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("ledger_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("posting_number", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("posted_debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("posted_credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("pending_credit_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "posted_debit_minor >= 0 AND posted_credit_minor >= 0 AND pending_debit_minor >= 0 AND pending_credit_minor >= 0",
            name=op.f("ck_account_balance_not_negative"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_account_balance")),
        sa.UniqueConstraint(
            "area_code",
            "account_id",
            "posting_number",
            name=op.f("uq_account_balance_area_code_account_id_posting_number"),
        ),
    )
    op.create_table(
        "agency_account",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("account_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("account_blind_index", sa.LargeBinary(), nullable=False),
        sa.Column("account_last4", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("cnaps_code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("area_code"), "="),
            (sa.column("agency_id"), "="),
            (sa.column("scheme"), "="),
            (sa.text("daterange(valid_from, valid_to, '[]')"), "&&"),
            using="gist",
            name="ex_agency_account_one_current",
        ),
        sa.CheckConstraint(
            "account_last4 ~ '^[0-9]{4}$'", name=op.f("ck_agency_account_account_last4_form")
        ),
        sa.CheckConstraint(
            "cnaps_code ~ '^[0-9]{12}$'", name=op.f("ck_agency_account_cnaps_code_form")
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_agency_account_scheme_known")),
        sa.CheckConstraint(
            "octet_length(account_blind_index) = 32",
            name=op.f("ck_agency_account_blind_index_length"),
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from",
            name=op.f("ck_agency_account_period_forward"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_agency_account")),
        sa.UniqueConstraint("area_code", "account_blind_index", name="uq_agency_account_number"),
        sa.UniqueConstraint("area_code", "id", "scheme", name="uq_agency_account_scheme"),
    )
    op.create_table(
        "agreed_volume",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("contract_code", sa.Text(), nullable=False),
        sa.Column("item_no", sa.Text(), nullable=False),
        sa.Column("manufacturer", sa.Text(), nullable=False),
        sa.Column("scope_code", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("quantity_milli", sa.BigInteger(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "quantity_milli >= 0", name=op.f("ck_agreed_volume_quantity_not_negative")
        ),
        sa.CheckConstraint(
            "year BETWEEN 1990 AND 2200", name=op.f("ck_agreed_volume_year_plausible")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_agreed_volume")),
    )
    op.create_index(
        "uq_agreed_volume_current",
        "agreed_volume",
        ["area_code", "contract_code", "item_no", "manufacturer", "scope_code", "year"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "application_counter",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("last_run_no", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "last_run_no > 0", name=op.f("ck_application_counter_last_run_no_positive")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_application_counter")),
        sa.UniqueConstraint(
            "area_code",
            "hospital_id",
            "supplier_id",
            "period",
            name=op.f("uq_application_counter_area_code_hospital_id_supplier_id_period"),
        ),
    )
    op.create_table(
        "batch_counter",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("last_no", sa.Integer(), nullable=False),
        sa.CheckConstraint("last_no > 0", name=op.f("ck_batch_counter_last_no_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_batch_counter")),
        sa.UniqueConstraint(
            "area_code",
            "agency_id",
            "scheme",
            "period",
            name=op.f("uq_batch_counter_area_code_agency_id_scheme_period"),
        ),
    )
    op.create_table(
        "carried_return",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("carried_since", sa.Date(), nullable=False),
        sa.Column("receivable_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_carried_return_scheme_known")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_carried_return_amount_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_carried_return")),
    )
    op.create_index(
        "ix_carried_return_hospital", "carried_return", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_carried_return_supplier", "carried_return", ["supplier_id", "id"], unique=False
    )
    op.create_index(
        "uq_carried_return_open",
        "carried_return",
        ["area_code", "hospital_id", "supplier_id", "scheme"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "claim_capacity",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("available_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserved_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("consumed_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("excess_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_claim_capacity_month_form")
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_claim_capacity_scheme_known")),
        sa.CheckConstraint(
            "available_minor >= 0", name=op.f("ck_claim_capacity_available_not_negative")
        ),
        sa.CheckConstraint(
            "consumed_minor >= 0", name=op.f("ck_claim_capacity_consumed_not_negative")
        ),
        sa.CheckConstraint("excess_minor >= 0", name=op.f("ck_claim_capacity_excess_not_negative")),
        sa.CheckConstraint(
            "reserved_minor + consumed_minor <= available_minor + excess_minor",
            name=op.f("ck_claim_capacity_bound_within_available"),
        ),
        sa.CheckConstraint(
            "reserved_minor >= 0", name=op.f("ck_claim_capacity_reserved_not_negative")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_claim_capacity")),
        sa.UniqueConstraint(
            "area_code",
            "hospital_id",
            "scheme",
            "month",
            name=op.f("uq_claim_capacity_area_code_hospital_id_scheme_month"),
        ),
    )
    op.create_index(
        "ix_claim_capacity_hospital", "claim_capacity", ["hospital_id", "id"], unique=False
    )
    op.create_table(
        "contract_scope",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("scope_code", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "scope_code ~ '^[0-9]{6}$'", name=op.f("ck_contract_scope_scope_code_form")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_scope")),
    )
    op.create_index(
        "uq_contract_scope_current",
        "contract_scope",
        ["contract_id", "scope_code"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "fund_document",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("aspect", sa.Text(), nullable=False),
        sa.Column("external_number", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_date", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fund_import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind = 'claim' AND aspect IN ('estimated', 'settled', 'cleared') AND external_number = '' AND paid_date IS NULL OR kind = 'advance' AND aspect = '' AND external_number <> '' AND paid_date IS NOT NULL OR kind = 'prepayment' AND aspect IN ('granted', 'recovery_due') AND external_number <> '' AND paid_date IS NOT NULL",
            name=op.f("ck_fund_document_kind_has_its_columns"),
        ),
        sa.CheckConstraint(
            "month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_fund_document_month_form")
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_fund_document_scheme_known")),
        sa.CheckConstraint(
            "state IN ('effective', 'superseded')", name=op.f("ck_fund_document_state_known")
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_fund_document_amount_not_negative")),
        sa.CheckConstraint("version > 0", name=op.f("ck_fund_document_version_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_fund_document")),
        sa.UniqueConstraint(
            "area_code",
            "hospital_id",
            "month",
            "scheme",
            "kind",
            "aspect",
            "external_number",
            "version",
            name="uq_fund_document_identity",
        ),
    )
    op.create_index(
        "ix_fund_document_hospital", "fund_document", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "uq_fund_document_effective",
        "fund_document",
        ["area_code", "hospital_id", "month", "scheme", "kind", "aspect", "external_number"],
        unique=True,
        postgresql_where=sa.text("state = 'effective'"),
    )
    op.create_table(
        "mandate",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("document_reference", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_mandate_period_forward")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_mandate")),
    )
    op.create_index("ix_mandate_hospital", "mandate", ["hospital_id", "id"], unique=False)
    op.create_index(
        "uq_mandate_current",
        "mandate",
        ["area_code", "hospital_id", "document_reference"],
        unique=True,
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "self_payment",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("last_told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_self_payment")),
        sa.UniqueConstraint(
            "area_code",
            "hospital_id",
            "supplier_id",
            "invoice_number",
            "reference",
            name=op.f("uq_self_payment_area_code_hospital_id_supplier_id_invoice_number_reference"),
        ),
    )
    op.create_index("ix_self_payment_hospital", "self_payment", ["hospital_id", "id"], unique=False)
    op.create_index("ix_self_payment_supplier", "self_payment", ["supplier_id", "id"], unique=False)
    op.create_table(
        "settlement_application",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("run_no", sa.Integer(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirm_by_date", sa.Date(), nullable=True),
        sa.Column("reminded_date", sa.Date(), nullable=True),
        sa.Column("reminder_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'",
            name=op.f("ck_settlement_application_period_form"),
        ),
        sa.CheckConstraint(
            "line_count > 0", name=op.f("ck_settlement_application_line_count_positive")
        ),
        sa.CheckConstraint("run_no > 0", name=op.f("ck_settlement_application_run_no_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_settlement_application")),
        sa.UniqueConstraint(
            "area_code",
            "hospital_id",
            "supplier_id",
            "period",
            "run_no",
            name=op.f("uq_settlement_application_area_code_hospital_id_supplier_id_period_run_no"),
        ),
    )
    op.create_index(
        "ix_settlement_application_deadline",
        "settlement_application",
        ["area_code", "confirm_by_date"],
        unique=False,
        postgresql_where=sa.text("confirm_by_date IS NOT NULL"),
    )
    op.create_index(
        "ix_settlement_application_hospital",
        "settlement_application",
        ["hospital_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_settlement_application_supplier",
        "settlement_application",
        ["supplier_id", "id"],
        unique=False,
    )
    op.create_table(
        "transfer",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("ledger_id", sa.Uuid(), nullable=False),
        sa.Column("posting_number", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("leg_number", sa.Integer(), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("resolves_transfer_id", sa.Uuid(), nullable=True),
        sa.Column("resolves_state", sa.Text(), nullable=True),
        sa.Column("resolves_amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("booking_date", sa.Date(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("basis_kind", sa.Text(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "CASE WHEN resolves_transfer_id IS NULL THEN state <> 'void' AND resolves_state IS NULL AND resolves_amount_minor IS NULL ELSE state <> 'pending' AND coalesce(resolves_state, '') = 'pending' AND amount_minor <= coalesce(resolves_amount_minor, 0) AND (state = 'posted' OR amount_minor = resolves_amount_minor) END",
            name=op.f("ck_transfer_resolves"),
        ),
        sa.CheckConstraint(
            "period = extract(year FROM booking_date)::text || '-' || lpad(extract(month FROM booking_date)::text, 2, '0')",
            name=op.f("ck_transfer_period"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'posted', 'void')", name=op.f("ck_transfer_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_transfer_amount")),
        sa.CheckConstraint(
            "debit_account_id <> credit_account_id", name=op.f("ck_transfer_two_accounts")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_transfer")),
        sa.UniqueConstraint(
            "area_code",
            "id",
            "ledger_id",
            "debit_account_id",
            "credit_account_id",
            "state",
            "amount_minor",
            name="uq_transfer_shape",
        ),
    )
    op.create_index(
        "ix_transfer_basis", "transfer", ["area_code", "basis_kind", "basis_id"], unique=False
    )
    op.create_index(
        "ix_transfer_posting",
        "transfer",
        ["area_code", "ledger_id", "posting_number"],
        unique=False,
    )
    op.create_index(
        "uq_transfer_purpose",
        "transfer",
        ["area_code", "ledger_id", "basis_kind", "basis_id", "purpose", "leg_number"],
        unique=True,
        postgresql_where=sa.text("purpose <> ''"),
    )
    op.create_index(
        "uq_transfer_resolved_once",
        "transfer",
        ["area_code", "resolves_transfer_id"],
        unique=True,
        postgresql_where=sa.text("resolves_transfer_id IS NOT NULL"),
    )
    op.create_table(
        "voucher",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("ledger_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("posting_number", sa.BigInteger(), nullable=False),
        sa.Column("basis_kind", sa.Text(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("voucher_date", sa.Date(), nullable=False),
        sa.Column("voucher_number", sa.BigInteger(), nullable=False),
        sa.Column("plan_code", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(hospital_id IS NOT NULL) = (side = 'hospital') AND (supplier_id IS NOT NULL) = (side = 'supplier')",
            name=op.f("ck_voucher_owner"),
        ),
        sa.CheckConstraint(
            "period = extract(year FROM voucher_date)::text || '-' || lpad(extract(month FROM voucher_date)::text, 2, '0')",
            name=op.f("ck_voucher_period"),
        ),
        sa.CheckConstraint(
            "side IN ('hospital', 'supplier', 'fund')", name=op.f("ck_voucher_side")
        ),
        sa.CheckConstraint("total_minor > 0", name=op.f("ck_voucher_total")),
        sa.CheckConstraint("voucher_number > 0", name=op.f("ck_voucher_voucher_number")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_voucher")),
    )
    op.create_index(
        "ix_voucher_basis", "voucher", ["area_code", "basis_kind", "basis_id"], unique=False
    )
    op.create_index("ix_voucher_hospital", "voucher", ["hospital_id", "id"], unique=False)
    op.create_index("ix_voucher_supplier", "voucher", ["supplier_id", "id"], unique=False)
    op.create_index(
        "uq_voucher_number",
        "voucher",
        [
            "area_code",
            "side",
            "hospital_id",
            "supplier_id",
            "ledger_id",
            "period",
            "voucher_number",
        ],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "funding_source",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("account_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("account_blind_index", sa.LargeBinary(), nullable=False),
        sa.Column("account_last4", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "octet_length(account_blind_index) = 32",
            name=op.f("ck_funding_source_blind_index_length"),
        ),
        sa.CheckConstraint("proposed_by <> approved_by", name=op.f("ck_funding_source_two_people")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_funding_source")),
        sa.UniqueConstraint(
            "area_code",
            "agency_account_id",
            "account_blind_index",
            name=op.f("uq_funding_source_area_code_agency_account_id_account_blind_index"),
        ),
    )
    op.create_table(
        "payment_batch",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("batch_no", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("cutoff_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_minor", sa.BigInteger(), nullable=False),
        sa.Column("eligible_count", sa.Integer(), nullable=False),
        sa.Column("eligible_minor", sa.BigInteger(), nullable=False),
        sa.Column("taken_count", sa.Integer(), nullable=False),
        sa.Column("left_out_count", sa.Integer(), nullable=False),
        sa.Column("left_out_minor", sa.BigInteger(), nullable=False),
        sa.Column("payment_count", sa.Integer(), nullable=False),
        sa.Column("control_sum_minor", sa.BigInteger(), nullable=False),
        sa.Column("set_off_minor", sa.BigInteger(), nullable=False),
        sa.Column("planned_recovery_minor", sa.BigInteger(), nullable=False),
        sa.Column("shortfall_minor", sa.BigInteger(), nullable=False),
        sa.Column("shortfall_policy", sa.Text(), nullable=False),
        sa.Column("rule_pack_code", sa.Text(), nullable=False),
        sa.Column("rule_pack_version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.Column("halted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'released') = (released_by IS NOT NULL) AND (released_by IS NULL) = (released_at IS NULL)",
            name=op.f("ck_payment_batch_released_by_somebody"),
        ),
        sa.CheckConstraint(
            "(status = 'voided') = (voided_by IS NOT NULL) AND (voided_by IS NULL) = (void_reason IS NULL)",
            name=op.f("ck_payment_batch_voided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved','released')) <= (approved_by IS NOT NULL)",
            name=op.f("ck_payment_batch_approved_by_somebody"),
        ),
        sa.CheckConstraint(
            "period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_payment_batch_period_form")
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_payment_batch_scheme_known")),
        sa.CheckConstraint(
            "status IN ('frozen', 'approved', 'released', 'voided')",
            name=op.f("ck_payment_batch_status_known"),
        ),
        sa.CheckConstraint(
            "approved_by <> released_by", name=op.f("ck_payment_batch_checker_is_not_releaser")
        ),
        sa.CheckConstraint(
            "control_sum_minor = planned_recovery_minor + shortfall_minor AND planned_recovery_minor >= 0 AND shortfall_minor >= 0",
            name=op.f("ck_payment_batch_recovery_and_shortfall_add_up"),
        ),
        sa.CheckConstraint(
            "eligible_count = taken_count + left_out_count",
            name=op.f("ck_payment_batch_every_share_has_a_place"),
        ),
        sa.CheckConstraint(
            "eligible_minor = control_sum_minor + left_out_minor",
            name=op.f("ck_payment_batch_every_fen_has_a_place"),
        ),
        sa.CheckConstraint(
            "made_by <> approved_by", name=op.f("ck_payment_batch_maker_is_not_checker")
        ),
        sa.CheckConstraint(
            "made_by <> released_by", name=op.f("ck_payment_batch_maker_is_not_releaser")
        ),
        sa.CheckConstraint(
            "octet_length(content_hash) = 32", name=op.f("ck_payment_batch_content_hash_length")
        ),
        sa.CheckConstraint(
            "payment_count >= 0 AND control_sum_minor >= 0",
            name=op.f("ck_payment_batch_sums_not_negative"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_batch")),
        sa.UniqueConstraint(
            "area_code",
            "agency_id",
            "scheme",
            "period",
            "batch_no",
            name=op.f("uq_payment_batch_area_code_agency_id_scheme_period_batch_no"),
        ),
        sa.UniqueConstraint("area_code", "id", "scheme", name="uq_payment_batch_scheme"),
    )
    op.create_table(
        "self_payment_use",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("self_payment_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_self_payment_use_reason_said")),
        sa.CheckConstraint(
            "voice IN ('claimed_by_hospital', 'confirmed_by_supplier', 'bank_verified')",
            name=op.f("ck_self_payment_use_voice_known"),
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_self_payment_use_amount")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_self_payment_use")),
    )
    op.create_index(
        "ix_self_payment_use_hospital", "self_payment_use", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_self_payment_use_supplier", "self_payment_use", ["supplier_id", "id"], unique=False
    )
    op.create_table(
        "self_payment_voice",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("self_payment_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("voice", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_date", sa.Date(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.Uuid(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "voice IN ('claimed_by_hospital', 'confirmed_by_supplier', 'bank_verified')",
            name=op.f("ck_self_payment_voice_voice_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_self_payment_voice_amount_positive")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_self_payment_voice")),
        sa.UniqueConstraint(
            "area_code",
            "self_payment_id",
            "voice",
            name=op.f("uq_self_payment_voice_area_code_self_payment_id_voice"),
        ),
    )
    op.create_index(
        "ix_self_payment_voice_hospital", "self_payment_voice", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_self_payment_voice_supplier", "self_payment_voice", ["supplier_id", "id"], unique=False
    )
    op.create_table(
        "statement_day",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("statement_date", sa.Date(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_statement_day")),
        sa.UniqueConstraint(
            "area_code",
            "agency_account_id",
            "statement_date",
            name=op.f("uq_statement_day_area_code_agency_account_id_statement_date"),
        ),
    )
    op.create_table(
        "statement_file",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("statement_date", sa.Date(), nullable=True),
        sa.Column("body_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("xsd_valid", sa.Boolean(), nullable=True),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("profile_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(profile IS NULL) = (profile_sha256 IS NULL) AND (profile IS NULL OR (format IN ('csv', 'xlsx') AND state = 'read'))",
            name=op.f("ck_statement_file_profile_of_a_table"),
        ),
        sa.CheckConstraint(
            "(state = 'unreadable') = (fault IS NOT NULL)",
            name=op.f("ck_statement_file_fault_when_unread"),
        ),
        sa.CheckConstraint(
            "format IN ('bank_message', 'mt940', 'csv', 'xlsx')",
            name=op.f("ck_statement_file_format_known"),
        ),
        sa.CheckConstraint(
            "source IN ('fetched', 'uploaded')", name=op.f("ck_statement_file_source_known")
        ),
        sa.CheckConstraint(
            "state IN ('received', 'read', 'unreadable')",
            name=op.f("ck_statement_file_state_known"),
        ),
        sa.CheckConstraint(
            "octet_length(body_sha256) = 32", name=op.f("ck_statement_file_digest_length")
        ),
        sa.CheckConstraint(
            "octet_length(profile_sha256) = 32",
            name=op.f("ck_statement_file_profile_digest_length"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_statement_file")),
        sa.UniqueConstraint(
            "area_code",
            "agency_account_id",
            "body_sha256",
            name=op.f("uq_statement_file_area_code_agency_account_id_body_sha256"),
        ),
    )
    op.create_index(
        "ix_statement_file_state", "statement_file", ["area_code", "state"], unique=False
    )
    op.create_table(
        "voucher_line",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("voucher_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("entry_class", sa.Text(), nullable=False),
        sa.Column("account_code", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("partner_kind", sa.Text(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=True),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(hospital_id IS NOT NULL) = (side = 'hospital') AND (supplier_id IS NOT NULL) = (side = 'supplier')",
            name=op.f("ck_voucher_line_owner"),
        ),
        sa.CheckConstraint(
            "(partner_kind = '') = (partner_id IS NULL)", name=op.f("ck_voucher_line_partner")
        ),
        sa.CheckConstraint(
            "entry_class IN ('financial', 'budget')", name=op.f("ck_voucher_line_entry_class")
        ),
        sa.CheckConstraint(
            "partner_kind IN ('', 'hospital', 'supplier')",
            name=op.f("ck_voucher_line_partner_kind"),
        ),
        sa.CheckConstraint(
            "side IN ('hospital', 'supplier', 'fund')", name=op.f("ck_voucher_line_side")
        ),
        sa.CheckConstraint(
            "(debit_minor > 0) <> (credit_minor > 0)", name=op.f("ck_voucher_line_one_side")
        ),
        sa.CheckConstraint(
            "debit_minor >= 0 AND credit_minor >= 0", name=op.f("ck_voucher_line_not_negative")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_voucher_line")),
        sa.UniqueConstraint(
            "area_code",
            "voucher_id",
            "line_number",
            name=op.f("uq_voucher_line_area_code_voucher_id_line_number"),
        ),
    )
    op.create_table(
        "bank_statement",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("statement_file_id", sa.Uuid(), nullable=False),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("statement_identification", sa.Text(), nullable=False),
        sa.Column("sequence_number", sa.BigInteger(), nullable=True),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("opening_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("known_before_count", sa.Integer(), nullable=False),
        sa.Column("not_booked_count", sa.Integer(), nullable=False),
        sa.Column("balanced", sa.Boolean(), nullable=False),
        sa.Column("continuity", sa.Text(), nullable=False),
        sa.Column("chain_difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("opening_proposed_by", sa.Uuid(), nullable=True),
        sa.Column("opening_confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "continuity IN ('first', 'continuous', 'gap', 'overlap')",
            name=op.f("ck_bank_statement_continuity_known"),
        ),
        sa.CheckConstraint(
            "opening_proposed_by IS NULL OR (continuity = 'first' AND opening_minor <> 0)",
            name=op.f("ck_bank_statement_opening_of_a_first_statement"),
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_bank_statement_scheme_known")),
        sa.CheckConstraint(
            "balanced = (opening_minor + credit_minor - debit_minor = closing_minor)",
            name=op.f("ck_bank_statement_balanced_is_computed"),
        ),
        sa.CheckConstraint(
            "credit_minor >= 0 AND debit_minor >= 0",
            name=op.f("ck_bank_statement_sums_not_negative"),
        ),
        sa.CheckConstraint("from_date <= to_date", name=op.f("ck_bank_statement_dates_in_order")),
        sa.CheckConstraint(
            "opening_confirmed_by IS NULL OR opening_proposed_by IS NOT NULL",
            name=op.f("ck_bank_statement_opening_proposed_first"),
        ),
        sa.CheckConstraint(
            "opening_proposed_by <> opening_confirmed_by",
            name=op.f("ck_bank_statement_opening_by_two"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_bank_statement")),
        sa.UniqueConstraint(
            "area_code",
            "agency_account_id",
            "statement_identification",
            "statement_file_id",
            name=op.f(
                "uq_bank_statement_area_code_agency_account_id_statement_identification_statement_file_id"
            ),
        ),
    )
    op.create_index(
        "ix_bank_statement_account",
        "bank_statement",
        ["area_code", "agency_account_id", "to_date"],
        unique=False,
    )
    op.create_table(
        "batch_recovery",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("cash_minor", sa.BigInteger(), nullable=False),
        sa.Column("planned_recovery_minor", sa.BigInteger(), nullable=False),
        sa.Column("shortfall_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("cash_minor > 0", name=op.f("ck_batch_recovery_cash_positive")),
        sa.CheckConstraint(
            "planned_recovery_minor >= 0 AND shortfall_minor >= 0 AND cash_minor = planned_recovery_minor + shortfall_minor",
            name=op.f("ck_batch_recovery_recovery_and_shortfall_add_up"),
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_batch_recovery")),
        sa.UniqueConstraint(
            "area_code",
            "payment_batch_id",
            "hospital_id",
            name=op.f("uq_batch_recovery_area_code_payment_batch_id_hospital_id"),
        ),
    )
    op.create_index(
        "ix_batch_recovery_hospital", "batch_recovery", ["hospital_id", "id"], unique=False
    )
    op.create_table(
        "offset_instruction",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=False),
        sa.Column("instruction_no", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledge_by_date", sa.Date(), nullable=True),
        sa.Column("reminded_date", sa.Date(), nullable=True),
        sa.Column("reminder_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'acknowledged') = (acknowledged_by IS NOT NULL) AND (acknowledged_by IS NULL) = (acknowledged_at IS NULL)",
            name=op.f("ck_offset_instruction_acknowledged_by_somebody"),
        ),
        sa.CheckConstraint(
            "month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_offset_instruction_month_form")
        ),
        sa.CheckConstraint(
            "scheme IN ('310', '390')", name=op.f("ck_offset_instruction_scheme_known")
        ),
        sa.CheckConstraint(
            "status IN ('issued', 'acknowledged')", name=op.f("ck_offset_instruction_status_known")
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_offset_instruction_amount_not_zero")),
        sa.CheckConstraint(
            "instruction_no > 0", name=op.f("ck_offset_instruction_instruction_no_positive")
        ),
        sa.CheckConstraint(
            "reminder_count >= 0", name=op.f("ck_offset_instruction_reminders_counted")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_offset_instruction")),
        sa.UniqueConstraint(
            "area_code",
            "payment_batch_id",
            "hospital_id",
            "scheme",
            "month",
            "instruction_no",
            name=op.f(
                "uq_offset_instruction_area_code_payment_batch_id_hospital_id_scheme_month_instruction_no"
            ),
        ),
    )
    op.create_index(
        "ix_offset_instruction_hospital", "offset_instruction", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_offset_instruction_unacknowledged",
        "offset_instruction",
        ["area_code", "issued_at"],
        unique=False,
        postgresql_where=sa.text("status = 'issued'"),
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
        sa.Column("is_released", sa.Boolean(), server_default=sa.text("false"), nullable=False),
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
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment")),
    )
    op.create_index("ix_payment_batch", "payment", ["area_code", "payment_batch_id"], unique=False)
    op.create_index("ix_payment_supplier", "payment", ["supplier_id", "id"], unique=False)
    op.create_table(
        "settled_batch",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_settled_batch")),
        sa.UniqueConstraint(
            "area_code",
            "payment_batch_id",
            name=op.f("uq_settled_batch_area_code_payment_batch_id"),
        ),
    )
    op.create_table(
        "shortfall_case",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_batch_id", sa.Uuid(), nullable=False),
        sa.Column("hospital_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("shortfall_minor", sa.BigInteger(), nullable=False),
        sa.Column("recovered_minor", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_shortfall_case_month_form")
        ),
        sa.CheckConstraint("scheme IN ('310', '390')", name=op.f("ck_shortfall_case_scheme_known")),
        sa.CheckConstraint(
            "recovered_minor BETWEEN 0 AND shortfall_minor",
            name=op.f("ck_shortfall_case_recovered_within_shortfall"),
        ),
        sa.CheckConstraint(
            "shortfall_minor >= 0", name=op.f("ck_shortfall_case_shortfall_not_negative")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_shortfall_case")),
        sa.UniqueConstraint(
            "area_code",
            "payment_batch_id",
            "hospital_id",
            name=op.f("uq_shortfall_case_area_code_payment_batch_id_hospital_id"),
        ),
    )
    op.create_index(
        "ix_shortfall_case_hospital", "shortfall_case", ["hospital_id", "id"], unique=False
    )
    op.create_index(
        "ix_shortfall_case_open",
        "shortfall_case",
        ["area_code", "hospital_id", "scheme", "month"],
        unique=False,
        postgresql_where=sa.text("recovered_minor < shortfall_minor"),
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
        sa.Column("signing_key", sa.Text(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("payment_count", sa.Integer(), nullable=False),
        sa.Column("control_sum_minor", sa.BigInteger(), nullable=False),
        sa.Column("execution_date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivery_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
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
            "state IN ('stored', 'signed', 'sending', 'voided')",
            name=op.f("ck_submission_state_known"),
        ),
        sa.CheckConstraint(
            "(delivery_count = 0) = (delivered_at IS NULL) AND delivery_count BETWEEN 0 AND 2",
            name=op.f("ck_submission_delivered_once_or_twice"),
        ),
        sa.CheckConstraint(
            "(signing_key IS NULL) = (signed_at IS NULL) AND (signing_key IS NULL OR signature IS NOT NULL)",
            name=op.f("ck_submission_signed_by_a_key_at_a_moment"),
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
    op.create_index(
        "ix_submission_unsent",
        "submission",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('stored', 'signed')"),
    )
    op.create_table(
        "bank_message",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("asked_end_to_end_id", sa.Text(), nullable=True),
        sa.Column("inquiry_no", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("body_ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("xsd_valid", sa.Boolean(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "finding IS NULL OR finding IN ('unreadable', 'other_message', 'unknown_payment', 'unrecognized_code')",
            name=op.f("ck_bank_message_finding_known"),
        ),
        sa.CheckConstraint(
            "source IN ('synchronous_reply', 'status_inquiry')",
            name=op.f("ck_bank_message_source_known"),
        ),
        sa.CheckConstraint(
            "verdict IN ('taken', 'refused', 'not_found', 'unknown')",
            name=op.f("ck_bank_message_verdict_known"),
        ),
        sa.CheckConstraint(
            "octet_length(body_sha256) = 32", name=op.f("ck_bank_message_digest_length")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_bank_message")),
    )
    op.create_index(
        "ix_bank_message_finding",
        "bank_message",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("finding IS NOT NULL"),
    )
    op.create_index(
        "ix_bank_message_submission", "bank_message", ["area_code", "submission_id"], unique=False
    )
    op.create_index(
        "ix_bank_message_unread",
        "bank_message",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
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
        sa.Column(
            "posted_disowned_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(decision_state IN ('rendered', 'signed', 'sending')) <= (submission_id IS NOT NULL)",
            name=op.f("ck_payment_attempt_signed_has_submission"),
        ),
        sa.CheckConstraint(
            "decision_state IN ('draft', 'approved', 'rendered', 'signed', 'sending', 'voided')",
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
            "posted_disowned_minor >= 0",
            name=op.f("ck_payment_attempt_posted_disowned_not_negative"),
        ),
        sa.CheckConstraint(
            "posted_paid_minor IN (0, amount_minor)",
            name=op.f("ck_payment_attempt_posted_paid_is_all_or_nothing"),
        ),
        sa.CheckConstraint(
            "posted_returned_minor BETWEEN 0 AND posted_paid_minor",
            name=op.f("ck_payment_attempt_posted_returned_within_paid"),
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
        "ix_payment_attempt_conflict",
        "payment_attempt",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("outcome = 'conflict'"),
    )
    op.create_index(
        "ix_payment_attempt_not_sent",
        "payment_attempt",
        ["area_code", "id"],
        unique=False,
        postgresql_where=sa.text("outcome = 'not_sent'"),
    )
    op.create_index(
        "ix_payment_attempt_submission",
        "payment_attempt",
        ["area_code", "submission_id"],
        unique=False,
    )
    op.create_index(
        "ix_payment_attempt_unsigned",
        "payment_attempt",
        ["area_code", "payment_id"],
        unique=False,
        postgresql_where=sa.text("decision_state = 'approved'"),
    )
    op.create_index(
        "uq_payment_attempt_open",
        "payment_attempt",
        ["area_code", "payment_id"],
        unique=True,
        postgresql_where=sa.text("NOT is_final"),
    )
    op.create_table(
        "shortfall_recovery",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("shortfall_case_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'", name=op.f("ck_shortfall_recovery_month_form")
        ),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_shortfall_recovery_amount_not_zero")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_shortfall_recovery")),
    )
    op.create_index(
        "ix_shortfall_recovery_case",
        "shortfall_recovery",
        ["area_code", "shortfall_case_id"],
        unique=False,
    )
    op.create_table(
        "statement_entry",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("bank_statement_id", sa.Uuid(), nullable=False),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("line_number", sa.Integer(), nullable=False),
        sa.Column("detail_number", sa.Integer(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("entry_class", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_credit", sa.Boolean(), nullable=False),
        sa.Column("is_return", sa.Boolean(), nullable=False),
        sa.Column("booking_date", sa.Date(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=True),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("end_to_end_id", sa.Text(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("counterparty_name", sa.Text(), nullable=True),
        sa.Column("counterparty_blind_index", sa.LargeBinary(), nullable=True),
        sa.Column("counterparty_last4", sa.Text(), nullable=True),
        sa.Column("remittance", sa.Text(), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "CASE entry_class WHEN 'payment' THEN NOT is_credit WHEN 'suspense' THEN true ELSE is_credit END",
            name=op.f("ck_statement_entry_class_fits_direction"),
        ),
        sa.CheckConstraint(
            "entry_class IN ('payment', 'return', 'suspected_return', 'funding', 'suspense')",
            name=op.f("ck_statement_entry_class_known"),
        ),
        sa.CheckConstraint(
            "scheme IN ('310', '390')", name=op.f("ck_statement_entry_scheme_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_statement_entry_amount_positive")),
        sa.CheckConstraint(
            "octet_length(content_digest) = 32", name=op.f("ck_statement_entry_digest_length")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_statement_entry")),
        sa.UniqueConstraint(
            "area_code",
            "agency_account_id",
            "content_digest",
            name=op.f("uq_statement_entry_area_code_agency_account_id_content_digest"),
        ),
    )
    op.create_index(
        "ix_statement_entry_end_to_end",
        "statement_entry",
        ["area_code", "end_to_end_id"],
        unique=False,
    )
    op.create_index(
        "ix_statement_entry_statement",
        "statement_entry",
        ["area_code", "bank_statement_id", "line_number"],
        unique=False,
    )
    op.create_table(
        "payment_decision",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "about", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'not_sent') = (about = '{}')", name=op.f("ck_payment_decision_names_evidence")
        ),
        sa.CheckConstraint(
            "kind IN ('not_sent', 'return_confirmed', 'return_dismissed', 'disbelieved')",
            name=op.f("ck_payment_decision_kind_known"),
        ),
        sa.CheckConstraint(
            "(confirmed_by IS NULL) = (confirmed_at IS NULL)",
            name=op.f("ck_payment_decision_confirmed_together"),
        ),
        sa.CheckConstraint(
            "(withdrawn_by IS NULL) = (withdrawn_at IS NULL)",
            name=op.f("ck_payment_decision_withdrawn_together"),
        ),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR withdrawn_by IS NULL",
            name=op.f("ck_payment_decision_confirmed_or_withdrawn"),
        ),
        sa.CheckConstraint(
            "proposed_by <> confirmed_by", name=op.f("ck_payment_decision_two_different_people")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_decision")),
    )
    op.create_index(
        "uq_payment_decision_open",
        "payment_decision",
        ["area_code", "attempt_id"],
        unique=True,
        postgresql_where=sa.text("confirmed_by IS NULL AND withdrawn_by IS NULL"),
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
        sa.Column(
            "about", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False
        ),
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
            "meaning <> 'booked_debit' OR statement_entry_id IS NOT NULL AND source IN ('statement_booking', 'human_decision')",
            name=op.f("ck_payment_evidence_debits_are_of_entries"),
        ),
        sa.CheckConstraint(
            "source = 'human_decision' OR about = '{}'",
            name=op.f("ck_payment_evidence_people_name_evidence"),
        ),
        sa.CheckConstraint(
            "source IN ('synchronous_reply', 'status_inquiry', 'statement_booking', 'human_decision', 'own_check')",
            name=op.f("ck_payment_evidence_source_known"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payment_evidence_amount_positive")),
        sa.CheckConstraint(
            "octet_length(digest) = 32", name=op.f("ck_payment_evidence_digest_length")
        ),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_payment_evidence")),
        sa.UniqueConstraint(
            "area_code",
            "attempt_id",
            "digest",
            name=op.f("uq_payment_evidence_area_code_attempt_id_digest"),
        ),
    )
    op.create_table(
        "suspense_case",
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("statement_entry_id", sa.Uuid(), nullable=False),
        sa.Column("agency_account_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_credit", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owner_role", sa.Text(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column(
            "attempt_ids",
            postgresql.ARRAY(sa.Uuid()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(attempt_ids <> '{}') = coalesce(resolution = 'payments', false) AND (attempt_ids = '{}' OR NOT is_credit)",
            name=op.f("ck_suspense_case_attempts_of_a_debit"),
        ),
        sa.CheckConstraint(
            "(status = 'open') = (proposed_by IS NULL) AND (proposed_by IS NULL) = (resolution IS NULL) AND (status = 'resolved') = (confirmed_by IS NOT NULL) AND (confirmed_by IS NULL) = (resolved_at IS NULL)",
            name=op.f("ck_suspense_case_people_of_status"),
        ),
        sa.CheckConstraint(
            "attempt_id IS NULL OR coalesce(resolution = 'payment_return', false)",
            name=op.f("ck_suspense_case_attempt_of_a_return"),
        ),
        sa.CheckConstraint(
            "reason IN ('unknown_credit', 'unknown_debit', 'unknown_payment', 'suspected_return', 'partial_return', 'disbelieved')",
            name=op.f("ck_suspense_case_reason_known"),
        ),
        sa.CheckConstraint(
            "resolution IS NULL OR resolution IN ('funding', 'payment_return', 'payments', 'bank_error')",
            name=op.f("ck_suspense_case_resolution_known"),
        ),
        sa.CheckConstraint(
            "status IN ('open', 'proposed', 'resolved')", name=op.f("ck_suspense_case_status_known")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_suspense_case_amount_positive")),
        sa.CheckConstraint("proposed_by <> confirmed_by", name=op.f("ck_suspense_case_two_people")),
        sa.PrimaryKeyConstraint("area_code", "id", name=op.f("pk_suspense_case")),
        sa.UniqueConstraint(
            "area_code",
            "statement_entry_id",
            name=op.f("uq_suspense_case_area_code_statement_entry_id"),
        ),
    )
    op.create_index(
        "ix_suspense_case_status",
        "suspense_case",
        ["area_code", "status", "due_date"],
        unique=False,
    )
    op.create_foreign_key(
        "fk_resolution_undoes",
        "resolution",
        "resolution",
        ["area_code", "undoes_resolution_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_supplier_successor_id"), "supplier", "supplier", ["successor_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_agency_area_code"), "agency", "area", ["area_code"], ["area_code"]
    )
    op.create_foreign_key(
        op.f("fk_calendar_day_year"), "calendar_day", "calendar_year", ["year"], ["year"]
    )
    op.create_foreign_key(
        op.f("fk_contract_product_id"), "contract", "product", ["product_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_contract_round_id"), "contract", "procurement_round", ["round_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_distributor_authorization_area_code"),
        "distributor_authorization",
        "area",
        ["area_code"],
        ["area_code"],
    )
    op.create_foreign_key(
        op.f("fk_distributor_authorization_product_id"),
        "distributor_authorization",
        "product",
        ["product_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_distributor_authorization_supplier_id"),
        "distributor_authorization",
        "supplier",
        ["supplier_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_document_registry_area_code"),
        "document_registry",
        "area",
        ["area_code"],
        ["area_code"],
    )
    op.create_foreign_key(
        op.f("fk_hospital_area_code"), "hospital", "area", ["area_code"], ["area_code"]
    )
    op.create_foreign_key(
        op.f("fk_hospital_registry_area_code"),
        "hospital_registry",
        "area",
        ["area_code"],
        ["area_code"],
    )
    op.create_foreign_key(
        op.f("fk_intake_part_intake_id"), "intake_part", "intake", ["intake_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_ledger_account_area_code_ledger_id_book"),
        "ledger_account",
        "ledger",
        ["area_code", "ledger_id", "book"],
        ["area_code", "id", "book"],
    )
    op.create_foreign_key(
        op.f("fk_ledger_head_area_code_id"),
        "ledger_head",
        "ledger",
        ["area_code", "id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_ledger_posting_area_code_ledger_id"),
        "ledger_posting",
        "ledger",
        ["area_code", "ledger_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_match_run_area_code_match_request_id"),
        "match_run",
        "match_request",
        ["area_code", "match_request_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_outbox_event_area_code"), "outbox_event", "area", ["area_code"], ["area_code"]
    )
    op.create_foreign_key(
        op.f("fk_payee_account_supplier_id"), "payee_account", "supplier", ["supplier_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_period_movement_area_code_ledger_id"),
        "period_movement",
        "ledger",
        ["area_code", "ledger_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(op.f("fk_place_area_code"), "place", "area", ["area_code"], ["area_code"])
    op.create_foreign_key(
        op.f("fk_product_group_member_product_id"),
        "product_group_member",
        "product",
        ["product_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_product_group_member_round_id"),
        "product_group_member",
        "procurement_round",
        ["round_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_product_unit_product_id"), "product_unit", "product", ["product_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_replay_difference_area_code_replay_id"),
        "replay_difference",
        "replay",
        ["area_code", "replay_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        "fk_rule_pack_proposal",
        "rule_pack",
        "rule_pack_proposal",
        ["proposal_id", "proposed_by", "released_by"],
        ["id", "proposed_by", "decided_by"],
    )
    op.create_foreign_key(
        op.f("fk_supplier_alias_supplier_id"), "supplier_alias", "supplier", ["supplier_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_user_role_user_id_party_kind"),
        "user_role",
        "user_account",
        ["user_id", "party_kind"],
        ["id", "party_kind"],
    )
    op.create_foreign_key(
        op.f("fk_user_session_user_id"), "user_session", "user_account", ["user_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_voucher_head_area_code_id"),
        "voucher_head",
        "ledger",
        ["area_code", "id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_account_balance_area_code_ledger_id_account_id"),
        "account_balance",
        "ledger_account",
        ["area_code", "ledger_id", "account_id"],
        ["area_code", "ledger_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_agency_account_area_code_agency_id"),
        "agency_account",
        "agency",
        ["area_code", "agency_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_agreed_volume_area_code"), "agreed_volume", "area", ["area_code"], ["area_code"]
    )
    op.create_foreign_key(
        op.f("fk_agreed_volume_contract_id"), "agreed_volume", "contract", ["contract_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_application_counter_area_code_hospital_id"),
        "application_counter",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_application_counter_supplier_id"),
        "application_counter",
        "supplier",
        ["supplier_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_batch_counter_area_code_agency_id"),
        "batch_counter",
        "agency",
        ["area_code", "agency_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_carried_return_area_code_hospital_id"),
        "carried_return",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_carried_return_supplier_id"), "carried_return", "supplier", ["supplier_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_claim_capacity_area_code_hospital_id"),
        "claim_capacity",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_contract_scope_contract_id"), "contract_scope", "contract", ["contract_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_fund_document_area_code_fund_import_id"),
        "fund_document",
        "fund_import",
        ["area_code", "fund_import_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_fund_document_area_code_hospital_id"),
        "fund_document",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_mandate_area_code_hospital_id"),
        "mandate",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_self_payment_area_code_hospital_id"),
        "self_payment",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_settlement_application_area_code_hospital_id"),
        "settlement_application",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_settlement_application_supplier_id"),
        "settlement_application",
        "supplier",
        ["supplier_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_transfer_area_code_period"),
        "transfer",
        "accounting_period",
        ["area_code", "period"],
        ["area_code", "period"],
    )
    op.create_foreign_key(
        "fk_transfer_credit_account",
        "transfer",
        "ledger_account",
        ["area_code", "ledger_id", "credit_account_id"],
        ["area_code", "ledger_id", "id"],
    )
    op.create_foreign_key(
        "fk_transfer_debit_account",
        "transfer",
        "ledger_account",
        ["area_code", "ledger_id", "debit_account_id"],
        ["area_code", "ledger_id", "id"],
    )
    op.create_foreign_key(
        "fk_transfer_resolves",
        "transfer",
        "transfer",
        [
            "area_code",
            "resolves_transfer_id",
            "ledger_id",
            "debit_account_id",
            "credit_account_id",
            "resolves_state",
            "resolves_amount_minor",
        ],
        [
            "area_code",
            "id",
            "ledger_id",
            "debit_account_id",
            "credit_account_id",
            "state",
            "amount_minor",
        ],
    )
    op.create_foreign_key(
        op.f("fk_voucher_area_code_hospital_id"),
        "voucher",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        "fk_voucher_posting",
        "voucher",
        "ledger_posting",
        ["area_code", "ledger_id", "posting_number"],
        ["area_code", "ledger_id", "posting_number"],
    )
    op.create_foreign_key(
        op.f("fk_voucher_supplier_id"), "voucher", "supplier", ["supplier_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_funding_source_area_code_agency_account_id"),
        "funding_source",
        "agency_account",
        ["area_code", "agency_account_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        "fk_payment_batch_account_of_its_scheme",
        "payment_batch",
        "agency_account",
        ["area_code", "agency_account_id", "scheme"],
        ["area_code", "id", "scheme"],
    )
    op.create_foreign_key(
        op.f("fk_payment_batch_area_code_agency_id"),
        "payment_batch",
        "agency",
        ["area_code", "agency_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_self_payment_use_area_code_self_payment_id"),
        "self_payment_use",
        "self_payment",
        ["area_code", "self_payment_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_self_payment_voice_area_code_self_payment_id"),
        "self_payment_voice",
        "self_payment",
        ["area_code", "self_payment_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_statement_day_area_code_agency_account_id"),
        "statement_day",
        "agency_account",
        ["area_code", "agency_account_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_statement_file_area_code_agency_account_id"),
        "statement_file",
        "agency_account",
        ["area_code", "agency_account_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_voucher_line_area_code_voucher_id"),
        "voucher_line",
        "voucher",
        ["area_code", "voucher_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_bank_statement_area_code_agency_account_id"),
        "bank_statement",
        "agency_account",
        ["area_code", "agency_account_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_bank_statement_area_code_statement_file_id"),
        "bank_statement",
        "statement_file",
        ["area_code", "statement_file_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_batch_recovery_area_code_payment_batch_id"),
        "batch_recovery",
        "payment_batch",
        ["area_code", "payment_batch_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_offset_instruction_area_code_hospital_id"),
        "offset_instruction",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_offset_instruction_area_code_payment_batch_id"),
        "offset_instruction",
        "payment_batch",
        ["area_code", "payment_batch_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        "fk_payment_account_of_its_scheme",
        "payment",
        "agency_account",
        ["area_code", "agency_account_id", "scheme"],
        ["area_code", "id", "scheme"],
    )
    op.create_foreign_key(
        "fk_payment_batch_of_its_scheme",
        "payment",
        "payment_batch",
        ["area_code", "payment_batch_id", "scheme"],
        ["area_code", "id", "scheme"],
    )
    op.create_foreign_key(
        op.f("fk_settled_batch_area_code_payment_batch_id"),
        "settled_batch",
        "payment_batch",
        ["area_code", "payment_batch_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_shortfall_case_area_code_hospital_id"),
        "shortfall_case",
        "hospital",
        ["area_code", "hospital_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_shortfall_case_area_code_payment_batch_id"),
        "shortfall_case",
        "payment_batch",
        ["area_code", "payment_batch_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_submission_area_code_agency_account_id"),
        "submission",
        "agency_account",
        ["area_code", "agency_account_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_submission_area_code_payment_batch_id"),
        "submission",
        "payment_batch",
        ["area_code", "payment_batch_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_submission_signing_key"),
        "submission",
        "signing_key",
        ["signing_key"],
        ["key_name"],
    )
    op.create_foreign_key(
        op.f("fk_bank_message_area_code_submission_id"),
        "bank_message",
        "submission",
        ["area_code", "submission_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payment_attempt_area_code_payment_id"),
        "payment_attempt",
        "payment",
        ["area_code", "payment_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payment_attempt_area_code_submission_id"),
        "payment_attempt",
        "submission",
        ["area_code", "submission_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_shortfall_recovery_area_code_shortfall_case_id"),
        "shortfall_recovery",
        "shortfall_case",
        ["area_code", "shortfall_case_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_statement_entry_area_code_agency_account_id"),
        "statement_entry",
        "agency_account",
        ["area_code", "agency_account_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_statement_entry_area_code_bank_statement_id"),
        "statement_entry",
        "bank_statement",
        ["area_code", "bank_statement_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payment_decision_area_code_attempt_id"),
        "payment_decision",
        "payment_attempt",
        ["area_code", "attempt_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payment_evidence_area_code_attempt_id"),
        "payment_evidence",
        "payment_attempt",
        ["area_code", "attempt_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_payment_evidence_area_code_bank_message_id"),
        "payment_evidence",
        "bank_message",
        ["area_code", "bank_message_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_suspense_case_area_code_attempt_id"),
        "suspense_case",
        "payment_attempt",
        ["area_code", "attempt_id"],
        ["area_code", "id"],
    )
    op.create_foreign_key(
        op.f("fk_suspense_case_area_code_statement_entry_id"),
        "suspense_case",
        "statement_entry",
        ["area_code", "statement_entry_id"],
        ["area_code", "id"],
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
