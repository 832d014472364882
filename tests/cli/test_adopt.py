"""`bedrock-models adopt`: the code it prints is code, and runs against the library."""

import aws_cdk as cdk
import pytest

from bedrock_models.contract import scope_of_lock, scope_of_path
from tests.cli.conftest import NOVA, ROLE, Desk, tags_of
from tests.cli.fakes import stack_id
from tests.support.synth import new_stack

MODELS = stack_id("Models")
DIGEST = "00112233445566778899"
KEY = "arn:aws:kms:us-east-1:123456789012:key/11112222-3333-4444-5555-666677778888"


def _adopted(desk: Desk, arn: str, *options: str) -> tuple[str, dict[str, object]]:
    """The text, and what it leaves behind when it is run in a stack."""
    code, text = desk.run("adopt", arn, *options)
    assert code == 0
    env = cdk.Environment(account="123456789012", region="us-east-1")
    names: dict[str, object] = {"stack": new_stack(env=env)}
    exec(text, names)  # noqa: S102  what a user would paste
    return text, names


def test_a_model_is_imported_with_its_key(desk: Desk) -> None:
    arn = desk.trained("Support", customModelKmsKeyId=KEY)
    _, names = _adopted(desk, arn)
    assert names["model"].custom_model_arn == arn  # type: ignore[attr-defined]
    assert names["model"].encryption_key.key_arn == KEY  # type: ignore[attr-defined]


def test_an_imported_model_is_imported(desk: Desk) -> None:
    arn = desk.imported("llama")
    assert _adopted(desk, arn)[1]["model"].imported_model_arn == arn  # type: ignore[attr-defined]


def test_of_a_model_that_the_sagemaker_sdk_made_it_says_how_to_own_it(desk: Desk) -> None:
    uri = "s3://customer-escrow-1-smtj-a/1/"
    desk.objects.put("customer-escrow-1-smtj-a", "1/weights", b"x")
    made = {"modelSourceConfig": {"s3DataSource": {"s3Uri": uri}}, "roleArn": ROLE}
    tags = [{"key": "sagemaker.amazonaws.com/model-source", "value": uri}]
    arn = desk.api.create_custom_model(modelName="by-the-sdk", modelTags=tags, **made)["modelArn"]
    text, names = _adopted(desk, arn)
    assert names["model"].custom_model_arn == arn  # type: ignore[attr-defined]
    assert f'# CustomModel(stack, "ByTheSdk", source=ModelSource.from_s3_uri("{uri}"), adopt=True)' in text
    owned = [*tags, *({"key": key, "value": value} for key, value in tags_of(MODELS, "Other").items())]
    arn = desk.api.create_custom_model(modelName="ours", modelTags=owned, **made)["modelArn"]
    assert "adopt=True" not in _adopted(desk, arn)[0]


def test_deployment_and_throughput_are_imported_by_their_arns(desk: Desk) -> None:
    model = desk.trained("Support")
    arn = desk.deployment(model)
    assert _adopted(desk, arn)[1]["deployment"].custom_model_deployment_arn == arn  # type: ignore[attr-defined]
    arn = desk.throughput(NOVA)
    assert _adopted(desk, arn)[1]["throughput"].provisioned_model_arn == arn  # type: ignore[attr-defined]


def test_a_run_comes_with_its_model_and_the_lock_id_that_adopts_it(desk: Desk) -> None:
    scope = scope_of_lock("support")
    arn = desk.job(f"Support-{scope}-{DIGEST}", tags=tags_of(MODELS, "Job", scope=scope))
    desk.wait(hours=5)
    text, names = _adopted(desk, arn, "--lock-id", "support")
    assert names["job"].job_arn == arn  # type: ignore[attr-defined]
    assert ":custom-model/" in names["model"].custom_model_arn  # type: ignore[attr-defined]
    assert '# with lock_id="support" and the same inputs' in text


def test_a_run_without_lock_id_is_adopted_by_id_and_stack(desk: Desk) -> None:
    scope = scope_of_path("Models", "Support")
    arn = desk.job(f"Support-{scope}-{DIGEST}", tags=tags_of(MODELS, "Job", scope=scope))
    text, _ = _adopted(desk, arn, "--lock-id", "wrong")
    assert '# with the id "Support" in a stack named "Models", without lock_id' in text
    assert "It was not made with lock_id='wrong'" in text


def test_a_run_of_another_hand_is_only_imported(desk: Desk) -> None:
    assert "# Nothing of the constructs made this run" in _adopted(desk, desk.job("by-hand"))[0]


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("Support", "ARN must be one of a custom-model, imported-model"),
        (
            "arn:aws:bedrock:eu-west-1:123456789012:custom-model/amazon.nova-lite-v1:0/abcdef012345",
            "add --region eu-west-1",
        ),
        (
            "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0/abcdef012345",
            "there is no 'arn:aws:bedrock",
        ),
    ],
)
def test_what_cannot_be_adopted_is_explained(
    desk: Desk, capsys: pytest.CaptureFixture[str], arn: str, said: str
) -> None:
    assert desk.run("adopt", arn)[0] == 2
    assert said in capsys.readouterr().err
