"""Gateways for plans of users: checked again before each slice, with the keys that the operator has set for endpoints.

One rule: a key goes to the address that the operator has named it for, and to no other.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from elicit.outbound import Outbound, check_plan
from elicit.running.engine import Gateways, OpenGateway
from elicit.services.plan import Plan


@dataclass(frozen=True)
class CheckedGateways:
    """Gateways for plans that call only what they may; `endpoints` are the operator's model servers, each with the
    variable that holds its key ("" for none).
    """

    gateways: Gateways
    endpoints: Mapping[str, str]
    outbound: Outbound

    def open(self, plan: Plan) -> AbstractContextManager[OpenGateway]:
        """The gateway for a plan's calls. Raises `InvalidInput` where it would call what it must not."""
        check_plan(plan, self.endpoints, self.outbound)
        return self.gateways.open(with_keys(plan, self.endpoints))


def with_keys(plan: Plan, endpoints: Mapping[str, str]) -> Plan:
    """The plan with the variables of the operator's keys beside the addresses they are for, and no others."""
    agents = tuple(replace(agent, api_key_env=endpoints.get(agent.api_base or "") or None) for agent in plan.agents)
    scorer = replace(plan.scorer, api_key_env=endpoints.get(plan.scorer.api_base or "") or None)
    return replace(plan, agents=agents, scorer=scorer)
