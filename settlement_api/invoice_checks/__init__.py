"""Drafts of invoices, checked by the real matching before they are issued; nothing is kept."""
