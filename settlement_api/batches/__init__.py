"""Payment batches: every eligible share taken or left out, frozen, approved and released."""
