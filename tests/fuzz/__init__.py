"""Call everything public with odd pictures and odd arguments, and judge what comes back."""
