"""An import contract by the names of modules: urls and admin, views, forms and tasks, actions.

`lint-imports` loads it (see `contract_types` in pyproject.toml). A module belongs to the layer
whose word its name ends with, so `edit_views` is held like `views`, in every room of a stage.
"""

from itertools import product

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

LAYERS = (("urls", "admin"), ("views",), ("forms", "tasks"), ("actions",), ("models",),
          ("querysets",))  # fmt: skip


def place_of(module: str) -> tuple[int, str] | None:
    """Layer, 0 on top, and word of a module; None where the contract says nothing of it."""
    parts = module.split(".")
    if "tests" in parts or "migrations" in parts:
        return None
    for layer, words in enumerate(LAYERS):
        for word in words:
            # Models may be a package: its modules are named for what they hold.
            if parts[-1] == word or parts[-1].endswith(f"_{word}") or parts[-2] == word:
                return layer, word
    return None


def may_import(importer: tuple[int, str], imported: tuple[int, str]) -> bool:
    """Whether one place may import the other: downwards, and among modules of one word."""
    return importer[0] < imported[0] or importer == imported


class InsideAStage(Contract):
    """Within each container, no module imports one of a higher layer, nor through others."""

    type_name = "inside_a_stage"
    containers = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        chains = []
        for container in self.containers:  # type: ignore[attr-defined]
            held = {
                module: place
                for module in sorted(graph.find_descendants(container))
                if (place := place_of(module)) is not None
            }
            for (importer, below), (imported, above) in product(held.items(), repeat=2):
                if not may_import(below, above):
                    chain = graph.find_shortest_chain(importer, imported)
                    # A chain that leaves out its middle is the one to mend.
                    if chain is not None and not any(link in held for link in chain[1:-1]):
                        chains.append(chain)
        return ContractCheck(kept=not chains, metadata={"chains": chains})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for chain in check.metadata["chains"]:
            output.print_error(" -> ".join(chain))
