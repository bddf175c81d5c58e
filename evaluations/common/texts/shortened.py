"""The beginning of a text, cut where a word ends."""


def shortened(text: str, most: int) -> str:
    """*text* in at most *most* characters, the mark of what was left out included.

    Where no word ends in the second half of what fits, it is cut inside one: of a script without
    spaces, or of a long formula, next to nothing would stay.
    """
    if len(text) <= most:
        return text
    room = most - 2
    end = next((place for place in range(room, room // 2, -1) if text[place].isspace()), 0)
    return f"{text[:end].rstrip()} …" if end else f"{text[:room].rstrip()}…"
