"""Step 0: what the Price List calls the units of imported models. A read, which costs nothing."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from acceptance.answers import ask
from acceptance.probe import NotPossible, Told, probe
from acceptance.run import Run
from bedrock_models.bedrock.custom_model_units import family

_USAGE: Final = re.compile(r"[A-Z0-9]+-(?P<family>.+)-CustomModelImport-(?P<kind>Inference|Storage)-v\d+:\d+")
_ARCHITECTURES: Final = ("LlamaForCausalLM", "T5ForConditionalGeneration", "GptOssForCausalLM")


@probe("import-prices", step=0, settles=("import-price-names", "import-storage-by-units"))
def import_prices(run: Run) -> Iterator[Told]:
    filters = [
        {"Type": "TERM_MATCH", "Field": "regionCode", "Value": run.aws.region},
        {"Type": "CONTAINS", "Field": "usagetype", "Value": "CustomModelImport"},
    ]
    answer = ask(run.aws.client("pricing").get_products, ServiceCode="AmazonBedrock", Filters=filters)
    products = [json.loads(each) for each in answer.value.get("PriceList", ())]
    if not products:
        raise NotPossible(f"the Price List names no imports in {run.aws.region}: {answer}")
    usages = [str(each["product"]["attributes"].get("usagetype", "")) for each in products]
    families = {family(named["family"]) for usage in usages if (named := _USAGE.fullmatch(usage))}
    shown = "; ".join(sorted(usages))
    yield "import-price-names", {family(each) for each in _ARCHITECTURES} <= families, shown
    units = {
        unit for usage, each in zip(usages, products, strict=True) if "-Storage-" in usage for unit in _units(each)
    }
    is_by_units = all("custom model unit" in unit.lower() for unit in units) if units else None
    yield "import-storage-by-units", is_by_units, f"units of storage: {', '.join(sorted(units))}"


def _units(product: dict[str, Any]) -> Iterator[str]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term.get("priceDimensions", {}).values():
            yield str(dimension.get("unit", ""))
