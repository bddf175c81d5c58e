"""What models wrote and how they were asked is not rewritten, and never wider read than its set."""

from django.db import migrations

from evaluations.common.append_only import append_only
from evaluations.common.searching import searchable

# Held here, so that it is so whatever road a change takes: pages, admin, commands, a shell.
NEVER_WIDER = """
CREATE FUNCTION runs_width(visibility text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT array_position(ARRAY['private', 'unlisted', 'public'], visibility)
$$;
CREATE FUNCTION runs_never_wider() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    widest text;
BEGIN
    SELECT visibility INTO widest FROM prompts_promptset WHERE id = NEW.prompt_set_id FOR SHARE;
    IF runs_width(NEW.visibility) > runs_width(widest) THEN
        RAISE EXCEPTION 'A run is never wider read than its prompt set, which is %.', widest
            USING ERRCODE = 'check_violation', CONSTRAINT = 'run_never_wider_than_its_set';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER runs_run_never_wider BEFORE INSERT OR UPDATE OF visibility, prompt_set_id
    ON runs_run FOR EACH ROW WHEN (NEW.visibility <> 'private')
    EXECUTE FUNCTION runs_never_wider();
CREATE FUNCTION runs_follow_their_set() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE runs_run SET visibility = NEW.visibility
        WHERE prompt_set_id = NEW.id AND runs_width(visibility) > runs_width(NEW.visibility);
    RETURN NULL;
END $$;
CREATE TRIGGER prompts_promptset_runs_follow AFTER UPDATE OF visibility ON prompts_promptset
    FOR EACH ROW WHEN (OLD.visibility <> NEW.visibility) EXECUTE FUNCTION runs_follow_their_set();
"""
ANY_WIDTH = """
DROP FUNCTION IF EXISTS runs_never_wider() CASCADE;
DROP FUNCTION IF EXISTS runs_follow_their_set() CASCADE;
DROP FUNCTION IF EXISTS runs_width(text) CASCADE;
"""
RECIPES = """
CREATE FUNCTION runs_refuse_another_recipe() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := '{name,position,samples,is_archived,written_by_id}';
BEGIN
    IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free
        AND EXISTS (SELECT FROM runs_run WHERE recipe_id = OLD.id) THEN
        RAISE EXCEPTION 'A recipe that runs used is frozen: write a new version.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER runs_recipe_frozen BEFORE UPDATE ON runs_recipe FOR EACH ROW
    EXECUTE FUNCTION runs_refuse_another_recipe();
"""
ANY_RECIPE = "DROP FUNCTION runs_refuse_another_recipe() CASCADE"


class Migration(migrations.Migration):
    replaces = [
        ("runs", "0002_append_only"),
        ("runs", "0003_names_model"),
        ("runs", "0004_judging"),
        ("runs", "0005_backends"),
        ("runs", "0006_grades"),
        ("runs", "0007_grades_stand_apart"),
        ("runs", "0008_archived_models"),
        ("runs", "0009_searching"),
        ("runs", "0010_visibility"),
        ("runs", "0011_trials"),
        ("runs", "0012_endpoints"),
        ("runs", "0013_records_by_model"),
        ("runs", "0014_recipes"),
        ("runs", "0015_grids"),
        ("runs", "0016_worker_memory"),
        ("runs", "0017_longer_grader_names"),
        ("runs", "0018_misreadings"),
        ("runs", "0019_records"),
        ("runs", "0020_stage_bodies"),
        ("runs", "0021_origin_key"),
        ("runs", "0022_people"),
    ]
    dependencies = [
        ("runs", "0001_initial"),
        ("common", "0002_functions"),
        ("prompts", "0001_initial"),
    ]
    operations = [
        append_only("runs_output", may_change=["withdrawn_at"], when="OLD.state = 'done'"),
        append_only("runs_step"),
        append_only("runs_environment"),
        append_only("runs_grade", may_change=["is_current"]),
        append_only("runs_misreading", may_change=["reporter_id"]),
        append_only("runs_sentprompt"),
        append_only("runs_response", may_change=["body"]),
        append_only("runs_stage", may_change=["body"]),
        migrations.RunSQL(NEVER_WIDER, ANY_WIDTH),
        migrations.RunSQL(RECIPES, ANY_RECIPE),
        searchable("runs_output", {"text": "C"}, where="state = 'done' AND withdrawn_at IS NULL"),
    ]
