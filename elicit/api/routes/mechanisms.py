"""The mechanisms there are."""

from fastapi import APIRouter

from elicit.api.auth import SignedIn
from elicit.schemas import MechanismInfo
from elicit.services.catalogue import catalogue

router = APIRouter(prefix="/mechanisms", tags=["evaluations"])


@router.get("")
def list_mechanisms(key: SignedIn) -> list[MechanismInfo]:
    """The mechanisms: what each reads, promises and cannot see, and which scorers make what it reads."""
    return [MechanismInfo.model_validate(entry) for entry in catalogue()]
