"""Resolution of did:conting over HTTP."""
