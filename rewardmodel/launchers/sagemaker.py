"""Training as an Amazon SageMaker training job: data go to S3, the finished model comes back from there.

The interface is that of `ChildProcess`. Checkpoints and progress lie under one S3 folder for all attempts of a run, so
that the next attempt goes on from them on another machine.
"""

import tarfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

# Where SageMaker puts inputs, keeps checkpoints in step with S3, and looks for the model.
INPUTS, CHECKPOINTS, MODEL = "/opt/ml/input/data", "/opt/ml/checkpoints", "/opt/ml/model/reward-model"
# Options whose value is a path of this machine; the job needs what lies there.
LOCAL = ("data", "base-model", "known-data")
POLL_SECONDS = 10.0
CHECKED_IN_VAIN = 30
CODES = {"Completed": 0, "Failed": 1, "Stopped": 3}
UNDER_WAY = ("InProgress", "Stopping")
# SageMaker gives a job two minutes to save what it has; then it is gone.
ENDING_SECONDS = 300.0
# SageMaker takes no longer one.
LONGEST_NAME = 63


@dataclass(frozen=True)
class SageMakerOptions:
    """role: the ARN that the job runs as.  image: a container with Podium and its worker's requirements.  folder:
    s3://bucket or s3://bucket/prefix.  instance: its machine, ml.g5.xlarge say.  seconds: the longest a job may take.
    """

    role: str
    image: str
    folder: str
    instance: str
    seconds: int
    disk_gb: int = 100


class SageMakerJob:
    """One training job. Errors of AWS at the start are raised as they come; while it runs, they are waited out."""

    def __init__(self, *, module: str, arguments: Sequence[str], log: Path, options: SageMakerOptions) -> None:
        self._module, self._options, self._log = module, options, log
        self._given = dict(word.removeprefix("--").partition("=")[::2] for word in arguments)
        self._progress, self._output = Path(self._given["progress"]), Path(self._given["output"])
        bucket, _, prefix = options.folder.removeprefix("s3://").partition("/")
        # The run's own folder, whichever attempt this is.
        run = f"run-{Path(self._given['checkpoint-dir']).parent.name}"
        self._bucket, self._prefix = bucket, "/".join(part for part in (prefix.strip("/"), run) if part)
        self._name_start = f"podium-{run}-"
        self._name = f"{self._name_start}{uuid.uuid4().hex[:12]}"[:LONGEST_NAME]
        self._s3, self._jobs = boto3.client("s3"), boto3.client("sagemaker")
        self._code: int | None = None
        self._asked_at = -POLL_SECONDS
        self._failures = 0

    def start(self) -> None:
        """Raises RuntimeError when an earlier attempt's job does not end: two would write the same checkpoints."""
        self._end_earlier_attempts()
        channels = [self._upload(name, Path(self._given[name])) for name in LOCAL if self._is_here(name)]
        self._jobs.create_training_job(
            TrainingJobName=self._name,
            RoleArn=self._options.role,
            AlgorithmSpecification={
                "TrainingImage": self._options.image,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["python", "-m", self._module],
                "ContainerArguments": self._container_arguments(),
            },
            InputDataConfig=channels,
            OutputDataConfig={"S3OutputPath": self._uri("output")},
            CheckpointConfig={"S3Uri": self._uri("checkpoints"), "LocalPath": CHECKPOINTS},
            ResourceConfig={
                "InstanceType": self._options.instance,
                "InstanceCount": 1,
                "VolumeSizeInGB": self._options.disk_gb,
            },
            StoppingCondition={"MaxRuntimeInSeconds": self._options.seconds},
        )
        self._note(f"SageMaker training job {self._name} on {self._options.instance}")

    def poll(self) -> int | None:
        """0, 1 or 3 once it has completed, failed or stopped; None while it runs. Asks AWS every ten seconds."""
        if self._code is not None or time.monotonic() - self._asked_at < POLL_SECONDS:
            return self._code
        self._asked_at = time.monotonic()
        try:
            job = self._jobs.describe_training_job(TrainingJobName=self._name)
            self._mirror_progress()
            if job["TrainingJobStatus"] == "Completed":
                self._fetch(job["ModelArtifacts"]["S3ModelArtifacts"])
        except (BotoCoreError, ClientError) as error:
            # A network that is away for minutes costs nothing; the job goes on without us.
            self._failures += 1
            self._note(f"AWS does not answer ({error}); asking again")
            if self._failures < CHECKED_IN_VAIN:
                return None
            raise
        self._failures = 0
        self._code = CODES.get(job["TrainingJobStatus"])
        if self._code:
            self._note(f"{job['TrainingJobStatus']}: {job.get('FailureReason', 'no reason given')}")
        return self._code

    def cancel(self) -> None:
        """Ask it to save a checkpoint and end; SageMaker gives it two minutes."""
        if self._code is None:
            self._jobs.stop_training_job(TrainingJobName=self._name)

    def kill(self) -> None:
        """End it, unless it has ended. A job that nobody waits for would go on costing money."""
        if self._code is not None:
            return
        try:
            job = self._jobs.describe_training_job(TrainingJobName=self._name)
            if job["TrainingJobStatus"] == "InProgress":
                self._jobs.stop_training_job(TrainingJobName=self._name)
        except (BotoCoreError, ClientError) as error:
            self._note(f"{self._name} could not be stopped ({error}); look for it in the AWS console")

    def _end_earlier_attempts(self) -> None:
        """A trainer that was killed has left its job running. Jobs of other installations write to other folders."""
        deadline = time.monotonic() + ENDING_SECONDS
        asked: set[str] = set()
        while under_way := [name for status in UNDER_WAY for name in self._attempts(status)]:
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"an earlier attempt of this run, SageMaker's job {under_way[0]}, did not end within "
                    f"{ENDING_SECONDS:.0f} s of being stopped; end it in the AWS console, then resume the run"
                )
            for name in set(under_way) - asked:
                self._note(f"ending {name}, which an earlier attempt has left running")
                self._jobs.stop_training_job(TrainingJobName=name)
                asked.add(name)
            time.sleep(POLL_SECONDS)

    def _attempts(self, status: str) -> list[str]:
        pages = self._jobs.get_paginator("list_training_jobs").paginate(
            NameContains=self._name_start, StatusEquals=status
        )
        names = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
        told = [self._jobs.describe_training_job(TrainingJobName=name) for name in names]
        ours = self._uri("checkpoints")
        return [job["TrainingJobName"] for job in told if job.get("CheckpointConfig", {}).get("S3Uri") == ours]

    def _is_here(self, name: str) -> bool:
        return name in self._given and Path(self._given[name]).exists()

    def _upload(self, name: str, path: Path) -> dict[str, Any]:
        """A file, or a folder's files, as one channel of the job."""
        for file in [path] if path.is_file() else sorted(own for own in path.rglob("*") if own.is_file()):
            inside = file.name if path.is_file() else file.relative_to(path).as_posix()
            self._s3.upload_file(str(file), self._bucket, f"{self._prefix}/{name}/{inside}")
        source = {"S3DataType": "S3Prefix", "S3Uri": self._uri(name), "S3DataDistributionType": "FullyReplicated"}
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}}

    def _container_arguments(self) -> list[str]:
        there = {
            "output": MODEL,
            "progress": f"{CHECKPOINTS}/{self._progress.name}",
            "checkpoint-dir": CHECKPOINTS,
        }
        for name in LOCAL:
            if self._is_here(name):
                path = Path(self._given[name])
                there[name] = f"{INPUTS}/{name}/{path.name}" if path.is_file() else f"{INPUTS}/{name}"
        # There is no parent there whose death it could hear of.
        told = {name: there.get(name, value) for name, value in self._given.items() if name != "exit-with-parent"}
        return [f"--{name}={value}" if value else f"--{name}" for name, value in told.items()]

    def _mirror_progress(self) -> None:
        key = f"{self._prefix}/checkpoints/{self._progress.name}"
        try:
            told = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return
        draft = self._progress.with_suffix(".draft")
        draft.write_bytes(told)
        draft.replace(self._progress)

    def _fetch(self, uri: str) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        draft = self._output.with_name(f"{self._output.name}.fetched")
        archive = draft.with_suffix(".tar.gz")
        self._s3.download_file(bucket, key, str(archive))
        with tarfile.open(archive) as packed:
            # Neither links nor paths that lead elsewhere.
            packed.extractall(draft, filter="data")
        archive.unlink()
        (draft / Path(MODEL).name).rename(self._output)
        draft.rmdir()

    def _uri(self, name: str) -> str:
        return f"s3://{self._bucket}/{self._prefix}/{name}"

    def _note(self, line: str) -> None:
        with self._log.open("a", encoding="utf-8") as log:
            log.write(line + "\n")
