"""Calls for plans of users: checked again before each slice, each address with its own key or none."""

import hashlib
from dataclasses import replace

import pytest
from playing import counted, engine_on, queued_run, run_row, small_plan

from elicit.llm import KeptGateways
from elicit.mock_llm import serve
from elicit.outbound import Outbound
from elicit.running.advance import advance_run
from elicit.running.checked import CheckedGateways, with_keys
from elicit.running.slices import ask_slice


def a_slice(store, plan, endpoints, outbound, environ=None):
    """A run after one slice; what it has left to do."""
    gateways = CheckedGateways(KeptGateways(environ or {}), endpoints, outbound)
    with engine_on(store, gateways=gateways) as engine:
        run_id = queued_run(store, plan)
        advance_run(engine, run_id)
        ask_slice(engine, run_id)
        gateways.gateways.close()
    return run_row(store, run_id), counted(store, run_id)


def leads_to(*addresses):
    return Outbound(resolve=lambda host, port: addresses)


def test_a_run_whose_address_leads_inside_by_now_fails_before_a_call_is_made(store):
    run, left = a_slice(store, small_plan("https://llm.example/v1"), {}, leads_to("10.0.0.1"))
    assert (run.state, run.reason) == ("failed", "an address must be public, llm.example is not")
    assert left["leased"] == 0


def test_a_run_whose_address_leads_nowhere_now_waits_and_has_lost_nothing(store):
    run, left = a_slice(store, small_plan("https://llm.example/v1"), {}, leads_to())
    assert (run.state, "llm.example" in run.reason, run.wake_at is not None) == ("waiting", True, True)
    assert left.keys() == {"ready"}


def test_the_operators_key_goes_to_the_address_it_was_named_for_and_to_no_other(store):
    with serve() as named, serve() as other:
        plan = small_plan(named.url)
        plan = replace(plan, agents=(*plan.agents[:2], replace(plan.agents[2], api_base=other.url)))
        environ = {"LLM_KEY": "sk-operators-own"}
        a_slice(store, plan, {named.url: "LLM_KEY"}, Outbound(allow_private=True), environ)
        (sent,) = {request.credential for request in named.requests()}
        assert hashlib.sha256(b"sk-operators-own").hexdigest().startswith(sent)
        assert {request.credential for request in other.requests()} == {"none"}


@pytest.mark.parametrize("variable", ["", "LLM_KEY"])
def test_no_key_that_a_plan_names_is_used(variable):
    plan = small_plan("http://llm:8000/v1")
    greedy = replace(plan, agents=tuple(replace(agent, api_key_env="DATABASE_PASSWORD") for agent in plan.agents))
    asked = with_keys(greedy, {"http://llm:8000/v1": variable})
    assert {agent.api_key_env for agent in asked.agents} == {variable or None}
