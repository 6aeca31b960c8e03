"""A chat model of LangChain that says what a test wants, and remembers what it was asked."""

from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage


class Scripted(GenericFakeChatModel):
    """Replies in turn, and remembers what it was asked."""

    asked: list[str] = []  # noqa: RUF012 (pydantic copies it)

    def _generate(self, messages, **options):
        self.asked.append("\n".join(str(message.content) for message in messages))
        return super()._generate(messages, **options)


def scripted(*replies):
    def messages():
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
            yield AIMessage(reply)

    return Scripted(messages=messages(), asked=[])
