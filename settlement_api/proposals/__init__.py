"""Invoices born matched: what accepted goods call for, exactly as matching will pay it."""
