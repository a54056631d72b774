"""Proof of work at the sign-up: a moment of calculation for one browser, hours for a flood of forms.

The puzzle is that of ALTCHA, version 1 (https://github.com/altcha-org/altcha-lib-py): which number, behind a
salt, has this SHA-256? It is made and checked here; nobody else is asked. A challenge is signed and says
until when it holds, so nothing is stored for a page that is only looked at. A solution counts once.
"""

import base64
import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

import redis
from altcha.v1 import ChallengeOptions, Payload, create_challenge, verify_solution
from django.conf import settings

from lib.counting import own_counts
from lib.redis_clients import shared_client
from subscriptions.addresses import keyed_hash

MINUTES = 60  # that a challenge holds
LONGEST = 1000  # characters of an answer; ours have about 350
_ALGORITHM: Final = "SHA-256"


@dataclass(frozen=True, slots=True)
class Challenge:
    """Find ``number`` ≤ ``maxnumber`` with SHA-256(salt + number) = challenge. The names are ALTCHA's."""

    algorithm: str
    challenge: str
    maxnumber: int
    salt: str
    signature: str

    def as_json(self) -> dict[str, object]:
        """As a browser gets it."""
        return asdict(self)


def is_asked_for() -> bool:
    """Whether the site wants a proof with each sign-up."""
    return bool(settings.SIGNUP_PROOF_OF_WORK)


def make_challenge(*, now: datetime) -> Challenge:
    """A fresh challenge; half of ``SIGNUP_PROOF_EFFORT`` hashes solve it on average."""
    created = create_challenge(
        ChallengeOptions(
            algorithm=_ALGORITHM,
            max_number=settings.SIGNUP_PROOF_EFFORT,
            hmac_key=_key(),
            expires=now + timedelta(minutes=MINUTES),
        )
    )
    return Challenge(_ALGORITHM, created.challenge, created.max_number, created.salt, created.signature)


def is_solved(answer: str) -> bool:
    """Whether ``answer``, base64 of JSON as ALTCHA's field has it, solves a challenge of ours in time."""
    payload = _read(answer)
    if payload is None:
        return False
    try:
        return verify_solution(payload, _key(), True)[0]
    except ValueError:  # halves of surrogate pairs
        return False


def spend(answer: str) -> bool:
    """Use up a solved ``answer``; False if it was used before. Without Redis, in this process."""
    payload = _read(answer)
    if payload is None:
        return False
    key = f"paperpost:proof:{payload.challenge}"
    own = own_counts(settings.REDIS_URL)
    if not own.are_needed():
        try:
            return bool(shared_client(settings.REDIS_URL).set(key, 1, nx=True, ex=MINUTES * 60 + 60))
        except redis.RedisError as error:
            own.redis_failed(error)
    return own.add(key) == 1


def _key() -> str:
    return keyed_hash("altcha", purpose="proof of work")


def _read(answer: str) -> Payload | None:
    if len(answer) > LONGEST:
        return None
    try:
        payload = json.loads(base64.b64decode(answer, validate=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(payload, dict) or payload.get("algorithm") != _ALGORITHM:
        return None
    texts = {name: payload.get(name) for name in ("challenge", "salt", "signature")}
    number = payload.get("number")
    if type(number) is not int or not all(isinstance(text, str) for text in texts.values()):
        return None
    return Payload(
        algorithm=_ALGORITHM,
        challenge=str(texts["challenge"]),
        number=number,
        salt=str(texts["salt"]),
        signature=str(texts["signature"]),
    )
