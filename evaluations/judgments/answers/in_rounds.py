"""What was answered in a round until it ended, whatever its people say elsewhere afterwards."""


def said_in_round(protocol: str, *, judge: str = "form.judge_id") -> str:
    """SQL of the keys of the answers of a round; none for another protocol.

    Of each judge the newest blind one to a question about an output or a prompt, else the newest,
    of forms for its items that stand: none is saved for them once it ended. A call that was taken
    back in the round is none.

    The keys of the items come as an array: a round has few, and joined as a table they made
    PostgreSQL read the answers to every item first.

    Args:
        protocol: SQL of the key of its protocol.
        judge: SQL of the key of the one whose answers are wanted, where others' are not.
    """
    return f"""
SELECT DISTINCT ON (given.judge_id, given.output_id, given.prompt_id, given.criterion_id,
    given.meaning, given.definition_version_id, given.is_holistic) given.id
FROM judgments_judgment form
    JOIN judgments_judgment part ON part.judge_id = form.judge_id
        AND part.form_token = form.form_token AND part.withdrawn_at IS NULL
    JOIN judgments_answer given ON given.judgment_id = part.id
WHERE form.item_id = ANY (ARRAY(
        SELECT asked.id FROM judgments_protocol held
            JOIN judgments_protocolversion terms ON terms.protocol_id = held.id
            JOIN judgments_item asked ON asked.version_id = terms.id
        WHERE held.id = {protocol} AND held.ends_at IS NOT NULL
    )) AND form.withdrawn_at IS NULL AND form.judge_id = {judge}
    AND NOT (given.is_holistic AND EXISTS (
        SELECT FROM judgments_judgment later
        WHERE later.item_id = form.item_id AND later.judge_id = form.judge_id
            AND later.takes_back_id IS NOT NULL AND later.withdrawn_at IS NULL
            AND later.id > form.id))
ORDER BY given.judge_id, given.output_id, given.prompt_id, given.criterion_id, given.meaning,
    given.definition_version_id, given.is_holistic, part.blind DESC, given.id DESC
"""
