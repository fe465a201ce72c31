"""The gateway to language models: the only code that calls models, and the only asynchronous code."""

from elicit.llm.gateway import Gateway
from elicit.llm.images import check_images
from elicit.llm.keys import Keys
from elicit.llm.opening import check_llm_extra, open_gateway
from elicit.llm.prices import listed_prices
from elicit.llm.sharing import KeptGateways

__all__ = ["Gateway", "KeptGateways", "Keys", "check_images", "check_llm_extra", "listed_prices", "open_gateway"]
