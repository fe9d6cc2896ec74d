"""The 12348 telephone line: webhooks in, TwiML out, one call flow behind both."""
