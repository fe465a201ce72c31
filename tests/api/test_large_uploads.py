"""Uploads of any size take the memory of a batch."""

import json

import httpx
import pytest
from api_process import api

N_TASKS = 10_000
CHARACTERS = 30_000


@pytest.mark.drill
def test_an_upload_of_300_mb_takes_the_memory_of_a_batch(postgres_address):
    with api(postgres_address) as process:
        http = httpx.Client(headers={"Authorization": f"Bearer {process.key}"}, verify=False, timeout=600)
        with http:
            project = f"{process.url}/v1/projects/p"
            tasks = [{"task_id": f"t{n}", "prompt": "?"} for n in range(N_TASKS)]
            http.post(f"{process.url}/v1/projects", json={"name": "p"})
            http.post(f"{project}/task-sets", json={"name": "s", "tasks": tasks}).raise_for_status()
            made = http.post(f"{project}/submissions", json={"agent": "a", "task_set": "s"}).json()["id"]
            before, peak = process.resident_mb, 0

            def lines():
                nonlocal peak
                for n in range(N_TASKS):
                    peak = max(peak, process.resident_mb)
                    yield (
                        json.dumps({"task_id": f"t{n}", "response": str(n) * CHARACTERS}).encode()[:CHARACTERS]
                        + b'"}\n'
                    )

            receipt = http.post(f"{project}/submissions/{made}/rows", content=lines()).json()
    assert receipt == {"stored": N_TASKS, "repeated": 0, "received": N_TASKS}
    assert peak < before + 40
