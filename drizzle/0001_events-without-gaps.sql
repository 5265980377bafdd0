-- A topic's events are numbered 1, 2, 3 … without gaps: readers count on it to notice whatever they have not seen.
-- Refuses an event whose predecessor is neither there nor the last that was pruned. It looks once for each run of
-- numbers, and at the end of the statement: the topic's row may be made by the same one.
CREATE FUNCTION "events_without_gaps"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	gap record;
BEGIN
	SELECT run.topic, run.first INTO gap
	FROM (
		SELECT topic, min(position) AS first, max(position) - min(position) + 1 = count(*) AS whole
		FROM inserted
		GROUP BY topic
	) run
	WHERE NOT run.whole
		OR (
			run.first <> 1 + coalesce((SELECT topics.floor FROM topics WHERE topics.topic = run.topic), 0)
			AND NOT EXISTS (
				SELECT FROM events WHERE events.topic = run.topic AND events.position = run.first - 1
			)
		)
	LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION 'the events of topic % would have a gap at %', gap.topic, gap.first
			USING ERRCODE = 'check_violation', CONSTRAINT = 'events_without_gaps', TABLE = 'events', SCHEMA = TG_TABLE_SCHEMA;
	END IF;
	RETURN NULL;
END;
$$;
--> statement-breakpoint
CREATE TRIGGER "events_without_gaps" AFTER INSERT ON "events"
	REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION "events_without_gaps"();
