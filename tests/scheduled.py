"""A project whose evaluation is run on a schedule, on a clock that the test sets.

Its agents are outside ones, with the answers of the demo.
"""

import json
import random
from datetime import UTC, datetime
from importlib.resources import files

from sqlalchemy import select

from elicit.outbound import Outbound
from elicit.running.advance import advance_run
from elicit.running.dispatch import LocalDispatcher
from elicit.running.due import begin_due
from elicit.running.endings import Endings
from elicit.running.engine import Engine
from elicit.store import Ids
from elicit.store.service import agents, evaluations, projects, schedules, submissions, task_sets, webhooks
from elicit.store.service.submissions import Output
from elicit.store.service_models import Delivery, Schedule, Score, ServiceRun

SIX = datetime(2027, 5, 3, 6, tzinfo=UTC)  # a Monday
AGENTS = ("careful", "teacher", "verbose", "concise", "junior")
EVENTS = ("run.finished", "run.stopped", "agent.moved", "schedule.skipped")
ROWS = [json.loads(line) for line in (files("elicit") / "demo_data/responses.jsonl").read_text("utf-8").splitlines()]


def demo_answers(agent):
    """What an agent of the demo answered, by task."""
    return {row["task_id"]: row["response"] for row in ROWS if row["agent"] == agent}


class World:
    """A project with an evaluation and a webhook, and an engine; `now` is what its clock shows."""

    def __init__(self, store, now=SIX):
        self.store, self.now, self.ids = store, now, Ids(random.Random(0))
        self.engine = Engine(
            store,
            LocalDispatcher(),
            gateways=None,  # no model is asked
            now=lambda: self.now,
            ending=Endings(store, self.ids),
            ids=self.ids,
            outbound=Outbound(allow_private=True),
            secret_key="k" * 40,
        )
        prompts = {row["task_id"]: row["prompt"] for row in ROWS}
        tasks = [{"task_id": task, "prompt": prompt, "context": "", "images": []} for task, prompt in prompts.items()]
        with store.writing() as session:
            self.project = projects.make(session, project_id=self.new_id(), name="p", now=now).id
            mine = {"project_id": self.project, "now": now}
            task_sets.make(session, task_set_id=self.new_id(), name="s", tasks=tasks, **mine)
        self.evaluation = self.evaluate("e", AGENTS)
        for agent in AGENTS:
            self.submit(agent, demo_answers(agent))

    def new_id(self):
        return self.ids.new(self.now)

    def evaluate(self, name, names):
        """An evaluation of these agents by their words, made if they are new; returns its id."""
        mine = {"project_id": self.project, "now": self.now}
        with self.store.writing() as session:
            for agent in names:
                agents.ensure(session, agent_id=self.new_id(), name=agent, spec=None, **mine)
            task_set = task_sets.find(session, self.project, "s").id
            plan = {"agents": list(names), "scorer": {"kind": "lexical"}}
            made = {"evaluation_id": self.new_id(), "name": name, "task_set_id": task_set, "plan": plan}
            return evaluations.make(session, **made, **mine)[0].id

    def submit(self, agent, texts):
        """Submit an agent's answers; they are what its next runs read."""
        mine = {"project_id": self.project, "now": self.now}
        with self.store.writing() as session:
            task_set = task_sets.find(session, self.project, "s")
            found, submission = agents.find(session, self.project, agent), self.new_id()
            submissions.make(session, submission_id=submission, agent=found, task_set=task_set, **mine)
            outputs = [Output(line, task, text) for line, (task, text) in enumerate(texts.items(), start=1)]
            submissions.add(session, submission, outputs)
            submissions.complete(session, submission, self.now)

    def schedule(self, evaluation=None, **fields):
        """A schedule, every hour unless said otherwise, made now; returns its id."""
        whole = {
            "name": "hourly",
            "cron": "0 * * * *",
            "every_s": None,
            "time_zone": "UTC",
            "catch_up": "once",
            "overlap": "allow",
            "budget": None,
            "paused": False,
        } | fields
        with self.store.writing() as session:
            made = {
                "schedule_id": self.new_id(),
                "project_id": self.project,
                "evaluation_id": evaluation or self.evaluation,
            }
            return schedules.make(session, **made, fields=whole, now=self.now).id

    def webhook(self, url="https://hook.test/", events=EVENTS):
        """A webhook; returns its id."""
        with self.store.writing() as session:
            made = {"webhook_id": self.new_id(), "project_id": self.project, "url": url, "events": events}
            return webhooks.make(session, **made, now=self.now).id

    def beat(self, now):
        """Let the beat look at a moment; the due times of the runs that are there now."""
        self.now = now
        begin_due(self.engine, now)
        return self.due_times()

    def runs(self):
        """All runs, oldest first."""
        with self.store.reading() as session:
            return session.scalars(select(ServiceRun).order_by(ServiceRun.id)).all()

    def due_times(self):
        """The due times that have had a run."""
        return [run.due_at for run in self.runs()]

    def carry_out(self):
        """Carry out the runs that wait; the id of the last."""
        for run in self.runs():
            if run.state == "queued":
                advance_run(self.engine, run.id)
        return self.runs()[-1].id

    def planned(self):
        """When the schedule is due next."""
        with self.store.reading() as session:
            return session.scalars(select(Schedule)).one().next_run_at

    def told(self, event):
        """The data of the messages about an event, oldest first."""
        with self.store.reading() as session:
            found = select(Delivery).where(Delivery.event == event).order_by(Delivery.id)
            return [message.payload["data"] for message in session.scalars(found)]

    def moved(self, run_id):
        """Who moved in a run, by agent, as the history has it."""
        with self.store.reading() as session:
            return {row.agent: row.moved for row in session.scalars(select(Score).where(Score.run_id == run_id))}
