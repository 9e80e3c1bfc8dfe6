"""Who may see and do what. A project that is not yours does not exist for you."""

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from labeling.models import Membership, Project
from labeling.prepared import Prepared


def projects_for(user: User | AnonymousUser) -> QuerySet[Project]:
    """The projects a person annotates or manages."""
    if not user.is_authenticated:
        return Project.objects.none()
    return Project.objects.all() if user.is_superuser else _own_projects(user.pk)


def _own_projects(user: int) -> QuerySet[Project]:
    member = Membership.objects.filter(project=OuterRef("pk"), user=user)
    return Project.objects.filter(Q(created_by=user) | Exists(member))


_any_by_slug = Prepared(lambda slug: Project.objects.filter(slug=slug).order_by(), slug=str)
_own_by_slug = Prepared(lambda slug, user: _own_projects(user).filter(slug=slug).order_by(), slug=str, user=int)


def managed_projects(user: User | AnonymousUser) -> QuerySet[Project]:
    if not user.is_authenticated:
        return Project.objects.none()
    if user.is_superuser:
        return Project.objects.all()
    managed = Membership.objects.filter(user=user, role=Membership.Role.MANAGER).values("project")
    return Project.objects.filter(Q(created_by=user) | Q(pk__in=managed))


def can_manage(user: User | AnonymousUser, project: Project) -> bool:
    return managed_projects(user).filter(pk=project.pk).exists()


def project_for(user: User | AnonymousUser, slug: str, *, manage: bool = False) -> Project:
    """The project of that slug.

    Raises `Http404` for an outsider, `PermissionDenied` when managing is asked of an annotator.
    """
    if not user.is_authenticated:
        raise Http404(f"no project {slug!r}")
    project = _any_by_slug.first(slug=slug) if user.is_superuser else _own_by_slug.first(slug=slug, user=user.pk)
    if project is None:
        raise Http404(f"no project {slug!r}")
    if manage:
        check_manages(user, project)
    return project


def check_manages(user: User | AnonymousUser, project: Project) -> None:
    """Raise `PermissionDenied` unless that member manages the project."""
    if not can_manage(user, project):
        raise PermissionDenied(f"only managers of {project.slug!r} may do this")
