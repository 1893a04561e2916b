"""Areas, agencies, hospitals, suppliers, their accounts and mandates."""
