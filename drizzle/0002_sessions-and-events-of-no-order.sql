ALTER TABLE "events" ALTER COLUMN "order_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "revoked_at" timestamp (3) with time zone;