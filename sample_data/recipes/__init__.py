"""Recipes: public data sets on disk -> model outputs as files of the import contract.

Each module holds one ``RECIPE`` whose ``write`` makes the files; ``python -m sample_data.recipes``
imports them.
"""

from __future__ import annotations

from sample_data.recipes import dga_families, nab_aws_cloudwatch, nsl_kdd, waf_httpparams
from sample_data.recipes.step import Recipe

RECIPES: dict[str, Recipe] = {
    module.RECIPE.name: module.RECIPE for module in (nsl_kdd, waf_httpparams, dga_families, nab_aws_cloudwatch)
}
"""By name, which is also the folder of the set in the data directory."""
