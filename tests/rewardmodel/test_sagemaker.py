"""A training on SageMaker, against moto's server: what goes up, what is told, what comes back."""

import io
import json
import tarfile
from dataclasses import replace

import boto3
import pytest
from botocore.config import Config
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from moto.server import ThreadedMotoServer

from rewardmodel.launchers import sagemaker
from rewardmodel.launchers.sagemaker import SageMakerJob, SageMakerOptions

BUCKET = "podium-tests"
OPTIONS = SageMakerOptions(
    role="arn:aws:iam::123456789012:role/podium",
    image="123456789012.dkr.ecr.eu-central-1.amazonaws.com/podium:1",
    folder=f"s3://{BUCKET}/training/",
    instance="ml.g5.xlarge",
    seconds=3600,
)


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def aws(server, monkeypatch):
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sagemaker, "POLL_SECONDS", 0)
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield s3
    for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=item["Key"])
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def job(aws, tmp_path):
    return job_of(tmp_path)


def job_of(tmp_path, bucket_folder: str = OPTIONS.folder) -> SageMakerJob:
    folder = tmp_path / "runs" / "7"
    base = tmp_path / "base"
    base.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / "groups.jsonl").write_text("{}\n")
    (base / "config.json").write_text("{}")
    arguments = [
        f"--data={tmp_path / 'groups.jsonl'}",
        f"--base-model={base}",
        f"--output={folder / 'attempt-2'}",
        f"--progress={folder / 'progress-2.jsonl'}",
        f"--checkpoint-dir={folder / 'checkpoints'}",
        "--max-steps=3",
        "--resume",
        "--exit-with-parent",
    ]
    options = replace(OPTIONS, folder=bucket_folder)
    return SageMakerJob(module="rewardmodel.ml.train", arguments=arguments, log=tmp_path / "log.txt", options=options)


@pytest.fixture
def left_running(monkeypatch):
    """Marks jobs as under way, which moto's never are, and lets them be stopped, which moto has no answer to."""
    jobs = sagemaker_backends["123456789012"]["eu-central-1"].training_jobs
    stopped = []

    def stop(self):
        name = self._get_param("TrainingJobName")
        stopped.append(name)
        jobs[name].training_job_status = "Stopping"
        return "{}"

    def pause(_seconds):
        for name in stopped:
            jobs[name].training_job_status = "Stopped"

    def mark(job):
        jobs[job._name].training_job_status = "InProgress"

    monkeypatch.setattr(SageMakerResponse, "stop_training_job", stop, raising=False)
    monkeypatch.setattr(sagemaker.time, "sleep", pause)
    return mark, stopped


def described(job):
    return boto3.client("sagemaker").describe_training_job(TrainingJobName=job._name)


def put_model(aws, job, *names: str) -> None:
    """What the container leaves: its model packed where the job says."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    uri = described(job)["ModelArtifacts"]["S3ModelArtifacts"]
    aws.put_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"), Body=packed.getvalue())


def test_data_and_base_model_go_up_and_the_job_is_told_where_they_are(aws, job):
    job.start()

    keys = {item["Key"] for item in aws.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert keys == {"training/run-7/data/groups.jsonl", "training/run-7/base-model/config.json"}
    told = described(job)
    assert told["AlgorithmSpecification"]["TrainingImage"] == OPTIONS.image
    assert told["CheckpointConfig"]["S3Uri"] == f"s3://{BUCKET}/training/run-7/checkpoints"
    assert job._container_arguments() == [
        "--data=/opt/ml/input/data/data/groups.jsonl",
        "--base-model=/opt/ml/input/data/base-model",
        "--output=/opt/ml/model/reward-model",
        "--progress=/opt/ml/checkpoints/progress-2.jsonl",
        "--checkpoint-dir=/opt/ml/checkpoints",
        "--max-steps=3",
        "--resume",
    ]


def test_its_progress_and_its_model_come_back(aws, job):
    job.start()
    event = json.dumps({"event": "end"}) + "\n"
    aws.put_object(Bucket=BUCKET, Key="training/run-7/checkpoints/progress-2.jsonl", Body=event.encode())
    put_model(aws, job, "reward-model/model.safetensors", "reward-model/metrics.json")

    assert job.poll() == 0

    assert job._progress.read_text() == event
    assert sorted(path.name for path in job._output.iterdir()) == ["metrics.json", "model.safetensors"]
    assert {path.name for path in job._output.parent.iterdir()} == {"progress-2.jsonl", "attempt-2"}
    assert job.poll() == 0


def test_an_archive_that_would_write_elsewhere_is_refused(aws, job, tmp_path):
    job.start()
    put_model(aws, job, "../../escaped")

    with pytest.raises(tarfile.OutsideDestinationError):
        job.poll()

    assert not (tmp_path / "escaped").exists()


def test_a_network_that_is_away_is_waited_out(aws, job):
    job.start()
    put_model(aws, job, "reward-model/metrics.json")
    there = job._jobs
    impatient = Config(connect_timeout=1, retries={"max_attempts": 1})
    job._jobs = boto3.client("sagemaker", endpoint_url="http://127.0.0.1:9", config=impatient)

    assert job.poll() is None
    assert "AWS does not answer" in job._log.read_text()
    job._jobs = there
    assert job.poll() == 0


def test_a_job_that_a_killed_trainer_left_is_ended_before_the_next_one_begins(aws, job, left_running, tmp_path):
    mark, stopped = left_running
    job.start()
    mark(job)
    elsewhere = job_of(tmp_path, f"s3://{BUCKET}/another-installation")
    elsewhere.start()
    assert stopped == []
    mark(elsewhere)

    job_of(tmp_path).start()

    assert stopped == [job._name]
    assert f"ending {job._name}" in job._log.read_text()


def test_a_job_that_does_not_end_keeps_the_next_one_from_beginning(aws, job, left_running, tmp_path, monkeypatch):
    mark, _ = left_running
    job.start()
    mark(job)
    monkeypatch.setattr(sagemaker.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(sagemaker, "ENDING_SECONDS", -1)

    with pytest.raises(RuntimeError, match=rf"{job._name}, did not end .* end it in the AWS console"):
        job_of(tmp_path).start()
