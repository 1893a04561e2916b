-- Puts an account on file, unverified; no row when it is on file from that day already.
INSERT INTO payee_account
    (id, supplier_id, account_ciphertext, key_id, account_blind_index, account_last4, account_name,
     cnaps_code, verification_state, proposed_by, valid_from)
VALUES
    (:account_id, :supplier_id, :ciphertext, :key_id, :blind_index, :last4, :account_name,
     :cnaps_code, 'unverified', :proposed_by, :valid_from)
ON CONFLICT (supplier_id, account_blind_index, cnaps_code, valid_from) DO NOTHING
RETURNING id
