import pytest

PACKAGE_SOURCE = {
    "modelPackageArnDataSource": {"modelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/nova/1"}
}


@pytest.fixture(params=["import", "job", "deployment", "throughput"])
def create(request, world):
    """A create call, as a function of the token and the value of one parameter."""
    model = world.model()
    match request.param:
        case "import":
            return lambda token, name: world.start_import(name, clientRequestToken=token)
        case "job":
            return lambda token, name: world.start_job(name, clientRequestToken=token)
        case "deployment":
            return lambda token, name: world.start_deployment(model, name, clientRequestToken=token)
    return lambda token, name: world.start_throughput(model, name, clientRequestToken=token)


def test_the_same_request_makes_nothing_new(world, create):
    first = create("token", "thing")
    count = len(list(world.bedrock.store().resources()))
    assert create("token", "thing") == first
    assert len(list(world.bedrock.store().resources())) == count


def test_the_same_request_is_recognized_hours_later(world, create):
    first = create("token", "thing")
    world.wait(hours=12)
    assert create("token", "thing") == first


def test_a_token_with_other_parameters_is_refused(world, create):
    create("token", "thing")
    with pytest.raises(
        (world.client.exceptions.ConflictException, world.client.exceptions.ValidationException),
        match="clientRequestToken was used before",
    ):
        create("token", "other")


def test_another_token_is_another_request(world, create):
    assert create("token-1", "thing") != create("token-2", "other")


def test_get_gives_the_token_of_a_job_back(world):
    world.start_job(clientRequestToken="run-1234")
    assert world.client.get_model_customization_job(jobIdentifier="run")["clientRequestToken"] == "run-1234"


def test_a_token_is_forgotten_with_what_it_made(world):
    first = world.model(clientRequestToken="token")
    world.client.delete_custom_model(modelIdentifier=first)
    assert world.start_import(clientRequestToken="token") != first


def test_a_refused_request_does_not_use_its_token_up(world):
    world.model("taken")
    with pytest.raises(world.client.exceptions.ConflictException):
        world.client.create_custom_model(
            modelName="taken", customModelDataSource=PACKAGE_SOURCE, clientRequestToken="token"
        )
    world.client.create_custom_model(modelName="free", customModelDataSource=PACKAGE_SOURCE, clientRequestToken="token")
