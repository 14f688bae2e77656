"""What whole-call tests share: a running callbot, independent phones, SIP load and SIP noise."""

WAIT_S = 60.0
"""For what must come: a busy machine is no defect."""
