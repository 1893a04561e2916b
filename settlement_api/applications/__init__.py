"""Suppliers apply for what is payable; hospitals confirm or dispute; the agency reviews."""
