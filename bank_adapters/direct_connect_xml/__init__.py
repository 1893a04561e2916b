"""Banks reached by a front end with XML packages in GBK: payments, inquiries and statements."""
