"""The function that asks a candidate: batches, throttling, scores, and the verdict in the end."""

import io
import json
from types import SimpleNamespace
from typing import Any

import aws_cdk as cdk
import pytest
from botocore.exceptions import ClientError

from bedrock_models.bedrock import model_check
from constructs_lib import CheckData, CheckScore, CustomModel, CustomModelDeployment, ModelCheck
from provider.model_check import runner
from provider.model_check.scores import BadRecord

URI = "s3://golden/records.jsonl"
STATE = {
    "execution": "Check-1-1",
    "modelArn": "arn:aws:bedrock:us-east-1:123456789012:custom-model/x/abc",
    "modelId": "candidate",
    "records": URI,
    "score": "contains",
    "minScore": 0.5,
    "maxTokens": 100,
}


class Outside:
    """S3, a scoring function, and a model that answers by a table."""

    def __init__(self, records: list[Any], answers: dict[str, str] | None = None) -> None:
        self.body = "".join(f"{json.dumps(record)}\n" for record in records)
        self.answers = answers or {}
        self.asked: list[dict[str, Any]] = []
        self.throttle_at: set[int] = set()
        self.error = "ThrottlingException"
        self.written: dict[str, str] = {}
        self.scored: list[dict[str, Any]] = []
        self.scores: Any = lambda samples: [{"id": each["id"], "score": 1} for each in samples]
        self.runtime = SimpleNamespace(converse=self._converse)
        self.s3 = SimpleNamespace(get_object=self._get, put_object=self._put)
        self.functions = SimpleNamespace(invoke=self._invoke)

    def _converse(self, **request: Any) -> dict[str, Any]:
        if len(self.asked) in self.throttle_at:
            self.throttle_at.remove(len(self.asked))
            raise ClientError({"Error": {"Code": self.error, "Message": "Too many requests"}}, "Converse")
        self.asked.append(request)
        question = request["messages"][-1]["content"][0]["text"]
        content = [{"text": self.answers.get(question, "I do not know")}]
        return {"output": {"message": {"role": "assistant", "content": content}}}

    def _get(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        assert f"s3://{Bucket}/{Key}" == URI
        return {"Body": io.BytesIO(self.body.encode())}

    def _put(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803, ARG002
        self.written[f"{Bucket}/{Key}"] = Body.decode()

    def _invoke(self, *, FunctionName: str, Payload: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "arn:scores"
        event = json.loads(Payload)
        self.scored.append(event)
        return {"Payload": io.BytesIO(json.dumps(self.scores(event["samples"])).encode())}

    def run(self, state: dict[str, Any], *, invocations: int = 100) -> dict[str, Any]:
        """As the state machine does: each time with the state of the last time, through JSON."""
        for _ in range(invocations):
            context = SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
            state = json.loads(json.dumps(runner.handle(state, context, clients=self)))  # type: ignore[arg-type]
            if state["done"]:
                return dict(state["verdict"])
        return state


def qa(question: str, answer: str) -> dict[str, str]:
    return {"prompt": question, "completion": answer}


QUESTIONS = [qa(f"q{number}", f"a{number}") for number in range(45)]


def test_all_are_asked_once_in_batches_and_the_mean_decides() -> None:
    outside = Outside(QUESTIONS, {f"q{number}": f"it is a{number}." for number in range(30)})

    verdict = outside.run(STATE)

    assert [each["messages"][0]["content"][0]["text"] for each in outside.asked] == [q["prompt"] for q in QUESTIONS]
    assert verdict["passed"] is True
    assert verdict["metrics"] == {"Score": pytest.approx(30 / 45), "RecordCount": 45}
    assert "lowest: records 31 (0), 32 (0)" in verdict["reason"]


def test_too_low_a_mean_does_not_pass() -> None:
    verdict = Outside(QUESTIONS, {"q0": "a0"}).run(STATE)

    assert verdict["passed"] is False
    assert verdict["reason"].startswith("the score of 45 records is 0.02222, and at least 0.5 is asked")


def test_the_command_line_finds_how_many_records_are_answered(logged: list[dict[str, Any]]) -> None:
    Outside(QUESTIONS).run(STATE)

    told = [line for line in logged if line["event"] == model_check.ASKED and line["check"] == STATE["execution"]]
    assert [(line["records"], line["of"]) for line in told] == [(20, 45), (40, 45)]


@pytest.mark.parametrize("code", ["ThrottlingException", "ModelNotReadyException", "ServiceUnavailableException"])
def test_a_throttled_request_is_repeated_after_a_pause(code: str) -> None:
    outside = Outside(QUESTIONS, {})
    outside.throttle_at, outside.error = {0, 7}, code

    first = outside.run(STATE, invocations=1)
    assert (first["next"], first["waitSeconds"]) == (0, 10)
    assert outside.run(first)["metrics"]["RecordCount"] == 45
    assert len(outside.asked) == 45


def test_pauses_grow_while_nothing_is_answered() -> None:
    outside = Outside(QUESTIONS)
    pauses = []
    state: dict[str, Any] = STATE
    for _ in range(6):
        outside.throttle_at = {0}
        state = outside.run(state, invocations=1)
        pauses.append(state["waitSeconds"])

    assert pauses == [10, 20, 40, 80, 120, 120]


def test_a_rate_is_kept() -> None:
    outside = Outside(QUESTIONS)

    state = outside.run({**STATE, "requestsPerMinute": 4}, invocations=1)

    assert (len(outside.asked), state["waitSeconds"]) == (4, 60)


def test_another_error_ends_the_invocation() -> None:
    outside = Outside(QUESTIONS)
    outside.throttle_at, outside.error = {0}, "ValidationException"

    with pytest.raises(ClientError):
        outside.run(STATE)


def test_a_conversation_is_asked_without_its_last_answer() -> None:
    record = {
        "system": [{"text": "Be short."}],
        "messages": [
            {"role": "user", "content": [{"text": "2+2?"}]},
            {"role": "assistant", "content": [{"text": "4"}]},
        ],
    }
    outside = Outside([record], {"2+2?": " 4\n"})

    assert outside.run({**STATE, "score": "exact-match", "minScore": 1})["passed"] is True
    [asked] = outside.asked
    assert asked["system"] == [{"text": "Be short."}]
    assert asked["messages"] == record["messages"][:1]
    assert asked["inferenceConfig"] == {"maxTokens": 100, "temperature": 0}


@pytest.mark.parametrize(("answer", "passed"), [('{"a": 1}', True), ("Sure: {}", False)])
def test_json_is_scored_without_an_expected_answer(answer: str, passed: bool) -> None:
    outside = Outside([{"prompt": "q"}], {"q": answer})

    assert outside.run({**STATE, "score": "valid-json"})["passed"] is passed


def test_a_function_scores_each_batch() -> None:
    outside = Outside(QUESTIONS, {"q0": "a0"})
    outside.scores = lambda samples: [{"id": each["id"], "score": float("a" in each["answer"])} for each in samples]
    state = {**STATE, "functionArn": "arn:scores", "payload": {"strict": True}}
    del state["score"]

    verdict = outside.run(state)

    assert verdict["metrics"]["Score"] == pytest.approx(1 / 45)
    assert [len(each["samples"]) for each in outside.scored] == [20, 20, 5]
    assert outside.scored[0]["payload"] == {"strict": True}
    assert outside.scored[0]["samples"][0] == {
        "id": "0",
        "messages": [{"role": "user", "content": [{"text": "q0"}]}],
        "expected": "a0",
        "answer": "a0",
    }


@pytest.mark.parametrize("given", [[], "x", [{"id": "0", "score": 2}], [{"id": "0", "score": True}], [{"id": "0"}]])
def test_scores_that_are_none_are_refused(given: Any) -> None:
    outside = Outside([qa("q", "a")])
    outside.scores = lambda _: given

    with pytest.raises(BadRecord, match="the function must return"):
        outside.run({**STATE, "functionArn": "arn:scores"})


def test_a_report_has_a_line_for_each_record_and_keys_that_repeat() -> None:
    outside = Outside(QUESTIONS, {"q0": "a0"})

    outside.run({**STATE, "report": "s3://reports/checks"})

    assert list(outside.written) == [f"reports/checks/Check-1-1/{first:06}.jsonl" for first in (1, 21, 41)]
    first = json.loads(outside.written["reports/checks/Check-1-1/000001.jsonl"].split("\n")[0])
    assert (first["record"], first["answer"], first["expected"], first["score"]) == (1, "a0", "a0", 1)


@pytest.mark.parametrize("record", [3, {}, {"messages": []}, {"messages": [{"role": "assistant", "content": []}]}])
def test_a_record_that_cannot_be_asked_is_named(record: Any) -> None:
    with pytest.raises(BadRecord, match="record 2 cannot be asked"):
        Outside([qa("q", "a"), record]).run(STATE)


def test_a_record_without_an_answer_cannot_be_compared() -> None:
    with pytest.raises(BadRecord, match="has no completion"):
        Outside([{"prompt": "q"}]).run(STATE)


def test_no_records_are_no_verdict() -> None:
    with pytest.raises(BadRecord, match="no records"):
        Outside([]).run(STATE)


def test_a_separator_of_unicode_is_no_line_end() -> None:
    outside = Outside([], {"a\u2028b": "yes"})
    outside.body = json.dumps(qa("a\u2028b", "yes"), ensure_ascii=False) + "\n"

    assert outside.run(STATE)["passed"] is True


def test_a_score_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadRecord, match="is not one that this version"):
        Outside([qa("q", "a")]).run({**STATE, "score": "roughly"})


def test_the_construct_and_the_function_agree_on_the_input(tmp_path: Any) -> None:
    """What the construct renders is what the function reads."""
    file = tmp_path / "golden.jsonl"
    file.write_text(json.dumps(qa("q", "a")) + "\n")
    stack = cdk.Stack(cdk.App(), "Models")
    arn = "arn:aws:bedrock:us-east-1:123456789012:custom-model/x/abc123def456"
    model = CustomModel.from_custom_model_arn(stack, "Model", arn)
    candidate = CustomModelDeployment(stack, "Candidate", custom_model=model)
    records = CheckData.from_asset(file, score=CheckScore.CONTAINS, min_score=0.25, requests_per_minute=6)
    ModelCheck(stack, "Check", custom_model=model, invoke=candidate, records=records)
    resources = cdk.assertions.Template.from_stack(stack).find_resources("Custom::BedrockModelCheck")

    [resource] = resources.values()
    joined = resource["Properties"]["Settings"]["Request"]["input"]["Fn::Join"][1]
    given = json.loads("".join(part if isinstance(part, str) else "x" for part in joined))

    outside = Outside([qa("q", "a")], {"q": "a"})
    outside._get = lambda **_: {"Body": io.BytesIO(outside.body.encode())}  # type: ignore[method-assign]
    outside.s3 = SimpleNamespace(get_object=outside._get)
    verdict = outside.run({**given, "execution": "e", "modelArn": arn})
    assert verdict == {"passed": True, "reason": verdict["reason"], "metrics": {"Score": 1.0, "RecordCount": 1}}
    assert outside.asked[0]["inferenceConfig"]["maxTokens"] == 512
