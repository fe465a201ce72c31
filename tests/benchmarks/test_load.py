"""The service under load: many clients at once, and nothing is lost. How fast it is, is printed and not judged here."""

import load
import pytest


@pytest.mark.drill
def test_of_200_000_responses_from_50_clients_none_is_lost_and_none_fails():
    with load.running_api() as place:
        found = load.upload(place, load.CLIENTS, load.ROWS)
    assert found.errors == []
    assert found.lost == 0
    # What 50 uploads take at once is there after the first half; more rows take no more.
    assert found.memory[-1] < 1.25 * found.memory[len(found.memory) // 2]


@pytest.mark.drill
def test_what_came_of_a_large_run_is_read_whole(capsys):
    with load.running_api() as place:
        load.show_results(place)
    assert "200 agents x 800 tasks" in capsys.readouterr().out
