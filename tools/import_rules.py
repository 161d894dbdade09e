"""A contract type for `lint-imports`, registered in `[tool.importlinter]`."""

from collections.abc import Set
from typing import cast

from grimp import ImportGraph
from importlinter import fields
from importlinter.contracts.layers import LayersContract
from importlinter.domain.helpers import module_expressions_to_modules
from importlinter.domain.imports import ModuleExpression


class ServiceLayersContract(LayersContract):
    """Layers that are exhaustive in containers with a `bootstrap` module only, and not for `own_modules`.

    The built-in type is exhaustive in all containers that a wildcard matches, and can except a name only in all of
    them.

    Additional option:

        - own_modules: Modules that a single service has beside the layers. It is an error if one matches nothing.
    """

    own_modules = fields.SetField(subfield=fields.ModuleExpressionField())

    def _get_undeclared_modules(self, graph: ImportGraph, containers: Set[str]) -> set[str]:
        services = {container for container in containers if f"{container}.bootstrap" in graph.modules}
        expressions = cast("Set[ModuleExpression]", self.own_modules)
        own_modules = module_expressions_to_modules(graph, expressions, raise_if_unmatched=True)
        return super()._get_undeclared_modules(graph, services) - {module.name for module in own_modules}
