"""Loading the archive: arguments of the published debate, with their sources, into the debates
about what is shipped. Loading again changes nothing."""

from evaluations.debates.actions import add_archived
from evaluations.debates.models import Statement
from evaluations.debates.wording import key_of
from evaluations.definitions.catalogue.arguments import shipped_arguments
from evaluations.definitions.models import DefinitionVersion


def load_arguments() -> int:
    """Say every argument of the version in force of its definition; how many were new there.

    A definition that a person owns is left alone, as its wording is; so is a retired one.
    """
    arguments = shipped_arguments()
    wanted = {argument.definition for argument in arguments}
    versions = {
        version.definition.slug: version
        for version in DefinitionVersion.objects.published().filter(
            definition__slug__in=wanted, definition__owner=None
        )
    }
    said = set(
        Statement.objects.filter(version__in=versions.values(), is_current=True).values_list(
            "version", "text_key"
        )
    )
    new = 0
    for argument in arguments:
        version = versions.get(argument.definition)
        if version is None or (version.pk, key_of(argument.text)) in said:
            continue
        add_archived(
            version=version,
            kind=argument.kind,
            text=argument.text,
            source=argument.source,
            checked=argument.checked,
        )
        new += 1
    return new
