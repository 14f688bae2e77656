"""What whole-call tests share: a running callbot, independent phones, SIP load and SIP noise."""
