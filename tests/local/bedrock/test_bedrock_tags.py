import pytest

TAGS = [{"key": "team", "value": "speech"}, {"key": "stage", "value": ""}]


@pytest.fixture(params=["model", "job", "job_model", "deployment", "throughput"])
def tagged(request, world):
    """The ARN of one resource of each kind, made with TAGS."""
    match request.param:
        case "model":
            return world.start_import(modelTags=TAGS)
        case "job":
            return world.start_job(jobTags=TAGS)
        case "job_model":
            return world.trained_model(customModelTags=TAGS)
        case "deployment":
            return world.start_deployment(world.model(), tags=TAGS)
    return world.start_throughput(world.model(), tags=TAGS)


def tags_of(world, arn):
    return {tag["key"]: tag["value"] for tag in world.client.list_tags_for_resource(resourceARN=arn)["tags"]}


def test_tags_of_the_create_call_are_there_from_the_start(world, tagged):
    assert tags_of(world, tagged) == {"team": "speech", "stage": ""}


def test_tags_are_added_changed_and_removed(world, tagged):
    world.client.tag_resource(resourceARN=tagged, tags=[{"key": "team", "value": "vision"}, {"key": "a", "value": "b"}])
    world.client.untag_resource(resourceARN=tagged, tagKeys=["stage", "never-there"])
    assert tags_of(world, tagged) == {"team": "vision", "a": "b"}


def test_the_limit_counts_what_is_already_there(world, tagged):
    more = [{"key": f"k{n}", "value": ""} for n in range(49)]
    with pytest.raises(world.client.exceptions.TooManyTagsException) as caught:
        world.client.tag_resource(resourceARN=tagged, tags=more)
    assert caught.value.response["resourceName"] == tagged
    world.client.tag_resource(resourceARN=tagged, tags=more[:48])


def test_the_limit_holds_in_create_calls(world):
    with pytest.raises(world.client.exceptions.TooManyTagsException):
        world.start_import(modelTags=[{"key": f"k{n}", "value": ""} for n in range(51)])


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ([{"key": "aws:mine", "value": ""}], "reserved prefix"),
        ([{"key": "AWS:mine", "value": ""}], "reserved prefix"),
        ([{"key": "a", "value": "1"}, {"key": "a", "value": "2"}], "repeated"),
        ([{"key": "emoji", "value": "☃"}], "regular expression"),
    ],
)
def test_tags_that_the_service_refuses(world, tags, text):
    with pytest.raises(world.client.exceptions.ValidationException, match=text):
        world.start_import(modelTags=tags)
    with pytest.raises(world.client.exceptions.ValidationException, match=text):
        world.client.tag_resource(resourceARN=world.model(), tags=tags)


def test_what_is_not_there_has_no_tags(world):
    arn = "arn:aws:bedrock:us-east-1:123456789012:custom-model/imported/aaaaaaaaaaaa"
    with pytest.raises(world.client.exceptions.ResourceNotFoundException):
        tags_of(world, arn)
