import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from labeling.exceptions import LabelingError
from labeling.models import Endpoint, Job, Project, Which
from labeling.services.endpoints import checked_endpoint
from labeling.services.generation import request_generation, run_generation_job

PARAMETERS = ("temperature", "top_p", "max_tokens", "seed", "system_prompt", "requests_per_minute", "concurrency")


class Command(BaseCommand):
    help = (
        "Have an LLM answer a project's prompts, here and now. Interrupted or failed, the same command goes on: "
        "prompts that have their responses are passed over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="the project's slug")
        parser.add_argument("--endpoint", default="", help="URL of an OpenAI-compatible API; without it a local model")
        parser.add_argument("--model", required=True, help="as the endpoint calls it; a folder or an id if local")
        parser.add_argument("--n", type=int, default=1, help="responses to each prompt")
        parser.add_argument("--name", default="", help="what the responses are listed under; by default the model's")
        parser.add_argument("--which", choices=Which.values, default=Which.UNRANKED.value, help="which prompts")
        parser.add_argument("--limit", type=int, help="no more than this many prompts")
        parser.add_argument("--temperature", type=float)
        parser.add_argument("--top-p", type=float)
        parser.add_argument("--max-tokens", type=int)
        parser.add_argument("--seed", type=int)
        parser.add_argument("--system-prompt")
        parser.add_argument("--requests-per-minute", type=int)
        parser.add_argument("--concurrency", type=int, help="requests at once")
        parser.add_argument("--key-variable", default="OPENAI_API_KEY", help="environment variable that holds the key")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).select_related("created_by").first()
        if project is None:
            raise CommandError(f"no project {options['project']!r}; make it first")
        try:
            job = self._job(project, options)
        except LabelingError as error:
            raise CommandError(error.detail) from None
        # Whoever has this shell may reach what this machine reaches.
        run_generation_job(job_id=str(job.pk), inside=True, told=lambda done: self._tell(done, job))
        job.refresh_from_db()
        if job.status != Job.Status.SUCCEEDED or job.result is None:
            detail = "; ".join(str(one["detail"]) for one in job.errors)
            raise CommandError(f"{job.status} after {job.done} of {job.total} prompts: {detail}")
        for failure in job.result["errors"]:
            self.stderr.write(f"{failure['id']}: {failure['detail']}")
        summary = (
            "{prompts} prompts, {created} responses, {equal} equal ones left out, {failed} prompts with failures; "
            "{prompt_tokens} tokens read, {completion_tokens} written"
        )
        self.stdout.write(summary.format(**job.result))

    @transaction.atomic
    def _job(self, project: Project, options: dict[str, Any]) -> Job:
        name = options["name"] or options["model"]
        endpoint = project.endpoints.filter(name=name).first() or Endpoint(
            project=project, created_by=project.created_by, name=name
        )
        endpoint.url, endpoint.model = options["endpoint"], options["model"]
        for parameter in PARAMETERS:
            if options[parameter] is not None:
                setattr(endpoint, parameter, options[parameter])
        checked_endpoint(endpoint, os.environ.get(options["key_variable"], "") if endpoint.url else "").save()
        return request_generation(
            project=project,
            user=project.created_by,
            endpoints=[endpoint],
            n=options["n"],
            which=Which(options["which"]),
            limit=options["limit"],
            send=False,
        )

    def _tell(self, done: int, job: Job) -> None:
        if done % 10 == 0 or done == job.total:
            self.stderr.write(f"{done} of {job.total}")
