"""The page of a task: what it asked, what each agent answered, and what its scores are made of."""

from dashboard.answers import show_answers
from dashboard.connection import client
from dashboard.look import heading
from dashboard.made_of import show_made_of
from dashboard.picker import chosen_run
from dashboard.states import empty
from dashboard.task_list import chosen_task, list_tasks
from dashboard.task_prompt import show_prompt
from elicit.digits import decimals


def main() -> None:
    """The page."""
    heading("Task", "What each agent answered, and what its score on this task is made of.")
    run = chosen_run()
    tasks = client().run_tasks(run)
    if not tasks:
        empty("This run has no tasks.")
        return
    board = client().leaderboard(run).document
    digits = decimals(board["agents"])
    detail = client().task_detail(run, chosen_task(tasks))
    list_tasks(tasks, digits)
    show_prompt(detail)
    agents = show_answers(run, detail, digits, board["diagnostics"]["unit"])
    names = [answer.agent for answer in detail.answers]
    if len(names) > 1:
        show_made_of(run, detail.task_id, agents, names)


main()
