"""A sign-in of an organisation (OpenID Connect) on this machine: whoever comes is signed in as `account`, at once."""

import base64
import secrets
import time
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "elicit-dashboard", "the-secret-of-the-client"


class OidcProvider:
    """The ASGI application `app`, once it is told its own `url`; `back` is the only address it sends people back to."""

    def __init__(self, back):
        self.url, self.back, self.account = "", back, {}
        self._key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self._nonces = {}  # by the code that was given out
        self.app = Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.about),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
                Route("/logout", self.leave),
            ]
        )

    async def about(self, request):
        places = {"authorization": "/authorize", "token": "/token", "end_session": "/logout"}
        return JSONResponse(
            {
                "issuer": self.url,
                **{f"{name}_endpoint": self.url + path for name, path in places.items()},
                "jwks_uri": f"{self.url}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def authorize(self, request):
        asked = request.query_params
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT_ID, self.back)
        code = secrets.token_urlsafe()
        self._nonces[code] = asked["nonce"]
        return RedirectResponse(f"{self.back}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    async def token(self, request):
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        assert request.headers["authorization"] == expected
        (code,) = parse_qs((await request.body()).decode())["code"]
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT_ID, "sub": "1", "iat": now, "exp": now + 600}
        claims |= {"nonce": self._nonces.pop(code), **self.account}
        signed = jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self._key)
        return JSONResponse({"access_token": "a", "token_type": "Bearer", "expires_in": 600, "id_token": signed})

    async def keys(self, request):
        return JSONResponse({"keys": [self._key.as_dict(private=False)]})

    async def leave(self, request):
        return RedirectResponse(request.query_params["post_logout_redirect_uri"], 302)
