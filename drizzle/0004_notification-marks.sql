CREATE TABLE "notification_marks" (
	"user_id" uuid NOT NULL,
	"party" "party" NOT NULL,
	"position" bigint NOT NULL,
	CONSTRAINT "notification_marks_user_id_party_pk" PRIMARY KEY("user_id","party")
);
--> statement-breakpoint
ALTER TABLE "notification_marks" ADD CONSTRAINT "notification_marks_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_told" ON "events" USING btree ("topic","party","position","id") WHERE "events"."told";