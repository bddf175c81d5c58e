"""An item made again from its recorded origin."""

from evaluations.prompts.generators import letter_strings, reasoning_gym
from evaluations.prompts.generators.item import Generated, Origin, UnknownGenerator, VersionMismatch


def regenerate(origin: Origin) -> Generated:
    """The item of a recorded origin, the same text and answer as when it was recorded.

    Raises UnknownGenerator, VersionMismatch where another version than the recorded one would
    make it, and BadConfig. Items of reasoning-gym need that package, which the product itself
    does not install: ModuleNotFoundError without it.
    """
    package, task = origin["package"], origin["task"]
    if package == reasoning_gym.PACKAGE:
        _check_version(origin, reasoning_gym.installed_version())
        return reasoning_gym.generate(
            task=task, seed=origin["seed"], index=origin["index"], config=origin["config"]
        )
    if (package, task) == (letter_strings.PACKAGE, letter_strings.TASK):
        _check_version(origin, letter_strings.VERSION)
        return letter_strings.generate(
            seed=origin["seed"], index=origin["index"], config=origin["config"]
        )
    raise UnknownGenerator(f"no generator for {task!r} of {package!r}")


def _check_version(origin: Origin, installed: str) -> None:
    if origin["version"] != installed:
        raise VersionMismatch(
            f"recorded with {origin['package']} {origin['version']}, installed is {installed}"
        )
