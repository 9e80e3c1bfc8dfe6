"""Projects and their members."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import OldestFirst
from labeling.api.serializers import MemberName, MemberSerializer, ProjectSerializer
from labeling.selectors.access import projects_for
from labeling.services.members import add_member, admit_member, remove_member
from labeling.services.projects import create_project, delete_project, update_project


class Projects(Call):
    scopes = {"POST": "write"}
    pagination_class = OldestFirst

    @extend_schema(responses=ProjectSerializer(many=True), operation_id="projects_list")
    def get(self, request: Request) -> Response:
        return self.paginated(projects_for(self.caller), ProjectSerializer)

    @extend_schema(request=ProjectSerializer, responses={201: ProjectSerializer})
    def post(self, request: Request) -> Response:
        project = create_project(creator=self.caller, **self.validated(ProjectSerializer))
        return Response(ProjectSerializer(project).data, status=201)


class ProjectDetail(Call):
    scopes = {"PATCH": "write", "DELETE": "write"}

    @extend_schema(responses=ProjectSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return Response(ProjectSerializer(self.project()).data)

    @extend_schema(request=ProjectSerializer, responses=ProjectSerializer)
    def patch(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        update_project(project=project, **self.validated(ProjectSerializer, partial=True))
        return Response(ProjectSerializer(project).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        delete_project(project=self.project(manage=True))
        return Response(status=204)


class Members(Call):
    scopes = {"POST": "write", "DELETE": "write"}
    pagination_class = OldestFirst

    @extend_schema(responses=MemberSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        members = self.project(manage=True).memberships.select_related("user")
        return self.paginated(members, MemberSerializer)

    @extend_schema(request=MemberSerializer, responses={201: MemberSerializer})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        given = self.validated(MemberSerializer)
        admitted = given.pop("admitted", None)
        membership = add_member(project=project, **given)
        if admitted is not None:
            admit_member(project=project, user=membership.user, admitted=admitted)
            membership.refresh_from_db()
        return Response(MemberSerializer(membership).data, status=201)

    @extend_schema(request=MemberName, responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        remove_member(project=project, **self.validated(MemberName))
        return Response(status=204)
