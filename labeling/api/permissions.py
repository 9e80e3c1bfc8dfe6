"""What a token may do. What a person may do to a project is decided by `labeling.selectors.access`."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from labeling.models import ApiToken


class HasScope(BasePermission):
    """A token needs the scope that the view names for the method; a browser session has them all."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        scope = view.scopes.get(request.method, "read")
        self.message = f"this call needs a token with the scope {scope!r}; yours has {', '.join(request.auth.scopes)}"
        return scope in request.auth.scopes
