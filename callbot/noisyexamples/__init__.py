"""Examples as the recogniser hears them, to learn intents from.

The town's examples are spoken by several voices, sent over simulated lines and recognised; what was
heard is learnt beside what was written, where that helps (``callbot train --asr-noise``).
"""
