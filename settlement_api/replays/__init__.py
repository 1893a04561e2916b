"""Past months matched again under other rules, touching nothing live, and the difference."""
