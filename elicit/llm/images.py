"""Models that take no images, as litellm's table has it. One it says nothing of, or that is your own, may take them."""

from elicit.errors import InvalidInput
from elicit.llm.prices import listing, model_table
from elicit.services.plan import Plan


def check_images(plan: Plan) -> None:
    """Raise `InvalidInput` where a task with images would be put to a model that is known to take none."""
    task = next((task.id for task in plan.tasks if plan.images.get(task.id)), None)
    if task is None:
        return
    table = model_table()
    for agent in plan.agents:
        asked = agent.model if agent.api_base is None else None
        if asked and listing(asked, table).get("supports_vision") is False:
            raise InvalidInput(
                f"agent {agent.name!r}: model {asked} takes no images, and task {task!r} has some: "
                "take a model that does, or leave the images out"
            )
