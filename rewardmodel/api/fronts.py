"""Scoring in the words of other systems, so that an RL loop or a retriever needs no code of its own."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from rewardmodel.services.fronts import classify_pairs, openrlhf_pairs, rerank_pairs, score_pairs, sigmoid


class OpenRLHFReward(Call):
    scopes = {"POST": "score"}

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
        examples=[
            OpenApiExample("request", {"query": ["Why?Because."], "prompts": ["Why?"]}, request_only=True),
            OpenApiExample("answer", {"rewards": [0.7]}, response_only=True),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """OpenRLHF's `--remote_rm_url`: `{"query", "prompts"}` to `{"rewards"}`."""
        model, scores = score_pairs(self.project(), openrlhf_pairs(request.data))
        # Newer versions read `scores` for filtering and log what they find in `extra_logs`.
        return Response(
            {"rewards": scores, "scores": scores, "extra_logs": {"model_version": [model.version] * len(scores)}}
        )


class Rerank(Call):
    scopes = {"POST": "score"}

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.ANY,
        examples=[
            OpenApiExample("request", {"query": "Why?", "texts": ["Because.", "No idea."]}, request_only=True),
            OpenApiExample("answer", [{"index": 0, "score": 0.7}], response_only=True),
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """The responses in the order of their reward: TEI's `texts` (a list back) or Cohere's `documents`."""
        pairs, texts = rerank_pairs(request.data)
        body: Any = request.data
        model, scores = score_pairs(self.project(), pairs)
        shown = scores if body.get("raw_scores") is True else [sigmoid(score) for score in scores]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        if "texts" in body:
            told: list[dict[str, Any]] = [{"index": index, "score": shown[index]} for index in order]
            if body.get("return_text") is True:
                told = [{**item, "text": texts[item["index"]]} for item in told]
            return Response(told)
        top = body.get("top_n")
        order = order[:top] if isinstance(top, int) and not isinstance(top, bool) and top > 0 else order
        results: list[dict[str, Any]] = [{"index": index, "relevance_score": shown[index]} for index in order]
        if body.get("return_documents") is True:
            results = [{**item, "document": {"text": texts[item["index"]]}} for item in results]
        return Response({"id": f"{model.project.slug}-{model.version}", "results": results, "meta": {}})


class Classify(Call):
    scopes = {"POST": "score"}

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        responses=OpenApiTypes.OBJECT,
        examples=[
            OpenApiExample(
                "request",
                {"messages": [{"role": "user", "content": "Why?"}, {"role": "assistant", "content": "Because."}]},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        """vLLM's `/classify` of a reward model: one label, whose `probs` holds the reward as the model says it."""
        model, scores = score_pairs(self.project(), classify_pairs(request.data))
        data = [
            {"index": index, "label": "LABEL_0", "probs": [score], "num_classes": 1}
            for index, score in enumerate(scores)
        ]
        name = f"{model.project.slug}/{model.version}"
        return Response({"id": f"classify-{model.pk}", "object": "list", "model": name, "data": data})
