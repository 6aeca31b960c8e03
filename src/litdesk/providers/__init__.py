"""Chat models: opened by a setting, read under deadlines, and every fault of theirs in a sentence.

`models` opens them, `replies` reads them, `faults` names what went wrong, `llamacpp` runs a file.
"""

from litdesk.providers.models import leaves_machine, open_chat_model
from litdesk.providers.replies import Deadlines, Meter, Reply, read_reply, stream_reply

__all__ = [
    "Deadlines",
    "Meter",
    "Reply",
    "leaves_machine",
    "open_chat_model",
    "read_reply",
    "stream_reply",
]
