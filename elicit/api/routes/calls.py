"""What models were asked in a run, and what they answered, word for word."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from elicit.api.auth import Caller, PartsOf, Reference, allowed
from elicit.errors import InvalidInput
from elicit.schemas import CallMessage, StoredCall, TaskId
from elicit.stored_calls import Call, calls_about_pair, calls_for_answers

router = APIRouter(prefix="/projects/{project}/runs/{run}/calls", tags=["runs"])

AgentName = Annotated[str | None, Query(min_length=1, max_length=500)]
LONGEST = 20_000  # characters of a text that are shown


@router.get("")
def list_calls(
    run: Reference,
    task: Annotated[TaskId, Query()],
    caller: Annotated[Caller, Depends(allowed("read"))],
    parts: PartsOf,
    agent: AgentName = None,
    peer: AgentName = None,
) -> list[StoredCall]:
    """The calls that made the answers to a task, or one agent's; with a peer, the scorer's about these two answers.

    There are none for answers that were submitted, and none of a scorer that calls no model. Long texts are cut.
    """
    project_id = caller.project.id
    if peer is None:
        found = calls_for_answers(parts.store, project_id, run, task, agent)
    elif agent is None:
        raise InvalidInput("peer must come with an agent")
    else:
        found = calls_about_pair(parts.store, project_id, run, task, agent, peer)
    return [wire(call) for call in found]


def wire(call: Call) -> StoredCall:
    """A call as it goes over the wire."""
    behind, request, reply = call.behind, call.behind.request, call.completion
    told = [token.logprob for token in reply.logprobs or () if token.logprob is not None]
    return StoredCall.model_validate(
        {
            "purpose": behind.purpose,
            "agent": behind.agent,
            "peer": behind.peer,
            "model": request.model,
            "messages": [
                CallMessage(role=message.role, content=cut(in_words(message.content))) for message in request.messages
            ],
            "prompt": None if request.prompt is None else cut(request.prompt),
            "params": dict(request.params),
            "text": None if reply.text is None else cut(reply.text),
            "failure": reply.failure,
            "tokens_in": reply.tokens_in,
            "tokens_out": reply.tokens_out,
            "cost": reply.cost,
            "latency_s": reply.latency_s,
            "attempts": reply.attempts,
            "model_version": reply.model_version,
            "log_probability": sum(told) if told else None,
        }
    )


def in_words(content: str | tuple[dict[str, Any], ...]) -> str:
    """A message as text: of an image, that there is one.

    >>> in_words(({"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "data:..."}}))
    'Look:\\n[an image]'
    """
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "[an image]") for part in content)


def cut(text: str) -> str:
    """A text that is not too long to be shown, free of what JSON cannot carry."""
    shown = text.encode("utf-8", "replace").decode()
    if len(shown) <= LONGEST:
        return shown
    return f"{shown[:LONGEST]} … [{len(shown) - LONGEST:,} more characters]"
