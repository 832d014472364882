"""What the steps of a plan cost: estimates with what they were made of, and what is not known said to be so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from bedrock_models.bedrock import custom_model_units, documented, import_job, prices
from bedrock_models.bedrock.custom_model_units import Units, family
from bedrock_models.bedrock.resource import model_id
from bedrock_models.cloudformation import unknown
from bedrock_models.context import Context
from bedrock_models.plan import training_data
from bedrock_models.plan.price_list import RUNNING, STORED, PriceList, Span
from bedrock_models.plan.step import Action, Step
from bedrock_models.plan.training_data import Size
from provider.cloudformation import contract

ONCE: Final = "once"
MONTH: Final = "month"
HOUR: Final = "hour"
# Only in which something is used: no part of what a month costs.
MINUTE: Final = "minute"
_MONTHS: Final = {"OneMonth": 1, "SixMonths": 6}
_TOKEN_PRICED: Final = ("FINE_TUNING", "CONTINUED_PRE_TRAINING")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """One item. `usd` is None if no price is known; `per` is `once`, `month`, `hour` or `minute`.

    Of an imported model Amazon Bedrock decides at the import how many custom model units it takes: until then the
    price of one unit is all there is to say.
    """

    what: str
    per: str
    usd: float | None
    made_of: str
    source: str
    binds: timedelta | None = None
    units: int | None = None
    unit: Span | None = None

    @property
    def first_month(self) -> float | None:
        """What it comes to in a month, or in all that it binds to."""
        if self.usd is None or self.per == MINUTE:
            return None
        if self.per == HOUR:
            hours = self.binds.total_seconds() / 3600 if self.binds else prices.HOURS_OF_MONTH
            return self.usd * hours
        return self.usd

    @property
    def text(self) -> str:
        """For people."""
        per = "" if self.per == ONCE else f" a{'n' if self.per == HOUR else ''} {self.per}"
        if self.usd is None and self.unit:
            return f"{self.what}: {self.unit.text}{per} for each {self.made_of} ({self.source})"
        if self.usd is None:
            return f"{self.what}: price unknown, {prices.UNKNOWN} {prices.PAGE} ({self.made_of})"
        return f"{self.what}: about {money(self.usd)}{per} ({self.made_of}; {self.source})"


@dataclass(frozen=True, kw_only=True)
class Training:
    """The data of a run, in numbers."""

    size: Size | None
    why_unknown: str
    epochs: int | None

    @property
    def tokens(self) -> int | None:
        """To be trained, in all epochs."""
        return self.size.tokens * self.epochs if self.size and self.epochs else None

    @property
    def text(self) -> str:
        """For people: what an estimate is made of."""
        if self.size is None:
            return self.why_unknown
        about = "about " if self.size.is_estimate else ""
        counted = f"{self.size.records:,} records, {self.size.characters:,} characters"
        data = f"{about}{counted}, about {self.size.tokens:,} tokens"
        if not self.epochs:
            return f"{data}; how many epochs is not known"
        return f"{data} x {self.epochs} epoch{'s' if self.epochs > 1 else ''}"


def training_of(context: Context, step: Step) -> Training | None:
    """The data of what is trained."""
    if step.action is not Action.TRAIN:
        return None
    new = step.event.new
    inputs, request = new.get(contract.RUN_INPUTS, {}), new.get(contract.SETTINGS, {}).get("Request", {})
    data = {**inputs.get("trainingDataConfig", {}), **request.get("trainingDataConfig", {})}
    found = training_data.measure(context, step.event.stack.directory, str(data.get("s3Uri", "")))
    size, why = (found, "") if isinstance(found, Size) else (None, found)
    return Training(size=size, why_unknown=why, epochs=_epochs(step, inputs.get("hyperParameters", {})))


def units_of(context: Context, step: Step) -> Units:
    """The custom model units of what is imported or adopted, as far as they are known before the deployment."""
    if step.event.type != contract.IMPORTED_MODEL_TYPE or step.action not in (Action.IMPORT, Action.ADOPT):
        return Units()
    if step.action is Action.ADOPT:
        return _units_of_import(context, step.event.physical_id)
    source = step.event.new.get(contract.RUN_INPUTS, {}).get("modelDataSource", {}).get("s3DataSource", {})
    uri = str(source.get("s3Uri", ""))
    known = custom_model_units.of_weights(context.aws.client("s3"), uri) if unknown.is_known(uri) else Units()
    before = _units_of_import(context, step.event.held)
    # Another version of a model mostly takes as many as the one before.
    is_alike = family(known.architecture) in ("", family(before.architecture))
    return before if before.per_copy and is_alike else known


def _units_of_import(context: Context, job_name: str) -> Units:
    bedrock = context.aws.client("bedrock")
    try:
        job = import_job.find(bedrock, job_name) if job_name else None
    except (ClientError, BotoCoreError):
        return Units()
    return custom_model_units.of_model(bedrock, job.model_arn) if job and job.model_arn else Units()


def of(step: Step, training: Training | None, units: Units, listed: PriceList) -> list[Cost]:
    """The items of one step."""
    return [*_items(step, training, units, listed)]


def money(usd: float) -> str:
    """Cents where they count."""
    return f"{usd:,.2f} USD" if usd >= 0.01 or usd == 0 else "under 0.01 USD"  # noqa: PLR2004  a cent


def _items(step: Step, training: Training | None, units: Units, listed: PriceList) -> Iterator[Cost]:
    if step.event.type == contract.IMPORTED_MODEL_TYPE:
        yield from _of_imported_model(step, units, listed)
        return
    if step.action is Action.TRAIN and training:
        yield _of_run(step, training, listed)
    if step.action in (Action.TRAIN, Action.IMPORT):
        yield _of_storage(step, listed)
    if step.action is Action.BUY:
        yield _of_throughput(step, listed)


def _of_run(step: Step, training: Training, listed: PriceList) -> Cost:
    kind = str(step.event.new.get(contract.RUN_INPUTS, {}).get("customizationType", "FINE_TUNING"))
    found = listed.training(step.base_model, training.tokens) if training.tokens and kind in _TOKEN_PRICED else None
    made_of = training.text if kind in _TOKEN_PRICED else f"{kind.lower().replace('_', ' ')}, {training.text}"
    if found is None:
        return Cost(what="training", per=ONCE, usd=None, made_of=made_of, source="")
    usd, price = found
    made_of = f"{made_of}, {price.usd:g} USD for {price.unit}"
    return Cost(what="training, estimated", per=ONCE, usd=usd, made_of=made_of, source=price.source)


def _of_storage(step: Step, listed: PriceList) -> Cost:
    price = listed.storage(step.base_model)
    return Cost(
        what="storage of the model",
        per=MONTH,
        usd=price.usd if price else None,
        made_of="a custom model, as long as it is kept",
        source=price.source if price else "",
    )


def _of_imported_model(step: Step, units: Units, listed: PriceList) -> Iterator[Cost]:
    if step.action is Action.IMPORT:
        yield _in_units("storage of the model", MONTH, step, units, listed.custom_model_unit(STORED, units))
    if step.action in (Action.IMPORT, Action.ADOPT):
        what = f"a copy, while the model is called, in windows of {custom_model_units.WINDOW_MINUTES} minutes"
        yield _in_units(what, MINUTE, step, units, listed.custom_model_unit(RUNNING, units))


def _in_units(what: str, per: str, step: Step, units: Units, unit: Span | None) -> Cost:
    count = units.per_copy
    made_of = "custom model unit, of which Amazon Bedrock decides at the import how many it takes"
    if count:
        before = ", as the model before it takes" if step.action is Action.IMPORT else ""
        each = f", {unit.text} for each" if unit else ""
        made_of = f"{count} custom model unit{'s' if count != 1 else ''}{before}{each}"
    return Cost(
        what=what,
        per=per,
        usd=unit.most * count if unit and count else None,
        made_of=made_of,
        source=unit.source if unit else "",
        units=count,
        unit=unit,
    )


def _of_throughput(step: Step, listed: PriceList) -> Cost:
    new = step.event.new
    asked = {**new.get(contract.RUN_INPUTS, {}), **new.get(contract.SETTINGS, {}).get("Request", {})}
    units, commitment = whole_number(asked.get("modelUnits")) or 1, str(asked.get("commitmentDuration") or "")
    price = listed.model_unit(_served_base(step, str(asked.get("modelId", ""))), commitment)
    months = _MONTHS.get(commitment)
    term = f"committed for {months} month{'s' if months != 1 else ''}" if months else "without commitment"
    return Cost(
        what="throughput",
        per=HOUR,
        usd=price.usd * units if price else None,
        made_of=f"{units} model unit{'s' if units != 1 else ''}, {term}, whether used or not",
        source=price.source if price else "",
        binds=timedelta(hours=prices.HOURS_OF_MONTH * months) if months else None,
    )


def _served_base(step: Step, model: str) -> str:
    if ":custom-model/" not in model:
        return model.rpartition("/")[2]
    try:
        seen = step.event.stack.bedrock.get_custom_model(modelIdentifier=model)
    except ClientError:
        return ""
    return model_id(str(seen.get("baseModelArn", "")))


def _epochs(step: Step, hyper_parameters: object) -> int | None:
    given = hyper_parameters.get("epochCount") if isinstance(hyper_parameters, dict) else None
    known = documented.hyper_parameters(step.base_model).get("epochCount", {}).get("default")
    return whole_number(given if given is not None else known)


def whole_number(given: object) -> int | None:
    """A count in any form that the API writes it in, such as `3`, `3.0` or `1.0E1`; None of what is no count."""
    try:
        number = Decimal(str(given).strip())
    except InvalidOperation:
        return None
    return int(number) if number.is_finite() and number > 0 and number == number.to_integral_value() else None
