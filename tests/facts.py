"""Agents outside with known outputs, submitted over the API, and runs waited for."""

import json

from playing import wait_until

from elicit.schemas import ENDED

CATEGORIES = ["colours"] * 12 + ["hues"] * 20 + [None] * 8
PICTURE = "data:image/png;base64,iVBORw0KGgo="  # of the fifth task only
TASKS = [
    {"task_id": f"t/{n}", "prompt": f"What is {n}?", "context": "c", "category": category}
    | ({"images": [PICTURE]} if n == 5 else {})
    for n, category in enumerate(CATEGORIES)
]
FACTS = [f"the colour of fact {n} is shade {n * 7} of hue {n * 3}" for n in range(40)]
TEXTS = {
    "careful": FACTS,
    "concise": [fact.rpartition(" of ")[0] for fact in FACTS],
    "hurried": ["no idea at all" if n % 4 else fact for n, fact in enumerate(FACTS)],
}


def submit(http, agent, texts, task_set="s"):
    """Submit an agent's outputs on the tasks."""
    made = http.post("/submissions", json={"agent": agent, "task_set": task_set}).json()["id"]
    rows = [{"task_id": task["task_id"], "response": text} for task, text in zip(TASKS, texts, strict=True)]
    http.post(f"/submissions/{made}/rows", content="\n".join(map(json.dumps, rows)).encode()).raise_for_status()
    http.post(f"/submissions/{made}/complete").raise_for_status()


def begin(server, evaluation, **more):
    """The answer to a request for a run of an evaluation."""
    return server.http("evaluate").post("/runs", json={"evaluation": evaluation} | more)


def wait_for_run(http, run_id, *states):
    """The run once it is in one of these states, by default once it has ended."""
    wait_until(lambda: http.get(f"/runs/{run_id}").json()["state"] in (states or ENDED))
    return http.get(f"/runs/{run_id}").json()
