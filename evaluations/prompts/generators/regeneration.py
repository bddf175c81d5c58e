"""An item made again from its recorded origin."""

from evaluations.prompts.generators import reasoning_gym
from evaluations.prompts.generators.item import Generated, Origin, UnknownGenerator, VersionMismatch
from evaluations.prompts.generators.named import NAMED, PACKAGE


def regenerate(origin: Origin) -> Generated:
    """The item of a recorded origin, the same text and answer as when it was recorded.

    Raises UnknownGenerator, VersionMismatch where another version than the recorded one would
    make it, and BadConfig. Items of reasoning-gym need that package, which the product itself
    does not install: ModuleNotFoundError without it.
    """
    package, task = origin["package"], origin["task"]
    seed, index, config = origin["seed"], origin["index"], origin["config"]
    if package == reasoning_gym.PACKAGE:
        _check_version(origin, reasoning_gym.installed_version())
        return reasoning_gym.generate(task=task, seed=seed, index=index, config=config)
    if package == PACKAGE and task in NAMED:
        _check_version(origin, NAMED[task].version)
        return NAMED[task].generate(seed=seed, index=index, config=config)
    raise UnknownGenerator(f"no generator for {task!r} of {package!r}")


def _check_version(origin: Origin, installed: str) -> None:
    if origin["version"] != installed:
        raise VersionMismatch(
            f"recorded with {origin['package']} {origin['version']}, installed is {installed}"
        )
