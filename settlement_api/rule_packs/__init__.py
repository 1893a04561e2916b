"""Rule packs in force and the working-day calendar."""
