-- What the goods of a draft come to: links by totals compare it as if it had come.
INSERT INTO match_charge (invoice_number, charge_kind, amount)
VALUES (:number, 'goods', :amount)
